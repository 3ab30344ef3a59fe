//! Source text to tree.
//!
//! Enters: the text of a cell or file. Leaves: the tree, and every syntax error as a diagnostic.

pub mod tree;
