/* A leader, three followers, E entries; one process for each follower and entry. Messages are a set. */
byte leader; byte length[3]; byte known[3]; bit appends[3 * E]; bit acks[3 * E];
#define f (_pid / E)
#define i (_pid % E)

active [3 * E] proctype pair() {
end:
  do
  :: d_step { _pid == 0 && leader < E -> leader++ }
  :: d_step { i == 0 && known[f] < leader -> appends[f * E + known[f]] = 1 }
  :: d_step { appends[_pid] -> appends[_pid] = 0 }
  :: d_step { acks[_pid] -> acks[_pid] = 0 }
  :: d_step { appends[_pid] -> appends[_pid] = 0;
      if :: i == length[f] -> length[f]++ :: else fi;
      if :: i < length[f] -> acks[_pid] = 1 :: else fi }
  :: d_step { acks[_pid] -> acks[_pid] = 0;
      if :: i + 1 > known[f] -> known[f] = i + 1 :: else fi;
      assert(known[f] <= length[f]) }
  od
}
