//! Programs that members of types run through in every way, each the same with symmetry and without.

use super::{compare, found};
use reconverge_lang::concepts::{Fault, FaultBudget};

const TWO_PHASE: &str = include_str!("../../../../benches/models/two_phase.rcv");
const PAXOS: &str = include_str!("../../../../benches/models/paxos.rcv");
const REPLICATION: &str = include_str!("../../../../benches/models/replication.rcv");
const BUFFER: &str = include_str!("../../../../benches/models/buffer.rcv");

#[track_caller]
fn reduces(text: &str, wanted: &[&str], explored: u64, stand_for: u64) {
    let (groups, representatives, distinct) = compare(text, &FaultBudget::default());
    assert_eq!(groups, wanted, "{text}");
    assert_eq!((representatives, distinct), (explored, stand_for), "{text}");
}

#[test]
fn the_models_of_the_benches() {
    reduces(&format!("{TWO_PHASE}\ncheck TwoPhase(managers = 4)"), &["Rm (4! = 24)"], 166, 1568);
    reduces(&format!("{TWO_PHASE}\ncheck TwoPhase"), &["Rm (7! = 5,040)"], 920, 296_448);
    reduces(&format!("{PAXOS}\ncheck Paxos(ballots = 2)"), &["Acceptor (3! = 6)"], 373, 1681);
    reduces(&format!("{REPLICATION}\ncheck Replication(followers = 2)"), &["Follower (2! = 2)"], 607, 1171);
    assert_eq!(found(&format!("{BUFFER}\ncheck Buffer(capacity = 3)")), ["Producer (2! = 2)"]);
}

/// Every place where a member can be stored, and every index.
pub const EVERYWHERE: &str = "system Everywhere {
  enum Val { x, y }
  record Pair { a: N, b: N }
  record Held { who: N?, val: Val? }
  node N[3] { mark: bool = false  friend: N? = none  known: set<N> = {}  held: Held = Held { who: none, val: none } }
  state leader: N? = none
  state pairs: set<Pair> = {}
  state votes: map<N -> Val?> = { N -> none }
  state queue: list<N, 2> = []
  state bag: bag<N, 3>
  state vals: map<Val -> set<N>> = { Val -> {} }
  bound (count n in N where n.mark) + len(pairs) + len(queue) + len(bag) + (count n in N where n.friend != none)
      + (count n in N where votes[n] != none) + (sum v in Val: len(vals[v])) <= 2
  action lead at n in N when leader == none { leader := n  n.mark := true }
  action follow at n in N when leader != none and leader != n { n.friend := leader  n.held.who := leader }
  action pair(m: N) at n in N when n.mark { pairs.add(Pair { a: n, b: m })  m.known.add(n) }
  action vote(v: Val) at n in N when votes[n] == none { votes[n] := v  n.held.val := v }
  action push at n in N when len(queue) < 2 and n not in queue { queue.push(n) }
  action pop when len(queue) > 0 { bag.add(first(queue))  queue.pop() }
  action count(v: Val) at n in N when votes[n] == v { vals[v].add(n) }
  action forget { leader := none  choose n in N where n.mark { n.mark := false } }
  invariant one: safety { all n in N: n.friend != n }
  invariant same: safety { all n in N: all m in N: n.mark and m.mark implies n == m }
  invariant steps: safety { all n in N: n.known != old(n.known) implies n in N }
  invariant rare: safety { not (some n in N: n in bag and n.held.val != none and votes[n] != n.held.val) }
}
check Everywhere";

#[test]
fn members_everywhere() {
    let groups = found(EVERYWHERE);
    assert_eq!(groups, ["N (3! = 6)", "Val (2! = 2)"]);
}

pub const LINKS: &str = "system Links {
  enum Val { x, y }
  message Ask { of: N, val: Val }
  message Tell { val: Val? }
  node N[3] { durable got: Val? = none  volatile busy: bool = false }
  node C[2] { sent: bool = false  durable answer: Val? = none }
  link asks: Ask, Tell between C, N KIND lossy duplicating capacity 2
  action ask(v: Val) at c in C when not c.sent { c.sent := true  choose n in N { send Ask { of: n, val: v } to n } }
  on Ask from c at n in N when not n.busy { n.busy := true  n.got := val  send Tell { val: n.got } to c }
  on Tell from n at c in C { c.answer := val }
  invariant known: safety { all c in C: c.answer == none or some n in N: n.got == c.answer or not n.up }
  invariant never: safety { not (all c in C: c.answer != none) }
}
check Links";

