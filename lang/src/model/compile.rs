//! From a typed program to the compiled form.
//!
//! Enters: a program, its properties, what may go wrong. Leaves: the parts of a `Model`: layout, code, instances, entry points.

pub mod builder;
pub mod faults;
pub mod fuse;
pub mod init;
pub mod instances;
pub mod judge;
pub mod layout;
pub mod lower;
pub mod meetings;
