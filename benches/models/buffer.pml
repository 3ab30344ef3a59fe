/* Two producers, one consumer, a queue of K values. A hand holds 0 (nothing) or the value + 1. */
chan queue = [K] of { byte };
byte hand[3];

active [2] proctype producer() {
end:
  do
  :: d_step { hand[_pid] == 0 -> hand[_pid] = 1 }
  :: d_step { hand[_pid] == 0 -> hand[_pid] = 2 }
  :: d_step { hand[_pid] != 0 && nfull(queue) -> queue ! hand[_pid]; hand[_pid] = 0 }
  od
}

active proctype consumer() {
end:
  do
  :: d_step { hand[2] == 0 && nempty(queue) -> queue ? hand[2] }
  :: d_step { hand[2] != 0 -> hand[2] = 0 }
  od
}
