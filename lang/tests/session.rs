//! The session by its public door: cells in, reports and diagnostics out.

#[path = "session/by_hand.rs"]
mod by_hand;
#[path = "session/cells.rs"]
mod cells;
#[path = "session/files.rs"]
mod files;
#[path = "session/graph.rs"]
mod graph;
#[path = "session/help.rs"]
mod help;
#[path = "session/places.rs"]
mod places;
#[path = "session/refinement.rs"]
mod refinement;
#[path = "session/shadowing.rs"]
mod shadowing;
#[path = "session/simulate.rs"]
mod simulate;
#[path = "session/support.rs"]
mod support;
#[path = "session/values.rs"]
mod values;
#[path = "session/variants.rs"]
mod variants;
