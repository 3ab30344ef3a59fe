//! Views of hand-written reports: everything that is known is shown, in every representation, well-formed and escaped.

use reconverge_lang::report::Report;
use reconverge_lang::view::{self, Theme};

#[path = "view/fixtures.rs"]
mod fixtures;

/// Writes every view of every fixture where a person can look at them: `target/tmp/view/`.
#[test]
fn gallery() -> std::io::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("view");
    std::fs::create_dir_all(&folder)?;
    let sources = fixtures::sources();
    for (name, report) in fixtures::all() {
        std::fs::write(folder.join(format!("{name}.html")), view::html(&report, &sources))?;
        std::fs::write(folder.join(format!("{name}.txt")), view::text(&report, &sources))?;
        for (theme, suffix) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            if let Some(svg) = view::svg(&report, theme) {
                std::fs::write(folder.join(format!("{name}-{suffix}.svg")), svg)?;
            }
        }
    }
    Ok(())
}

#[test]
fn pictures_are_well_formed() {
    for (name, report) in fixtures::all() {
        let pictured =
            matches!(report, Report::Check(_) | Report::Scenario(_) | Report::Find(_) | Report::Diagram(_));
        let svg = view::svg(&report, Theme::Light);
        assert_eq!(svg.is_some(), pictured, "{name}");
        if let Some(svg) = svg {
            let document = roxmltree::Document::parse(&svg).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(document.root_element().attribute("role"), Some("img"), "{name}");
        }
    }
}
