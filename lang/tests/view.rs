//! Views of hand-written reports: everything that is known is shown, in every representation, well-formed and escaped.

use reconverge_lang::concepts::{Fault, StepKind};
use reconverge_lang::diag::{self, Diagnostic};
use reconverge_lang::report::{Report, Trace, Verdict};
use reconverge_lang::span::{SourceId, Sources, Span};
use reconverge_lang::view::{self, Theme};

#[path = "view/fixtures.rs"]
mod fixtures;
#[path = "view/geometry.rs"]
mod geometry;

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
    let (diagnostics, sources) = diagnostics();
    std::fs::write(folder.join("diagnostics.html"), view::diagnostics_html(&diagnostics, &sources))?;
    std::fs::write(folder.join("diagnostics.txt"), view::diagnostics_text(&diagnostics, &sources))
}

/// A fragment of HTML for a parser of XML: only `<br>`, `<img>` and `<td>` have no end, and only the pictures in it, which are looked
/// at apart, have angles in their attributes.
fn xml_of(html: &str) -> String {
    let mut parts = html.split("src=\"data:");
    let mut xml = parts.next().unwrap_or_default().to_string();
    parts.filter_map(|part| part.split_once('"')).for_each(|(_, rest)| xml += &format!("src=\"\"{rest}"));
    // Where a cell ends nothing says so.
    let mut cells = xml.split("<td");
    let mut closed = cells.next().unwrap_or_default().to_string();
    for cell in cells {
        let end = cell.find("</tr>").unwrap_or(cell.len());
        closed += &format!("<td{}</td>{}", &cell[..end], &cell[end..]);
    }
    let ends = [";height:auto", "var(--jp-layout-color0)"];
    ends.iter().fold(closed.replace("<br>", "<br/>"), |xml, end| {
        xml.replace(&format!("{end}\">"), &format!("{end}\"/>"))
    })
}

/// The words of an HTML fragment, read back by a parser of XML.
#[track_caller]
fn words_of_html(name: &str, html: &str) -> String {
    let xml = xml_of(html);
    let document = roxmltree::Document::parse(&xml).unwrap_or_else(|e| panic!("{name}: {e}"));
    document.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect::<Vec<_>>().join("")
}

