//! libFuzzer's driver of `fuzz::running`.
//!
//! Enters: bytes. Leaves: a crash where it panics.

#![no_main]

mod driver;

use libfuzzer_sys::Corpus;
use reconverge_tests::fuzz;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| -> Corpus { driver::ask(fuzz::running, bytes) });
