//! From a typed program to the compiled form.
//!
//! Enters: a program, its properties, what may go wrong. Leaves: the parts of a `Model`: layout, code, instances, entry points.

pub(super) mod builder;
pub(super) mod faults;
pub(super) mod fuse;
pub(super) mod init;
pub(super) mod instances;
pub(super) mod judge;
pub(super) mod layout;
pub(super) mod lower;
pub(super) mod meetings;
