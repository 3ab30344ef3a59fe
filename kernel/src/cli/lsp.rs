//! `reconverge lsp`: the language server, for editors.
//!
//! Enters: nothing; the editor speaks on standard input. Leaves: nothing but what it is told on standard output.

use super::runner::on_large_stack;
use super::{Trouble, Verdict};
use crate::{library, lsp};

pub(super) fn serve() -> Result<Verdict, Trouble> {
    on_large_stack(|| lsp::serve(&library::mappings()).map_err(|e| Trouble(e.to_string())))?;
    Ok(Verdict::AsExpected)
}
