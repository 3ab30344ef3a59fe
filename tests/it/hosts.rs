//! What the machine gives an exploration: memory, a clock, a temporary file.
//!
//! Enters: nothing. Leaves: failures.

use reconverge_kernel::hosts::Machine;
use reconverge_lang::session::Host;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(crate) fn machine() -> impl Host {
    Machine::new(Arc::new(AtomicBool::new(false)), |_| {})
}

#[test]
fn what_is_spilled_comes_back() {
    let store = machine().spill().expect("this host has files").expect("a folder for temporary files");
    let (first, second) = (vec![7u8; 100_000], (0..=255u8).collect::<Vec<_>>());
    assert_eq!(store.write(&first), Ok(0));
    assert_eq!(store.write(&second), Ok(100_000));
    let mut read = vec![0; 256];
    store.read(100_000, &mut read).expect("it is there");
    assert_eq!(read, second);
    store.read(99_990, &mut read[..20]).expect("it is there");
    assert_eq!(read[..20], [&[7u8; 10][..], &second[..10]].concat());
    assert!(store.read(100_200, &mut read).is_err());
    assert_eq!(store.write(&[1]), Ok(100_256));
}

#[test]
fn memory_is_some_of_what_there_is() {
    if let Some(bytes) = machine().memory() {
        assert!(bytes >= 256 << 20, "{bytes}");
    }
    let host = machine();
    assert!(host.clock() <= host.clock() && host.clock().is_some());
}
