//! The engine against hand-written machines.

mod against_definitions;
mod counts;
mod random;
mod rounds;
mod small;
mod systems;
