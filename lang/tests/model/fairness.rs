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
