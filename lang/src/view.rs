//! Views: a report as text, as self-contained HTML and, where it is a picture, as SVG.
//!
//! Enters: reports, diagnostics and progress, with the sources they point into. Leaves: strings. Pure functions: the same
//! report gives the same bytes. Nothing that leaves needs a script, a network, an id or a style sheet to be read: the
//! HTML is made for notebooks that are not trusted, where only plain tags, inline styles and `<img>` data URIs survive.
//!
//! Pictures are laid out first ([`timeline`], [`concepts`]: data that tests measure) and drawn second ([`svg`]).

use crate::diag::Diagnostic;
use crate::report::panel::Panel;
use crate::report::{Report, Trace};
use crate::span::Sources;

mod coloured;
pub mod concepts;
mod diagnostics;
pub mod flights;
pub mod graph;
pub mod heading;
mod html;
pub mod inspection;
pub mod measure;
pub mod palette;
pub mod profile;
mod progress;
mod runs;
pub mod simulation;
mod state;
mod svg;
mod text;
pub mod timeline;
pub mod variants;
mod words;

pub use palette::Theme;
pub use progress::{Caps, Progress};
pub use runs::{Told, first_run, told};
pub use words::{asked, count, fewer, subject};

/// Plain text for terminals and `text/plain`, at most 100 columns wide but for long words; ends without a newline.
pub fn text(report: &Report, sources: &Sources) -> String {
    words::clean(&text::report(report, sources))
}

/// A text of [`text`] with ANSI colours for marks and verdicts; nothing but colours is added.
pub fn coloured(text: &str) -> String {
    coloured::text(text)
}

/// A run as plain text: its steps by number, each with what it changed; ends with a newline.
pub fn run(trace: &Trace) -> String {
    words::clean(&text::trace(trace, &heading::Mark::of(trace)))
}

/// A fragment of HTML, readable in light and dark, trusted or not, on screen and on paper.
pub fn html(report: &Report, sources: &Sources) -> String {
    words::clean(&html::report(report, sources))
}

/// The picture of a report as an SVG document: the trace of a check that found a violation, of a scenario or of a
/// witness, or the loop of the four concepts. `None` where there is nothing to draw.
pub fn svg(report: &Report, theme: Theme) -> Option<String> {
    svg::report(report, theme)
}

/// The head of the table of what may be moved.
const PANEL_HEAD: [&str; 4] = ["what", "kind", "value", "may be"];
/// What can be done with it there.
const PANEL_FOOT: &str = "Write other values into the cell and run it again. Where Jupyter's widgets are installed (`pip install jupyterlab_widgets`), here are sliders in place of this table.";

/// What may be moved in a cell as a table, in plain text and in HTML: for front ends without widgets.
pub fn panel(panel: &Panel) -> (String, String) {
    (words::clean(&text::panel(panel)), words::clean(&html::panel(panel).into_string()))
}

/// Diagnostics as text in the style of rustc, without colours.
pub fn diagnostics_text(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    crate::diag::render::plain(diagnostics, sources)
}

/// Diagnostics as a fragment of HTML: the line, what is underlined, what was expected, the likeliest fix.
pub fn diagnostics_html(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    words::clean(&diagnostics::html(diagnostics, sources))
}

/// One line on how far an exploration is: as text and as HTML.
pub fn progress(progress: &Progress) -> (String, String) {
    progress::line(progress)
}
