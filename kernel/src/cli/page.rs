//! The results of a run as one self-contained page.
//!
//! Enters: what the cells did. Leaves: HTML that needs no network and no script to be read.

use super::run;
use super::runner::{FailedCell, RanFile};
use reconverge_lang::view;

const STYLE: &str = "\
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;background:Canvas;color:CanvasText}
pre.code{padding:.75rem 1rem;border-radius:6px;background:color-mix(in srgb,CanvasText 6%,Canvas);overflow:auto}
pre.error{padding:.75rem 1rem;border-left:4px solid #c0392b;overflow:auto}
h2{font-size:1rem;font-weight:600;margin:2rem 0 .5rem;opacity:.7}
img,svg{max-width:100%}";

pub(super) fn page(ran: &[RanFile]) -> String {
    let title = escape(&run::title(ran));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
    );
    for cell in ran.iter().flat_map(|file| &file.cells) {
        out.push_str(&format!(
            "<h2>{}</h2>\n<pre class=\"code\">{}</pre>\n",
            escape(&cell.name),
            escape(&cell.code)
        ));
        for output in &cell.outputs {
            out.push_str(&view::html(&output.report, &output.sources));
            out.push('\n');
        }
        if !cell.warnings.is_empty() {
            out.push_str(&view::diagnostics_html(&cell.warnings, &cell.sources));
        }
        match &cell.failed {
            Some(FailedCell::Diagnostics(found)) => {
                out.push_str(&view::diagnostics_html(found, &cell.sources));
            }
            Some(FailedCell::Interrupted) => out.push_str("<p>interrupted</p>\n"),
            None => {}
        }
    }
    out.push_str("</body></html>\n");
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