/// Words without white space, since lines are wrapped anywhere.
fn dense(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[track_caller]
fn has(name: &str, text: &str, expected: &str) {
    assert!(dense(text).contains(&dense(expected)), "{name}: `{expected}` is missing in:\n{text}");
}

#[test]
fn pictures_are_well_formed() {
    for (name, report) in fixtures::all() {
        let pictured = name != "passing-check"
            && matches!(
                report,
                Report::Check(_)
                    | Report::Simulation(_)
                    | Report::Scenario(_)
                    | Report::Find(_)
                    | Report::Diagram(_)
            );
        for theme in [Theme::Light, Theme::Dark] {
            let svg = view::svg(&report, theme);
            assert_eq!(svg.is_some(), pictured, "{name}");
            let Some(svg) = svg else { continue };
            let document = roxmltree::Document::parse(&svg).unwrap_or_else(|e| panic!("{name}: {e}"));
            let root = document.root_element();
            assert_eq!(root.attribute("role"), Some("img"), "{name}");
            let child =
                |tag: &str| root.children().find(|n| n.has_tag_name(("http://www.w3.org/2000/svg", tag)));
            for tag in ["title", "desc"] {
                let words = child(tag).and_then(|n| n.text()).unwrap_or_default();
                assert!(!words.trim().is_empty(), "{name}: no {tag}");
            }
            let rest = svg.replacen("http://www.w3.org/2000/svg", "", 1);
            for forbidden in ["<script", "http://", "https://", "<style", " id=", "href", "NaN", "inf\""] {
                assert!(!rest.contains(forbidden), "{name}: {forbidden}");
            }
        }
    }
}

#[test]
fn html_is_self_contained_and_escaped() {
    let sources = fixtures::sources();
    for (name, report) in fixtures::all() {
        let html = view::html(&report, &sources);
        words_of_html(name, &html);
        for forbidden in ["<script", "http://", "https://", " id=", "javascript:", "<iframe", "onclick"] {
            assert!(!html.contains(forbidden), "{name}: {forbidden}");
        }
        assert!(!xml_of(&html).contains("<svg"), "{name}: a picture that is not an image");
        for picture in html.split("<img ").skip(1) {
            let tag = picture.split(";height:auto\">").next().unwrap_or_default();
            assert!(tag.contains("src=\"data:image/svg+xml;charset=utf-8,<svg"), "{name}: {tag:.80}");
            let alt = tag.split("alt=\"").nth(1).and_then(|a| a.split('"').next()).unwrap_or_default();
            assert!(alt.len() > 40, "{name}: alt is `{alt}`");
        }
        let pictures = html.matches("<img ").count();
        // The bars of a profile have their tables beside them.
        let bars = html.matches("alt=\"Where the states of").count();
        let words =
            html.matches("the same in words").count() + html.matches("the state after each step").count();
        assert_eq!(pictures - bars, words, "{name}");
        let pictured = view::svg(&report, Theme::Light).is_some();
        assert_eq!(pictures > 0, pictured, "{name}");
    }
}

/// Where styles are removed and texts are kept, a style sheet would be read.
#[test]
fn there_is_no_style_sheet() {
    let sources = fixtures::sources();
    for (name, report) in fixtures::all() {
        let html = xml_of(&view::html(&report, &sources));
        for forbidden in ["<style", "display:none", "visibility:hidden"] {
            assert!(!html.contains(forbidden), "{name}: {forbidden}");
        }
    }
}

/// The picture in a page is the document, but for what only readers of the document hear; dark where the page is.
#[test]
fn a_picture_in_a_page_is_the_document() {
    let sources = fixtures::sources();
    let mut looked_at = 0;
    for (name, report) in fixtures::all() {
        let (Some(svg), html) = (view::svg(&report, Theme::Light), view::html(&report, &sources)) else {
            continue;
        };
        let whole = roxmltree::Document::parse(&svg).unwrap_or_else(|e| panic!("{name}: {e}"));
        let uris = html.split("src=\"data:image/svg+xml;charset=utf-8,").skip(1);
        let shown: Vec<String> =
            uris.map(|uri| unescaped(uri.split('"').next().unwrap_or_default())).collect();
        let lean = shown
            .iter()
            .map(|text| roxmltree::Document::parse(text).unwrap_or_else(|e| panic!("{name}: {e}: {text}")));
        let said = |document: &roxmltree::Document<'_>| -> Vec<String> {
            let texts = document.descendants().filter(|n| n.tag_name().name() == "text");
            let said = |n: roxmltree::Node<'_, '_>| {
                let inside = n.descendants().filter(|n| n.is_text());
                let inside = inside.filter(|n| n.parent().is_none_or(|p| p.tag_name().name() != "title"));
                inside.filter_map(|n| n.text()).collect::<String>()
            };
            texts.map(said).collect()
        };
        let lean: Vec<_> = lean.collect();
        let sorted = |mut all: Vec<String>| {
            all.sort();
            all
        };
        let words = sorted(said(&whole));
        assert!(lean.iter().any(|lean| sorted(said(lean)) == words), "{name}: the words differ");
        for (text, lean) in shown.iter().zip(&lean) {
            assert!(text.contains("@media(prefers-color-scheme:dark)"), "{name}");
            let style = lean.descendants().find(|n| n.tag_name().name() == "style").and_then(|n| n.text());
            let style = style.unwrap_or_default();
            for element in lean.descendants().filter(|n| n.attribute("class").is_some()) {
                for class in element.attribute("class").unwrap_or_default().split(' ') {
                    let said = [',', '{'].map(|after| format!(".{class}{after}"));
                    assert!(
                        said.iter().any(|said| style.contains(said)),
                        "{name}: nothing says how .{class} looks"
                    );
                }
            }
            looked_at += 1;
        }
        assert!(shown[0].len() < svg.len() * 2 / 3, "{name}: {} of {}", shown[0].len(), svg.len());
    }
    assert!(looked_at > 8, "{looked_at}");
}

fn unescaped(uri: &str) -> String {
    let bytes = uri.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'%' => {
                out.push(u8::from_str_radix(&uri[at + 1..at + 3], 16).expect("two digits"));
                at += 3;
            }
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).expect("text")
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let sources = fixtures::sources();
    for ((name, one), (_, two)) in fixtures::all().into_iter().zip(fixtures::all()) {
        assert_eq!(view::html(&one, &sources), view::html(&two, &sources), "{name}");
        assert_eq!(view::text(&one, &sources), view::text(&two, &sources), "{name}");
        assert_eq!(view::svg(&one, Theme::Dark), view::svg(&two, Theme::Dark), "{name}");
    }
}

