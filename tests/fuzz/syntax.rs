//! libFuzzer's driver of `fuzz::syntax`.
//!
//! Enters: bytes. Leaves: a crash where it panics.

#![no_main]

mod driver;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reconverge_tests::fuzz::syntax(&String::from_utf8_lossy(bytes)));
