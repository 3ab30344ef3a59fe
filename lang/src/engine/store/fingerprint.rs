//! From a packed state to 64 bits.
//!
//! Enters: the words of a state. Leaves: a fingerprint, the same in every run (fixed seed), and the odds of a collision.
//! One word is mixed by a bijection (the finaliser of splitmix64), so that states of one word never collide; longer ones
//! are folded by 128-bit products first, as foldhash and wyhash do.

use crate::engine::machine::Word;

const SEED: u64 = 0x243f_6a88_85a3_08d3;
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline(always)]
pub(crate) fn fingerprint(state: &[Word]) -> u64 {
    if let [word] = state {
        return mix(*word);
    }
    let mut hash = SEED;
    for word in state {
        let product = u128::from(hash ^ word) * u128::from(FACTOR);
        hash = (product as u64) ^ ((product >> 64) as u64);
    }
    mix(hash)
}

#[inline(always)]
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Upper bound on the probability that any two of `states` distinct states of `words` words have one fingerprint:
/// pairs / 2^64.
pub(crate) fn collision_probability(states: u64, words: usize) -> f64 {
    if words <= 1 || states < 2 {
        return 0.0;
    }
    let n = states as f64;
    (n * (n - 1.0) / 2.0 / 2f64.powi(64)).min(1.0)
}