/// Every step, change, message and broken value of a trace, in words.
#[track_caller]
fn has_trace(name: &str, text: &str, trace: &Trace) {
    has_steps(name, text, trace);
    for step in &trace.steps {
        let told = matches!(step.kind, StepKind::Fault(Fault::Crash) | StepKind::Fault(Fault::Restart));
        for change in step.changes.iter().filter(|c| !(told && c.path.ends_with(".up"))) {
            has(name, text, &format!("{}: {} → {}", change.path, change.before, change.after));
        }
    }
}

/// The table of the states along a trace: after each step every variable that ever changes has its value.
#[track_caller]
fn has_states(name: &str, html: &str, trace: &Trace) {
    has_steps(name, &words_of_html(name, html), trace);
    let xml = xml_of(html);
    let document = roxmltree::Document::parse(&xml).unwrap_or_else(|e| panic!("{name}: {e}"));
    let words = |node: roxmltree::Node<'_, '_>| -> String {
        node.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect()
    };
    let tables = document.descendants().filter(|n| n.has_tag_name("table"));
    let tables: Vec<Vec<Vec<String>>> = tables.map(|table| cells(table, &words)).collect();
    let first = &trace.steps[0].label;
    let table = tables.iter().find(|t| t.len() == trace.steps.len() + 2 && t[2][0].contains(first.as_str()));
    let table = table.unwrap_or_else(|| panic!("{name}: no table of states"));
    let mut state: Vec<String> = table[1][1..].to_vec();
    for (row, step) in table[2..].iter().zip(&trace.steps) {
        for change in &step.changes {
            if let Some(column) = table[0][1..].iter().position(|head| *head == change.path) {
                state[column] = change.after.to_string();
            }
        }
        assert!(row[0].contains(&step.label), "{name}: {row:?}");
        assert_eq!(row[1..], state, "{name}: after {}", step.label);
    }
}

/// The words in each cell of a table, by row; of an empty cell what stands above it.
fn cells(
    table: roxmltree::Node<'_, '_>,
    words: &dyn Fn(roxmltree::Node<'_, '_>) -> String,
) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    for row in table.children().filter(|n| n.has_tag_name("tr")) {
        let mut said: Vec<String> = row.children().filter(|n| n.is_element()).map(words).collect();
        if let Some(above) = all.last().filter(|above| above.len() == said.len()) {
            let empty = said.iter_mut().zip(above).skip(1).filter(|(cell, _)| cell.is_empty());
            empty.for_each(|(cell, above)| *cell = above.clone());
        }
        all.push(said);
    }
    all
}

#[track_caller]
fn has_steps(name: &str, text: &str, trace: &Trace) {
    for step in &trace.steps {
        has(name, text, &step.label);
        step.sent.iter().for_each(|m| has(name, text, &m.message));
    }
    if let Some(broken) = &trace.broken {
        has(name, text, &broken.expression);
        broken.values.iter().for_each(|(path, value)| has(name, text, &format!("{path} = {value}")));
    }
}

#[test]
fn a_check_shows_everything() {
    let sources = fixtures::sources();
    let Report::Check(check) = fixtures::kafka_check() else { panic!("a check") };
    let report = Report::Check(check.clone());
    let text = view::text(&report, &sources);
    let page = view::html(&report, &sources);
    let html = words_of_html("check", &page);
    for shown in [&text, &html] {
        has("check", shown, "Kafka(brokers = 2, epochs = 2)");
        has("check", shown, "crash ≤ 2");
        has("check", shown, "1,204 distinct states (5,310 generated), depth 14");
        for finding in &check.findings {
            has("check", shown, &finding.name);
            // A table wraps sentences between its columns, so they are looked for word by word.
            let sentences = finding.sentence.iter().chain(finding.obligations.iter().map(|o| &o.words));
            sentences.flat_map(|s| s.split(' ')).for_each(|word| has("check", shown, word));
            if let Verdict::Violated { trace, .. } = &finding.verdict {
                has_trace("check", &text, trace);
                has_states("check", &page, trace);
            }
        }
        for word in
            ["holds", "holds within bound", "vacuous", "violated", "incomplete", "failed", "not checked"]
        {
            has("check", shown, word);
        }
        has("check", shown, "E0703");
        has("check", shown, "its guard was never true");
        check.expectations.iter().for_each(|e| has("check", shown, &e.words));
    }
}

#[test]
fn verdicts_are_told_apart_without_colour() {
    let Report::Check(check) = fixtures::kafka_check() else { panic!("a check") };
    let text = view::text(&Report::Check(check), &fixtures::sources());
    for chip in [
        "✓ holds",
        "≤ holds within bound",
        "∅ vacuous",
        "✗ violated",
        "… incomplete",
        "! failed",
        "– not checked",
    ] {
        assert!(text.contains(chip), "{chip}");
    }
}

