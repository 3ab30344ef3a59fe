//! Attempts whose taking back goes on in steps of its own, which may go round for ever, against the definition.
//!
//! What is dirty is swept in a random small machine: fair steps and steps of clients from each kind of dirt to another,
//! some of which remove the row that the attempt has put there.

use super::judge::Found;
use super::systems::Dice;
use super::{Said, said, undone};
use crate::support::program;
use crate::watched::world::World;
use reconverge_lang::concepts::FaultBudget;

fn system(seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let count = if dice.percent(25) { "[2]" } else { "" };
    let busy = dice.percent(30);
    let mut sweeps = Vec::new();
    for dirt in 1..=3 {
        for i in 0..1 + dice.below(5) / 3 {
            let to = dice.below(4);
            let remove = if dice.percent(if to == 0 { 60 } else { 15 }) { "  rows.remove(t)" } else { "" };
            let fair = if dice.percent(80) { "fair " } else { "" };
            let guard = if busy && dice.percent(40) { " and not busy" } else { "" };
            sweeps.push(format!(
                "  {fair}action sweep{dirt}{i} at t in T when t.dirty == {dirt}{guard} {{ t.dirty := {to}{remove} }}"
            ));
        }
    }
    if busy {
        let fair = if dice.percent(50) { "fair " } else { "" };
        sweeps.push(format!("  {fair}action beat {{ busy := not busy }}"));
    }
    let most = 1 + dice.below(3);
    let busy = if busy { "\n  state busy: bool = false" } else { "" };
    format!(
        "system S {{
  node T{count} {{ open: bool = false  dirty: 0..3 = 0 }}
  state rows: set<T> = {{}}{busy}
  action begin at t in T when not t.open and t not in rows and t.dirty == 0 {{ t.open := true  rows.add(t) }}
  action commit at t in T when t.open {{ t.open := false }}
{}
  invariant i: safety {{ true }}
  resolution m: abort {{
    handles i
    since begin
    at t in T when t.open {{ t.open := false  choose d in 1..{most} {{ t.dirty := d }} }}
    protects rows
  }}
}}
check S\n",
        sweeps.join("\n")
    )
}

#[test]
fn what_goes_round_for_ever_is_found_where_it_is_by_definition() {
    let (mut holds, mut ended, mut stays) = (0, 0, 0);
    for seed in 1..=300 {
        let text = system(seed);
        let program = program(&text).unwrap_or_else(|errors| panic!("{errors:?}\n{text}"));
        let world = World { p: &program, faults: FaultBudget::default() };
        let (found, wanted) = (said(&text), undone::undone(&world, &program.resolutions[0]));
        let same = match (wanted, &found) {
            (Some(Found::Stays), Said::Stays | Said::Violated(_)) => true,
            (Some(Found::Holds), Said::Holds) | (Some(Found::Vacuous), Said::Vacuous) => true,
            (Some(Found::Unknown) | None, _) => continue,
            _ => false,
        };
        assert!(same, "seed {seed}: {found:?}, and by definition {wanted:?}\n{text}");
        match found {
            Said::Holds => holds += 1,
            Said::Violated(_) => ended += 1,
            Said::Stays => stays += 1,
            _ => {}
        }
    }
    assert!(holds > 10 && ended > 10 && stays > 10, "too few say much: {holds} {ended} {stays}");
}
