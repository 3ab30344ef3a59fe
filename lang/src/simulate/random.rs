//! Random numbers, the same on every machine.
//!
//! Enters: a seed and the number of a run. Leaves: whole numbers, chances, waiting times. Each run has a stream of its
//! own, so that it does not matter which thread takes it, and when.

use super::plan::Span;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{RngCore, SeedableRng};

/// An odd number near 2^64 / φ: seeds that are next to each other lead to streams that are not.
const APART: u64 = 0x9e37_79b9_7f4a_7c15;

/// The random numbers of one run.
pub(super) struct Random(Xoshiro256PlusPlus);

impl Random {
    pub(super) fn new(seed: u64, run: u64) -> Random {
        let seed = seed.wrapping_mul(APART) ^ run.wrapping_add(1).wrapping_mul(APART.rotate_left(32));
        Random(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// From 0 to `count` - 1, all alike (to one part in 2^64 / `count`); 0 where `count` is 0.
    pub(super) fn below(&mut self, count: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(count)) >> 64) as u64
    }

    /// All alike, both ends included.
    pub(super) fn within(&mut self, span: Span) -> u64 {
        span.least + self.below((span.most - span.least).saturating_add(1))
    }

    /// Whether something happens that does so `millionths` times in a million.
    pub(super) fn chance(&mut self, millionths: u64) -> bool {
        millionths > 0 && self.below(1_000_000) < millionths
    }

    /// Microseconds to the next of events that come at random, `mean` apart on average; at least 1.
    pub(super) fn exponential(&mut self, mean: f64) -> u64 {
        let unit = ((self.0.next_u64() >> 11) + 1) as f64 * (-53f64).exp2();
        // Too long for a number of microseconds is for ever.
        (-libm::log(unit) * mean).max(1.0) as u64
    }
}
