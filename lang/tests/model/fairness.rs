//! Which steps satisfy whose fairness.

use super::support::{explore, model};
use reconverge_lang::engine::Outcome;
use reconverge_lang::model::BuildOptions;

/// `echo` and its delivery go round for ever beside `repair`, which is enabled all the time.
const ECHO: &str = "
system Echo {
  node N[2] {}
  state broken: bool = true
  message Ping
  link wire: Ping between N, N unordered capacity 1
  fair action echo at n in N when in_flight(Ping) == 0 { choose o in N where o != n { send Ping to o } }
  on Ping from a at b {}
  reconciler repair: worker { drift broken act { broken := false } }
}
check Echo";

#[test]
fn steps_of_one_instance_do_not_satisfy_the_fairness_of_another() {
    let found = explore(&model(ECHO, &BuildOptions::default()));
    assert_eq!(found.outcomes, [Outcome::Holds]);
}

/// A loop of a reconciler beside a delivery that is possible all the time, of the first link, first message, first nodes.
fn beside_a_delivery(first: &str, second: &str, link: &str, fields: [&str; 2]) -> String {
    let [declared, sent] = fields;
    format!(
        "system Beside {{
           node Api {{ durable told: bool = false }}
           node Sched {{ durable known: bool = true }}
           message Gone {declared}
           link watch: Gone from Api to Sched {link}
           state x: bool = false
           {first}
           fair action tell at a in Api when not a.told {{ a.told := true  send Gone {sent} to sched }}
           {second}
           invariant d: convergence {{ always eventually not sched.known }}
         }}
         check Beside"
    )
}

#[test]
fn a_delivery_is_no_other_step() {
    let spin = "reconciler spin: worker { drift sched.known  act when sched.known { choose y in bool where y != x { x := y } } }";
    let flip = "fair action flip when sched.known { x := not x }";
    let handler = "on Gone at s in Sched { s.known := false }";
    for link in ["ordered", "unordered", "ordered capacity 2"] {
        for fields in [["", ""], ["{ v: 0..3 }", "{ v: 0 }"], ["{ v: 0..3 }", "{ v: 1 }"]] {
            for other in [spin, flip] {
                for (first, second) in [(other, handler), (handler, other)] {
                    let text = beside_a_delivery(first, second, link, fields);
                    let found = explore(&model(&text, &BuildOptions::default()));
                    assert_eq!(found.outcomes[0], Outcome::Holds, "{text}");
                }
            }
        }
    }
}

#[test]
fn a_strongly_fair_delivery_makes_no_other_step_strongly_fair() {
    for link in ["ordered", "unordered"] {
        let text = format!(
            "system Mixed {{
               node Api {{ }}
               node Sched {{ durable known: bool = true }}
               message Gone
               link watch: Gone from Api to Sched {link}
               state x: bool = false
               state done: bool = false
               fair action write when x {{ done := true }}
               fair action flip when not done {{ x := not x }}
               action tell at a in Api when sched.known and in_flight(Gone) == 0 {{ send Gone to sched }}
               strongly fair on Gone at s in Sched {{ s.known := false }}
               invariant d: convergence {{ eventually done }}
             }}
             check Mixed"
        );
        let found = explore(&model(&text, &BuildOptions::default()));
        assert!(matches!(found.outcomes[0], Outcome::Violated(_)), "{text}");
    }
}
