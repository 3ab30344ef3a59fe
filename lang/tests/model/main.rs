//! Models made from programs: what they reach, what they judge, what they say.

mod border;
mod codes;
mod counts;
mod fairness;
mod judged;
#[path = "../support/kept.rs"]
mod kept;
mod links;
mod native;
mod order;
mod params;
mod random;
mod steps;
mod support;
mod symmetry;
mod systems;
mod threads;
mod time;
mod together;
mod traps;
mod views;
mod watched;
