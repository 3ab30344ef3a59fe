//! The results of a run as one self-contained page.
//!
//! Enters: what the cells did. Leaves: HTML that needs no network and no script to be read: first how it went, then the
//! results of each cell, and behind each what was asked, with the colours of the language. Where there are runs, their
//! reports lie beside them and the explorer stands at the end, once: with scripts it takes the place of the pictures.

use super::run;
use super::runner::{FailedCell, Ran, RanFile, amiss};
use reconverge_lang::export::Strictness;
use reconverge_lang::syntax::{self, TokenClass};
use reconverge_lang::view;

/// The explorer, as one module.
const EXPLORER: &str = include_str!(concat!(env!("OUT_DIR"), "/explorer.js"));

const STYLE: &str = "\
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;background:Canvas;color:CanvasText}
pre.code{padding:.75rem 1rem;border-radius:6px;background:color-mix(in srgb,CanvasText 6%,Canvas);overflow:auto}
h2{font-size:1rem;font-weight:600;margin:2rem 0 .5rem;opacity:.7}
summary{cursor:pointer;opacity:.7}
p.wrong{border-left:4px solid #c0392b;padding:.25rem 1rem}
p.right{border-left:4px solid #2e8540;padding:.25rem 1rem}
.keyword{color:light-dark(#7a1fa2,#d9a7f2);font-weight:600}
.concept{color:light-dark(#9a3412,#fdba74);font-weight:600}
.type{color:light-dark(#0b5394,#8ec5ff)}
.number,.string{color:light-dark(#1b6e3c,#8fdcaa)}
.comment,.doc{color:light-dark(#5f6368,#a8adb3);font-style:italic}
.error{text-decoration:underline wavy #c0392b}
img,svg{max-width:100%}
.rcv{overflow-x:auto}
.rcv+.rcv,.rcv-report+.rcv{margin-top:1.2em}
.rcv details{margin:.4em 0}
.rcv code{white-space:pre-wrap}
.rcv td,.rcv th{padding:.3em .8em .3em .3em}
@media print{.rcv img.rcv-picture{color-scheme:light!important;min-width:0!important}.rcv tr{break-inside:avoid}
.rcv details.rcv-carries::details-content{content-visibility:visible!important;block-size:auto!important;opacity:1!important}}";

/// `strictness`: what the first line goes by.
pub(super) fn page(ran: &[RanFile], strictness: Strictness) -> String {
    let title = escape(&run::title(ran));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
    );
    out += &match amiss(ran, strictness) {
        Some(why) => format!("<p class=\"wrong\">not as expected: {}</p>\n", marked(&why)),
        None => "<p class=\"right\">all as expected</p>\n".to_string(),
    };
    let mut explored = false;
    for file in ran {
        for cell in &file.cells {
            let place = file.path.file_name().is_some_and(|name| *name == *cell.name);
            let place = if place || ran.len() == 1 {
                cell.name.clone()
            } else {
                format!("{}, {}", file.path.display(), cell.name)
            };
            out += &format!("<h2>{}</h2>\n", escape(&place));
            let shown = results(cell, &place);
            explored |= shown.contains(REPORT);
            out += &shown;
            // Where nothing is shown, the source is what there is to see.
            let open = if cell.outputs.is_empty() { " open" } else { "" };
            out += &format!(
                "<details{open} data-source=\"{}\"><summary>source</summary><pre class=\"code\">{}</pre></details>\n",
                escape(&cell.name),
                highlighted(&cell.code)
            );
        }
    }
    if explored {
        out += &format!("<script type=\"module\">\n{EXPLORER}</script>\n");
    }
    out.push_str("</body></html>\n");
    out
}

/// Words in which code stands between backticks.
fn marked(words: &str) -> String {
    let mut inside = false;
    let part = |part: &str| {
        let part = if inside { format!("<code>{}</code>", escape(part)) } else { escape(part) };
        inside = !inside;
        part
    };
    if words.matches('`').count() % 2 == 1 { escape(words) } else { words.split('`').map(part).collect() }
}

/// Where a report lies beside its HTML.
const REPORT: &str = "<script type=\"application/json\" class=\"rcv-report\"";

/// `place`: what the cell is called above.
fn results(cell: &Ran, place: &str) -> String {
    let mut out = String::new();
    for output in &cell.outputs {
        out.push_str(&view::html(&output.report, &output.sources));
        out.push('\n');
        let told = view::told(&output.report, &output.sources);
        if told.explores() {
            // Nothing in it may end the element.
            let json = super::results::text(&told).replace('<', "\\u003c");
            out += &format!("{REPORT} data-cell=\"{}\">{json}</script>\n", escape(place));
        }
    }
    if !cell.warnings.is_empty() {
        out.push_str(&view::diagnostics_html(&cell.warnings, &cell.sources));
    }
    match &cell.failed {
        Some(FailedCell::Diagnostics(found)) => out.push_str(&view::diagnostics_html(found, &cell.sources)),
        Some(FailedCell::Interrupted) => out.push_str("<p>interrupted</p>\n"),
        None => {}
    }
    out
}

/// Each piece with the class of what it is.
fn highlighted(code: &str) -> String {
    let mut out = String::new();
    let mut end = 0;
    for (range, class) in syntax::tokens(code) {
        out += &escape(&code[end..range.start]);
        let text = escape(&code[range.clone()]);
        out += &match class_name(class) {
            Some(name) => format!("<span class=\"{name}\">{text}</span>"),
            None => text,
        };
        end = range.end;
    }
    out + &escape(&code[end..])
}

fn class_name(class: TokenClass) -> Option<&'static str> {
    match class {
        TokenClass::Keyword => Some("keyword"),
        TokenClass::Concept => Some("concept"),
        TokenClass::Type => Some("type"),
        TokenClass::Number => Some("number"),
        TokenClass::String => Some("string"),
        TokenClass::Comment => Some("comment"),
        TokenClass::Doc => Some("doc"),
        TokenClass::Error => Some("error"),
        TokenClass::Name | TokenClass::Operator | TokenClass::Punctuation => None,
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