#[test]
fn messages_and_faults() {
    let budgets = [
        FaultBudget::default(),
        FaultBudget::from([(Fault::Crash, 1)]),
        FaultBudget::from([(Fault::Crash, 2), (Fault::Restart, 1), (Fault::Lose, 1)]),
        FaultBudget::from([(Fault::Duplicate, 1), (Fault::Reorder, 1)]),
        FaultBudget::from([(Fault::Partition, 1)]),
    ];
    for kind in ["ordered", "unordered"] {
        for budget in &budgets {
            let (groups, _, _) = compare(&LINKS.replace("KIND", kind), budget);
            // The first node is on the first side of every partition.
            let nodes = if budget.allows(Fault::Partition) { "2 of 3 N (2! = 2)" } else { "N (3! = 6)" };
            assert_eq!(groups, [nodes, "C (2! = 2)", "Val (2! = 2)"]);
        }
    }
}

#[test]
fn observations() {
    let text = "system Observed {
  enum Val symmetric { x, y }
  node N[2] { has: Val? = none }
  state want: Val? = none
  action wish(v: Val) { want := v }
  reconciler repair: observe_act { observe seen = want drift false at n in N when n.has != seen { n.has := seen } }
  invariant all_have: safety { not (all n in N: n.has == want and want != none) }
}
check Observed";
    let whole = super::model(text, &reconverge_lang::model::BuildOptions::default());
    assert!(whole.symmetry().is_none(), "a reconciler is judged on runs without end");
    let (with, without) = super::random::pair(text, &FaultBudget::from([(Fault::Crash, 1)]));
    let (groups, fewer, all) = super::compare_models(&with, &without, text);
    assert_eq!(groups, ["N (2! = 2)", "Val (2! = 2)"]);
    assert!(fewer * 3 < all, "{fewer} for {all}");
}

#[test]
fn memories() {
    let text = "system Remembered {
  enum Val { x, y }
  node N[3] { try: Val? = none }
  state kept: set<N> = {}
  action begin(n: N, v: Val) when n.try == none { n.try := v }
  action keep(n: N) when len(kept) == 0 { kept.add(n) }
  resolution stop: abort { protects kept since begin at n in N when n.try != none { n.try := none } }
}
check Remembered";
    let (groups, fewer, all) = compare(text, &FaultBudget::default());
    assert_eq!(groups, ["N (3! = 6)", "Val (2! = 2)"]);
    assert!(fewer * 5 < all, "{fewer} for {all}");
}

#[test]
fn many_members() {
    // More permutations than can be added up, and more than are tried one by one.
    let text = "system Many { node N[20] { on: bool = false } action go at n in N { n.on := true } bound (count n in N where n.on) <= 3 }\ncheck Many";
    let groups = found(text);
    assert_eq!(groups, ["13 of 20 N (13! = 6,227,020,800)"]);
    let text = "system Stored { node N[9] { } state q: list<N, 2> = [] action go(n: N) when len(q) < 2 { q.push(n) } }\ncheck Stored";
    assert_eq!(found(text), ["7 of 9 N (7! = 5,040)"]);
    let text = "system Wide { node N[4] { l: list<0..63, 12> = [] } action go at n in N when len(n.l) < 2 { n.l.push(len(n.l) + 60) } }\ncheck Wide";
    assert_eq!(found(text), ["N (4! = 24)"]);
}

#[test]
fn systems_of_the_suite_and_the_mappings() {
    let texts = [
        include_str!("../../../../tests/suite/counts.md"),
        include_str!("../../../../notebooks/mappings/kafka.rcv"),
        include_str!("../../../../notebooks/mappings/kubernetes.rcv"),
    ];
    let (mut compared, mut reduced) = (0, 0);
    for text in texts {
        let code: String = match text.starts_with('#') {
            true => {
                text.split("```").skip(1).step_by(2).filter_map(|b| b.strip_prefix("reconverge")).collect()
            }
            false => text.to_string(),
        };
        for budget in [FaultBudget::default(), FaultBudget::from([(Fault::Crash, 1), (Fault::Lose, 1)])] {
            for (with, without) in super::random::pairs(&code, &budget) {
                let limits = reconverge_lang::engine::Limits { states: Some(30_000), ..Default::default() };
                let full =
                    reconverge_lang::engine::explore(&without, &limits, &reconverge_lang::engine::Unobserved);
                if full.stopped.is_none() {
                    let name = with.program().name.clone();
                    let (groups, ..) = super::compare_models(&with, &without, &name);
                    compared += 1;
                    reduced += u32::from(!groups.is_empty());
                }
            }
        }
    }
    assert!(compared > 10 && reduced > 5, "{compared} compared, {reduced} of them smaller");
}