#[test]
fn traces_are_told_in_full() {
    let sources = fixtures::sources();
    for (name, report, trace) in [
        ("scenario", fixtures::scenario(), fixtures::truncation()),
        ("partition", fixtures::partition_scenario(), fixtures::partition()),
        ("find", fixtures::find(40), fixtures::long(40)),
    ] {
        has_trace(name, &view::text(&report, &sources), &trace);
        has_states(name, &view::html(&report, &sources), &trace);
        let svg = view::svg(&report, Theme::Light).expect("a picture");
        let document = roxmltree::Document::parse(&svg).expect("well-formed");
        let texts: String = document
            .descendants()
            .filter(|n| n.is_text())
            .filter_map(|n| n.text())
            .collect::<Vec<_>>()
            .join(" ");
        trace.steps.iter().filter(|s| s.kind != StepKind::Stutter).for_each(|s| has(name, &texts, &s.label));
        trace.lanes.iter().filter(|l| *l != "system").for_each(|l| has(name, &texts, l));
    }
}

#[test]
fn a_stuck_run_and_a_loop_say_so() {
    let sources = fixtures::sources();
    let stuck = view::text(&fixtures::stuck(), &sources);
    has("stuck", &stuck, "replicaset has not reached its goal after step 6");
    let loops = view::text(&fixtures::flapping(), &sources);
    has("flapping", &loops, "from here on for ever");
    has("flapping", &loops, "again from step 2");
    let svg = view::svg(&fixtures::flapping(), Theme::Light).expect("a picture");
    assert!(svg.contains("and so on for ever, again from step 2"));
}

#[test]
fn a_scenario_shows_each_line() {
    let report = fixtures::scenario();
    let Report::Scenario(scenario) = &report else { panic!("a scenario") };
    let text = view::text(&report, &fixtures::sources());
    let html = words_of_html("scenario", &view::html(&report, &fixtures::sources()));
    for shown in [&text, &html] {
        scenario.lines.iter().for_each(|l| has("scenario", shown, &l.text));
        has("scenario", shown, "the two sides differ (in 1 of 2 ways)");
        has("scenario", shown, "len(broker2.log) = 0");
        has("scenario", shown, "not reached");
    }
    assert!(text.contains("✓ do produce(a) at broker1"), "{text}");
    assert!(text.contains("✗ expect len(broker2.log) == 1"), "{text}");
}

#[test]
fn an_audit_shows_questions_answers_and_gaps() {
    for (name, report) in [("full", fixtures::full_audit()), ("small", fixtures::small_audit())] {
        let Report::Audit(audit) = &report else { panic!("an audit") };
        let text = view::text(&report, &fixtures::sources());
        let html = words_of_html(name, &view::html(&report, &fixtures::sources()));
        for shown in [&text, &html] {
            for question in &audit.questions {
                has(name, shown, &question.question);
                question.answers.iter().for_each(|a| has(name, shown, &a.words));
            }
            audit.open.iter().for_each(|open| has(name, shown, open));
        }
        assert_eq!(html.contains("that’s the bug"), name == "small");
    }
}

#[test]
fn tables_and_diagrams_show_every_cell() {
    let sources = fixtures::sources();
    let report = fixtures::compare();
    let Report::Compare(compare) = &report else { panic!("a comparison") };
    let html = words_of_html("compare", &view::html(&report, &sources));
    for table in &compare.tables {
        has("compare", &html, &table.check);
        table.rows.iter().flatten().for_each(|cell| has("compare", &html, cell));
    }
    let diagram = fixtures::kafka_diagram();
    let report = Report::Diagram(diagram.clone());
    let svg = view::svg(&report, Theme::Light).expect("a picture");
    let html = words_of_html("diagram", &view::html(&report, &sources));
    let text = view::text(&report, &sources);
    let members = [&diagram.orders, &diagram.invariants, &diagram.resolutions, &diagram.reconcilers];
    for member in members.into_iter().flatten() {
        for shown in [&svg, &html, &text] {
            has("diagram", shown, &member.name);
            member.types.iter().for_each(|t| has("diagram", shown, t));
        }
        has("diagram", &html, member.sentence.as_deref().unwrap_or_default());
    }
    has("diagram", &html, "handles partition_log, acked_survives");
}

