//! Models made from programs: what they reach, what they judge, what they say.

mod counts;
mod steps;
mod support;
