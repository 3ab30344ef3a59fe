//! Every code of the model is triggered by its example.

use super::support::{explore, try_model};
use reconverge_lang::concepts::{Fault, FaultBudget};
use reconverge_lang::diag::codes::model::MODEL;
use reconverge_lang::model::BuildOptions;

#[test]
fn each_code_is_triggered_by_its_example() {
    let mut wrong = Vec::new();
    for code in MODEL {
        let entry = code.0;
        assert!(!entry.title.is_empty() && entry.explanation.ends_with('.'), "{}", entry.code);
        let partition = entry.example.contains("partition 1") as u32;
        let options = BuildOptions {
            faults: FaultBudget::from([(Fault::Partition, partition)]),
            from_any_state: entry.example.contains("from any state"),
            ..BuildOptions::default()
        };
        let found: Vec<String> = match try_model(entry.example, &options) {
            Err(errors) => errors.iter().map(|e| e.code.to_string()).collect(),
            Ok(model) => {
                let found = explore(&model);
                let mut codes: Vec<_> =
                    found.traps.iter().map(|t| model.trap(t.trap).code.to_string()).collect();
                // An invariant without a value is an outcome, not a step.
                let outcomes = found.outcomes.iter().filter_map(|o| match o {
                    reconverge_lang::engine::Outcome::Trapped(trapped) => {
                        Some(model.trap(trapped.trap).code.to_string())
                    }
                    _ => None,
                });
                codes.extend(outcomes);
                codes
            }
        };
        if found.first().map(String::as_str) != Some(entry.code) {
            wrong.push(format!("{}: {} gives {found:?}", entry.code, entry.example));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
