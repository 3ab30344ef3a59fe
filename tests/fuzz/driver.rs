//! What libFuzzer's drivers share: how an input is read, and how another is made of it, three times of four as a program,
//! else as bytes.
//!
//! Enters: an input. Leaves: whether it is kept, or another in its place.

use libfuzzer_sys::{Corpus, fuzz_mutator, fuzzer_mutate};
use reconverge_tests::fuzz::{Question, mutate};

pub(crate) fn ask(question: Question, bytes: &[u8]) -> Corpus {
    if question(&String::from_utf8_lossy(bytes)) { Corpus::Keep } else { Corpus::Reject }
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if seed.is_multiple_of(4) {
        return fuzzer_mutate(data, size, max_size);
    }
    let text = mutate(&String::from_utf8_lossy(&data[..size]), u64::from(seed), max_size);
    data[..text.len()].copy_from_slice(text.as_bytes());
    text.len()
});
