//! The engine against hand-written machines.

mod against_definitions;
mod counts;
mod differing;
mod grid;
mod random;
mod repairs;
mod rounds;
mod shared;
mod small;
mod spilling;
mod symmetries;
mod systems;