#[test]
fn values_are_shown_along_a_trace() {
    let sources = fixtures::sources();
    let text = view::text(&fixtures::value_along(), &sources);
    has("value", &text, "leader.log");
    has("value", &text, "[Entry { epoch: 0, value: a }]");
    assert_eq!(view::text(&fixtures::value_once(), &sources), "{broker1, broker2}");
}

#[test]
fn hostile_names_stay_text() {
    let sources = fixtures::sources();
    let report = fixtures::hostile();
    let html = view::html(&report, &sources);
    assert!(!html.contains("<b>&\"") && !html.contains("<script"));
    has("hostile", &words_of_html("hostile", &html), fixtures::HOSTILE);
    has("hostile", &view::text(&report, &sources), fixtures::HOSTILE);
}

fn diagnostics() -> (Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let text = "system Käse {\n\tinvariant öne: cardinality {\n    at most 1 b in Borker where b.leads\n}\n";
    let id = sources.add("cell 3", text);
    let code = diag::codes::all().next().expect("a code is declared");
    let at = |what: &str| {
        let start = text.find(what).expect("in the text");
        Span::new(id, start, start + what.len())
    };
    let list = vec![
        Diagnostic::error(code, at("Borker"), "there is no node `Borker`")
            .label("not found here")
            .related(at("Käse"), "in this system")
            .help("did you mean <Broker>?"),
        Diagnostic::warning(code, Span { source: SourceId(id.0), start: 5000, end: 9000 }, "beyond the end"),
    ];
    (list, sources)
}

#[test]
fn diagnostics_point_at_their_source() {
    let (diagnostics, sources) = diagnostics();
    let html = view::diagnostics_html(&diagnostics, &sources);
    let words = words_of_html("diagnostics", &html);
    for expected in
        ["there is no node Borker", "cell 3:3:20", "not found here", "in this system", "<Broker>?"]
    {
        has("diagnostics", &words, expected);
    }
    assert!(html.contains("<strong style=\"text-decoration:underline\">Borker</strong>"), "{html}");
    let carets = words.lines().find(|l| l.contains("^^^^^^")).expect("a line of carets");
    let above = words.lines().find(|l| l.contains("in Borker where")).expect("the line itself");
    let column = |line: &str, what: &str| {
        let line = line.rsplit('│').next().unwrap_or_default();
        line.find(what).map(|i| line[..i].chars().count())
    };
    assert_eq!(column(carets, "^"), column(above, "Borker"));
    has("diagnostics", &view::diagnostics_text(&diagnostics, &sources), "there is no node `Borker`");
}

#[test]
fn a_line_of_megabytes_is_not_repeated() {
    let mut sources = Sources::default();
    let text = "x ".repeat(2_000_000);
    let id = sources.add("cell 1", text);
    let code = diag::codes::all().next().expect("a code is declared");
    let diagnostic = Diagnostic::error(code, Span::new(id, 2_000_000, 2_000_001), "here");
    assert!(view::diagnostics_html(&[diagnostic], &sources).len() < 10_000);
}

#[test]
fn progress_is_one_line() {
    let busy = view::Progress::Explored {
        generated: 5_310_000,
        distinct: 1_204_321,
        depth: 14,
        faults: 1,
        frontier: 60_000,
        bytes: 40 << 20,
        caps: view::Caps { states: Some(3_000_000), depth: None, bytes: Some(8 << 30) },
        elapsed: std::time::Duration::from_millis(2500),
    };
    let (text, html) = view::progress(&busy);
    assert_eq!(
        text,
        "exploring: 1,204,321 distinct states · 5,310,000 generated · 2,100,000 states/s · depth 14 after 1 fault · \
         frontier 60,000 · 40 MB · 40 % of the 3,000,000 states that it may take · 2 s"
    );
    assert!(html.contains("1,204,321 distinct states"));
    let elapsed = std::time::Duration::ZERO;
    let (idle, _) = view::progress(&view::Progress::Explored {
        generated: 0,
        distinct: 0,
        depth: 0,
        faults: 0,
        frontier: 0,
        bytes: 0,
        caps: view::Caps::default(),
        elapsed,
    });
    assert_eq!(idle, "exploring: 0 distinct states · 0 generated · depth 0 · frontier 0");
    let elapsed = std::time::Duration::from_millis(1500);
    let (runs, _) =
        view::progress(&view::Progress::Simulated { events: 3_300_000, runs_done: 312, runs: 1000, elapsed });
    assert_eq!(runs, "simulating: 312 of 1,000 runs · 3,300,000 events · 2,200,000 events/s · 1 s");
}
