//! The `reconverge` command.
//!
//! Enters: arguments. Leaves: an exit code. Everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    reconverge_kernel::cli::main()
}
