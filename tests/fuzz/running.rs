//! libFuzzer's driver of `fuzz::running`.
//!
//! Enters: bytes. Leaves: a crash where it panics.

#![no_main]

mod driver;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reconverge_tests::fuzz::running(&String::from_utf8_lossy(bytes)));
