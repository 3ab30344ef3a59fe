/* Two-phase commit; N managers, one process each. 0 working, 1 prepared, 2 committed, 3 aborted. */
byte status[N]; bit noted[N]; bit sent_prepared[N]; byte notes; byte decision; bit sent_commit; bit sent_abort;

active [N] proctype manager() {
end:
  do
  :: d_step { decision == 0 && sent_prepared[_pid] -> notes = notes + 1 - noted[_pid]; noted[_pid] = 1 }
  :: d_step { status[_pid] == 0 -> status[_pid] = 1; sent_prepared[_pid] = 1 }
  :: d_step { status[_pid] == 0 -> status[_pid] = 3 }
  :: d_step { sent_commit -> assert(status[_pid] != 3); status[_pid] = 2 }
  :: d_step { sent_abort -> assert(status[_pid] != 2); status[_pid] = 3 }
  od
}

active proctype coordinator() {
end:
  do
  :: d_step { decision == 0 && notes == N -> decision = 1; sent_commit = 1 }
  :: d_step { decision == 0 -> decision = 2; sent_abort = 1 }
  od
}
