//! Messages: ordered and unordered links, their faults, and how many states they make.

use super::support::{check, faults};
use reconverge_lang::concepts::{Fault, FaultBudget};
use reconverge_lang::model::BuildOptions;

/// One node sends numbers 0, 1, 2 to another, which keeps what it gets.
fn stream(link: &str) -> String {
    format!(
        "system Stream {{
           node Source {{ next: 0..3 = 0 }}
           node Sink {{ got: list<0..2, 4> }}
           message Number {{ n: 0..2 }}
           link wire: Number from Source to Sink {link}
           action send() at s in Source when s.next < 3 {{ for t in Sink {{ send Number {{ n: s.next }} to t }} s.next += 1 }}
           on Number at t in Sink {{ t.got.push(n) }}
         }}
         check Stream"
    )
}

#[test]
fn an_ordered_link_keeps_the_order() {
    // Sent s of 3, received r <= s: 4 + 3 + 2 + 1 states.
    check(&stream("ordered capacity 3"), &BuildOptions::default(), 10, 6);
}

#[test]
fn an_unordered_link_does_not() {
    // For s sent, every sequence without repetition of the first s numbers: 1 + 2 + 5 + 16.
    check(&stream("unordered capacity 3"), &BuildOptions::default(), 24, 6);
}

#[test]
fn an_ordered_link_may_lose() {
    let options = faults(FaultBudget::from([(Fault::Lose, 1)]));
    // Without a loss 10. One loss among s sent leaves s - 1, of which r were received in order: which one was lost
    // matters, and whether it was lost before or after what follows does not: s * s for s = 1, 2, 3.
    check(&stream("ordered lossy capacity 3"), &options, 10 + 1 + 4 + 9, 6);
}

#[test]
fn an_ordered_link_may_reorder() {
    let options = faults(FaultBudget::from([(Fault::Reorder, 1)]));
    // Without a fault 10. A delivery of position k of those in flight: sequences that differ from the order by one
    // number taken early. 2 sent: 10, with rest or not: [1], [1 0]. 3 sent: [1], [2], [1 0], [2 0], [0 2], [1 0 2],
    // [2 0 1], [0 2 1].
    check(&stream("ordered capacity 3"), &options, 10 + 2 + 8, 6);
}

#[test]
fn only_links_that_say_so_lose() {
    let options = faults(FaultBudget::from([(Fault::Lose, 1), (Fault::Duplicate, 1)]));
    check(&stream("ordered capacity 3"), &options, 10, 6);
}

#[test]
fn equal_messages_are_one_delivery() {
    let text = "
        system Same {
          node A[2] { n: 0..4 = 0 }
          message Tick {}
          link l: Tick between A, A unordered capacity 4
          state sent: 0..3 = 0
          action go() when sent < 3 { sent += 1 }
          action tick(a: A) at b in A when sent == 3 and b.n == 0 and a != b and in_flight(Tick) < 2 and a.n < 2 { send Tick to a }
          on Tick at a { a.n += 1 }
        }
        check Same";
    let model = super::support::model(text, &BuildOptions::default());
    let found = super::support::explore(&model);
    assert!(found.traps.is_empty() && found.stopped.is_none());
    assert!(found.states_distinct > 20, "{}", found.states_distinct);
}

#[test]
fn wide_messages_travel() {
    let text = "
        system Wide {
          node A[2] { got: list<0..200, 12> }
          message Blob { data: list<0..200, 12>, all: set<0..99> }
          link l: Blob between A, A unordered lossy duplicating capacity 2
          link o: Echo between A, A ordered capacity 2
          message Echo { data: list<0..200, 12>, size: 0..100 }
          state sent: 0..1 = 0
          action go() at a in A when sent == 0 {
            sent := 1
            for b in A where b != a { send Blob { data: [1, 2, 200], all: 90..99 } to b }
          }
          on Blob from f at a { a.got := data  send Echo { data: data + [7], size: count x in all } to f }
          on Echo at a when size == 10 and len(data) == 4 { a.got := data }
          invariant arrives: safety { all a in A: len(a.got) < 4 or a.got == [1, 2, 200, 7] }
        }
        check Wide";
    // Idle; sent, received, echoed and taken for each of the two senders.
    check(text, &BuildOptions::default(), 1 + 2 * 3, 3);
    let options = faults(FaultBudget::from([(Fault::Duplicate, 1)]));
    let found = super::support::explore(&super::support::model(text, &options));
    assert!(found.traps.is_empty() && found.states_distinct > 7);
}

/// What is counted, in a state of which every message is known.
#[test]
fn messages_are_counted_by_what_they_are() {
    for kind in ["ordered", "unordered"] {
        let text = format!(
            "system Counted {{
               node A[2] {{ sent: bool = false }}
               node B {{ }}
               message M {{ v: 0..3, to: A? }}
               message N {{ }}
               link l: M, N between A, B {kind} capacity 4
               action go at x in A when not x.sent {{
                 x.sent := true
                 send M {{ v: 1 + index(x), to: none }} to b
                 send M {{ v: 3, to: x }} to b
               }}
               action back at y in B when in_flight(M) == 4 and in_flight(N) == 0 {{ }}
               state seen: set<0..9> = {{}}
               action see when in_flight(M) == 4 and seen == {{}} {{
                 seen := {{in_flight(M where v < 3), 4 + in_flight(M from a1 where v == 2), 6 + in_flight(M from a2 to b where v == 2),
                   8 + in_flight(M to a1), 9 + in_flight(M from b)}}
               }}
               invariant counts: safety {{ seen == {{}} or seen == {{2, 4, 7, 8, 9}} }}
               invariant known: safety {{ all x in A: x.sent == (in_flight(M from x where to == x) == 1) or seen == {{}} }}
               invariant reached: safety {{ seen == {{}} }}
             }}
             check Counted"
        );
        let found = super::support::explore(&super::support::model(&text, &BuildOptions::default()));
        assert!(found.traps.is_empty());
        let violated: Vec<bool> = found
            .outcomes
            .iter()
            .map(|o| matches!(o, reconverge_lang::engine::Outcome::Violated(_)))
            .collect();
        assert_eq!(violated, [false, false, true], "{kind}");
    }
}
