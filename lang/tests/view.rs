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

/// The words of an HTML fragment, read back by a parser of XML: only `<br>` and `<img>` have no end.
#[track_caller]
fn words_of_html(name: &str, html: &str) -> String {
    let xml = html.replace("<br>", "<br/>");
    let xml = xml.replace(";height:auto\">", ";height:auto\"/>");
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
        for forbidden in
            ["<script", "http://", "https://", " id=", "<svg", "javascript:", "<iframe", "onclick"]
        {
            assert!(!html.contains(forbidden), "{name}: {forbidden}");
        }
        for picture in html.split("<img ").skip(1) {
            let tag = picture.split('>').next().unwrap_or_default();
            assert!(tag.contains("src=\"data:image/svg+xml;charset=utf-8,%3Csvg"), "{name}: {tag:.80}");
            let alt = tag.split("alt=\"").nth(1).and_then(|a| a.split('"').next()).unwrap_or_default();
            assert!(alt.len() > 40, "{name}: alt is `{alt}`");
        }
        let pictures = html.matches("<img ").count();
        // The bars of a profile have their tables beside them.
        let bars = html.matches("alt=\"Where the states of").count();
        assert_eq!(pictures - bars, html.matches("the same in words").count(), "{name}");
        let pictured = view::svg(&report, Theme::Light).is_some() || name == "passing-check";
        assert_eq!(pictures > 0, pictured, "{name}");
    }
}

/// What an untrusted notebook keeps: without its style sheet and its classes everything is still there.
#[test]
fn nothing_depends_on_the_style_sheet() {
    let sources = fixtures::sources();
    for (name, report) in fixtures::all() {
        let html = view::html(&report, &sources);
        let (start, end) =
            (html.find("<style>").expect("a style sheet"), html.find("</style>").expect("its end"));
        let css = &html[start..end];
        for hiding in ["display:none", "visibility:hidden", "content:", "height:0"] {
            assert!(!css.contains(hiding), "{name}: {hiding}");
        }
        assert!(!html[end..].contains("display:none"), "{name}");
    }
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
    for step in &trace.steps {
        has(name, text, &step.label);
        step.sent.iter().for_each(|m| has(name, text, &m.message));
        let told = matches!(step.kind, StepKind::Fault(Fault::Crash) | StepKind::Fault(Fault::Restart));
        for change in step.changes.iter().filter(|c| !(told && c.path.ends_with(".up"))) {
            has(name, text, &format!("{}: {} → {}", change.path, change.before, change.after));
        }
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
    let html = words_of_html("check", &view::html(&report, &sources));
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
                has_trace("check", shown, trace);
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
        has_trace(name, &words_of_html(name, &view::html(&report, &sources)), &trace);
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
