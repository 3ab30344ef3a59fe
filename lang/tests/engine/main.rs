//! The engine against hand-written machines.

mod against_definitions;
mod checkpoints;
mod counts;
mod differing;
mod grid;
#[path = "../support/kept.rs"]
mod kept;
mod random;
mod repairs;
mod rounds;
mod shared;
mod small;
mod spilling;
mod symmetries;
mod systems;
