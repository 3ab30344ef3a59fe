//! The engine against hand-written machines.

mod counts;
mod small;
mod systems;
