//! Tidiness tests.
