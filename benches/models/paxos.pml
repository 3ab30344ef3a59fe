/* Single-decree Paxos with one value; three acceptors, B ballots, one process for each pair. A ballot b is b + 1, 0 is none. */
byte seen[3]; byte voted[3]; bit one_a[B]; bit one_b[3 * B * (B + 1)]; bit promised[3 * B]; bit two_a[B]; bit two_b[3 * B];
#define a (_pid / B)
#define b (_pid % B)

active [3 * B] proctype pair() {
end:
  do
  :: d_step { a == 0 -> one_a[b] = 1 }
  :: d_step { one_a[b] && b + 1 > seen[a] -> seen[a] = b + 1; one_b[(_pid) * (B + 1) + voted[a]] = 1; promised[_pid] = 1 }
  :: d_step { a == 0 && !two_a[b] && promised[b] + promised[B + b] + promised[2 * B + b] >= 2 -> two_a[b] = 1 }
  :: d_step { two_a[b] && b + 1 >= seen[a] -> seen[a] = b + 1; voted[a] = b + 1; two_b[_pid] = 1 }
  od
}
