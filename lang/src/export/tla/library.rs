//! What every module begins with.
//!
//! Enters: nothing. Leaves: definitions in TLA+, of what the language has and TLA+ has not.

/// Operators on sequences, bags and numbers. `f` is a function, so that recursion needs no operator as an argument.
pub(super) const LIBRARY: &str = r"RangeOf(q) == {q[i] : i \in DOMAIN q}
IsPrefixOf(a, b) == Len(a) <= Len(b) /\ \A i \in DOMAIN a : a[i] = b[i]
CommonPrefixOf(a, b) ==
  LET n == CHOOSE n \in 0..Len(a) :
             /\ n <= Len(b) /\ \A i \in 1..n : a[i] = b[i]
             /\ (n < Len(a) /\ n < Len(b)) => a[n + 1] # b[n + 1]
  IN SubSeq(a, 1, n)
SliceOf(q, from, to) ==
  SubSeq(q, (IF from < 0 THEN 0 ELSE from) + 1, IF to > Len(q) THEN Len(q) ELSE to)
MinOf(S) == CHOOSE m \in S : \A n \in S : m <= n
MaxOf(S) == CHOOSE m \in S : \A n \in S : n <= m
AbsOf(n) == IF n < 0 THEN -n ELSE n
RemainderOf(a, b) == LET r == AbsOf(a) % AbsOf(b) IN
  IF r = 0 \/ (a < 0) = (b < 0) THEN (IF b < 0 THEN -r ELSE r) ELSE (IF b < 0 THEN b + r ELSE b - r)
RankIn(q, v) == (CHOOSE i \in DOMAIN q : q[i] = v) - 1
RECURSIVE SumOver(_, _)
SumOver(f, S) == IF S = {} THEN 0 ELSE LET x == CHOOSE x \in S : TRUE IN f[x] + SumOver(f, S \ {x})
RECURSIVE InOrderOf(_, _)
InOrderOf(rank, S) ==
  IF S = {} THEN <<>>
  ELSE LET x == CHOOSE x \in S : \A y \in S : rank[x] <= rank[y] IN <<x>> \o InOrderOf(rank, S \ {x})
BagAdd(b, e) == [x \in DOMAIN b \cup {e} |-> (IF x \in DOMAIN b THEN b[x] ELSE 0) + (IF x = e THEN 1 ELSE 0)]
BagRemove(b, e) ==
  IF e \notin DOMAIN b THEN b
  ELSE [x \in {y \in DOMAIN b : y # e \/ b[y] > 1} |-> IF x = e THEN b[x] - 1 ELSE b[x]]
BagSize(b) == SumOver(b, DOMAIN b)
RECURSIVE BagOf(_)
BagOf(q) == IF q = <<>> THEN [x \in {} |-> 0] ELSE BagAdd(BagOf(Tail(q)), Head(q))
";
