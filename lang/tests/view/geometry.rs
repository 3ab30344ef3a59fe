//! The pictures measured before they are drawn: no words overlap, none is cut, arrows end on lanes.

use super::fixtures;
use reconverge_lang::concepts::{Fault, StepKind};
use reconverge_lang::report::{Report, Trace};
use reconverge_lang::view::flights::{End, flights};
use reconverge_lang::view::heading::{Heading, pictured};
use reconverge_lang::view::measure::{Face, elide, shorten, width, wrap, wrap_at_most};
use reconverge_lang::view::palette::{Ink, Theme};
use reconverge_lang::view::timeline::{Glyph, Layout, Rect, Running, Tip, Words, layout};
use reconverge_lang::view::{self, concepts, profile};

fn traces() -> Vec<(&'static str, Trace, Heading)> {
    let of = |(name, report): (&'static str, Report)| {
        let (heading, trace) = pictured(&report)?;
        Some((name, trace.clone(), heading))
    };
    let mut all: Vec<_> = fixtures::all().into_iter().filter_map(of).collect();
    all.push(("very long", fixtures::long(400), Heading::default()));
    for nodes in 1..10 {
        let mut trace = fixtures::long(30);
        let names = ["n", "node2", "broker3", "coordinator4", "apiserver5", "x6", "x7", "x8", "x9"];
        trace.lanes = names[..nodes].iter().map(|n| n.to_string()).collect();
        trace.steps.iter_mut().enumerate().for_each(|(i, s)| s.lane = (i * 7) % nodes);
        for (i, sent) in trace.steps.iter_mut().flat_map(|s| &mut s.sent).enumerate() {
            (sent.from, sent.to) = (i % nodes, (i * 5 + 2) % nodes);
        }
        all.push(("many", trace, Heading::default()));
    }
    all
}

#[track_caller]
fn no_overlap(name: &str, words: &[Words], page: Rect) {
    let bounds: Vec<(Rect, String)> = words.iter().map(|w| (w.bounds(), w.text())).collect();
    for (i, (one, text)) in bounds.iter().enumerate() {
        assert!(one.inside(&page), "{name}: `{text}` is cut: {one:?} in {page:?}");
        for (two, other) in &bounds[..i] {
            assert!(!one.overlaps(two), "{name}: `{text}` covers `{other}`");
        }
    }
}

#[test]
fn words_neither_overlap_nor_are_cut() {
    for (name, trace, heading) in traces() {
        let layout = layout(&trace, &heading);
        no_overlap(name, &layout.words, Rect::new(2.0, 2.0, layout.width - 2.0, layout.height - 2.0));
    }
    for diagram in [fixtures::kafka_diagram(), fixtures::small_diagram()] {
        let layout = concepts::layout(&diagram);
        no_overlap("diagram", &layout.words, Rect::new(2.0, 2.0, layout.width - 2.0, layout.height - 2.0));
    }
    let Report::Check(check) = fixtures::profiled_check() else { panic!("a check") };
    let layout = profile::layout(&check.subject, &check.profile.expect("a profile"));
    let page = Rect::new(2.0, 2.0, layout.width - 2.0, layout.height - 2.0);
    no_overlap("profile", &layout.words, page);
    assert!(
        layout.bars.len() == 3
            && layout.bars.iter().all(|(all, first)| all.inside(&page) && first.inside(all))
    );
}

fn on_lane(layout: &Layout, x: f64) -> bool {
    layout.lanes.iter().any(|l| (l.x - x).abs() < 0.01)
}

#[test]
fn arrows_begin_and_end_on_lanes() {
    for (name, trace, heading) in traces() {
        let layout = layout(&trace, &heading);
        let rows: Vec<(f64, f64)> = layout.rows.iter().map(|r| (r.top, r.bottom)).collect();
        for arrow in &layout.arrows {
            let (first, last) = (arrow.points[0], arrow.points[arrow.points.len() - 1]);
            if !arrow.message.is_empty() {
                assert_eq!(first.0, layout.lanes[arrow.from].x, "{name}: {}", arrow.full);
            }
            if arrow.tip == Tip::Delivered {
                assert!(on_lane(&layout, last.0), "{name}: {}", arrow.full);
                assert_eq!(last.0, layout.lanes[arrow.to].x, "{name}: {}", arrow.full);
                let marked = layout.rows.iter().any(|r| r.mark == Some(last));
                assert!(marked || name == "many" || name == "hostile", "{name}: {} ends nowhere", arrow.full);
            }
            assert!(last.1 > first.1, "{name}: time runs downwards");
            assert!(rows.iter().any(|(top, bottom)| *top <= last.1 && last.1 <= *bottom), "{name}");
            let (left, right) = layout.lanes_span;
            assert!(arrow.points.iter().all(|(x, _)| left <= *x && *x <= right), "{name}: {}", arrow.full);
        }
    }
}

#[test]
fn rows_follow_each_other_and_hold_their_marks() {
    for (name, trace, heading) in traces() {
        let layout = layout(&trace, &heading);
        let left_out: usize = layout.rows.iter().map(|r| r.left_out).sum();
        let gaps = usize::from(left_out > 0);
        assert_eq!(layout.rows.len() + left_out, trace.steps.len() + 1 + gaps, "{name}");
        for pair in layout.rows.windows(2) {
            assert!(pair[0].bottom <= pair[1].top, "{name}");
            assert!(gaps > 0 || pair[0].number + 1 == pair[1].number, "{name}");
        }
        for row in &layout.rows {
            if let Some((_, y)) = row.mark {
                assert!(row.top < y && y < row.bottom, "{name}");
            }
        }
        for lane in &layout.lanes {
            for pair in lane.stretches.windows(2) {
                assert_eq!(pair[0].bottom, pair[1].top, "{name}: the life line of {} is torn", lane.name);
            }
        }
        let broken = trace.broken.is_some() && !name.starts_with("find");
        assert_eq!(layout.rows.iter().filter(|r| r.breaks).count(), usize::from(broken), "{name}");
    }
}

#[test]
fn a_crash_interrupts_its_lane_until_the_restart() {
    let trace = fixtures::truncation();
    let layout = layout(&trace, &Heading::default());
    let down: Vec<Vec<bool>> = layout
        .lanes
        .iter()
        .map(|l| l.stretches.iter().map(|s| s.running == Running::Down).collect())
        .collect();
    assert_eq!(down, [vec![false, true], vec![false, true, false], vec![false]]);
    assert_eq!(layout.lanes[1].stretches[1].top, layout.rows[7].mark.expect("the crash").1);
    assert_eq!(layout.lanes[1].stretches[1].bottom, layout.rows[8].mark.expect("the restart").1);
}

#[test]
fn the_global_lane_is_there_only_where_it_is_needed() {
    let names = |trace: &Trace| -> Vec<String> {
        layout(trace, &Heading::default()).lanes.iter().map(|l| l.name.clone()).collect()
    };
    assert_eq!(names(&fixtures::truncation()), ["broker1", "broker2", "system"]);
    assert_eq!(names(&fixtures::partition()), ["server1", "server2", "server3", "server4"]);
}

#[test]
fn a_partition_separates_neighbours_of_different_sides_until_it_heals() {
    let layout = layout(&fixtures::partition(), &Heading::default());
    assert_eq!(layout.cuts.len(), 2);
    assert_eq!(layout.cuts[0].walls.len(), 3);
    assert!(layout.cuts[0].heals && !layout.cuts[1].heals);
    assert_eq!(layout.cuts[1].walls.len(), 1);
    let wall = layout.cuts[1].walls[0];
    assert!(layout.lanes[1].x < wall.x && wall.x < layout.lanes[2].x);
    let sides: Vec<String> = layout.words.iter().map(Words::text).filter(|t| t == "A" || t == "B").collect();
    assert_eq!(sides, ["A", "B", "A", "B"]);
}

#[test]
fn every_message_has_one_fate() {
    let fates: Vec<(usize, Option<usize>, End)> =
        flights(&fixtures::partition()).into_iter().map(|f| (f.to, f.copied_at, f.end)).collect();
    assert_eq!(
        fates,
        [
            (1, None, End::Lost(2)),
            (2, None, End::Delivered(4)),
            (2, Some(3), End::Delivered(5)),
            (3, None, End::InFlight),
            (0, None, End::Delivered(7)),
            (0, None, End::InFlight),
            (0, None, End::Delivered(11)),
        ]
    );
}

#[test]
fn a_message_handled_out_of_order_is_delivered_there() {
    let trace = fixtures::Run::new(&["a", "b"])
        .step(StepKind::Action, "a", "send twice at a")
        .send("First", "a", "b")
        .send("Second", "a", "b")
        .step(StepKind::Fault(Fault::Reorder), "b", "reorder Second from a to b")
        .receives(1)
        .done();
    let ends: Vec<End> = flights(&trace).into_iter().map(|f| f.end).collect();
    assert_eq!(ends, [End::InFlight, End::Delivered(1)]);
    let layout = layout(&trace, &Heading::default());
    assert_eq!(layout.rows[2].mark.map(|m| m.0), Some(layout.lanes[1].x));
}

#[test]
fn lane_names_are_repeated_in_long_traces() {
    let short = layout(&fixtures::long(10), &Heading::default());
    let long = layout(&fixtures::long(120), &Heading::default());
    assert_eq!(short.lanes[0].heads.len(), 1);
    assert!(long.lanes[0].heads.len() >= 4);
}

#[test]
fn a_very_long_trace_is_drawn_without_its_middle() {
    let layout = layout(&fixtures::long(400), &Heading::default());
    let numbers: Vec<usize> = layout.rows.iter().map(|r| r.number).collect();
    assert_eq!(numbers[..42], (0..=40).chain([0]).collect::<Vec<_>>());
    assert_eq!(numbers[42..], (321..=400).collect::<Vec<_>>());
    assert_eq!(layout.rows[41].left_out, 280);
    assert!(layout.rows[121].breaks);
}

#[test]
fn a_long_run_folds_what_is_local() {
    let trace = fixtures::alone(504);
    let layout = layout(&trace, &Heading::default());
    for step in 0..504 {
        let rows: Vec<_> = layout.rows.iter().filter(|row| row.has(step)).collect();
        assert_eq!(rows.len(), 1, "step {step}");
        assert!(rows[0].folded == 0 || rows[0].glyph == Some(Glyph::Folded), "step {step}");
    }
    let folded: Vec<usize> = layout.rows.iter().map(|row| row.folded).filter(|n| *n > 0).collect();
    assert_eq!(folded.iter().sum::<usize>() + layout.rows.len() - folded.len(), 505);
    assert!(folded.iter().all(|n| *n == 11) && folded.len() > 30, "{folded:?}");
    let words: Vec<String> = layout.words.iter().map(Words::text).collect();
    assert!(words.iter().any(|w| w == "2–12"), "the numbers of the steps: {words:?}");
    let whole = svg_of(&trace);
    let nodes = whole.matches('<').count() - whole.matches("</").count();
    assert!(nodes < 1500, "{nodes} nodes");
    let plain = svg_of(&fixtures::long(500));
    let nodes = plain.matches('<').count() - plain.matches("</").count();
    assert!(nodes < 1500, "{nodes} nodes where nothing is local");
}

/// A run as the picture in its page.
fn svg_of(trace: &Trace) -> String {
    let html = view::html(&fixtures::found(trace.clone()), &fixtures::sources());
    let uri =
        html.split("src=\"data:image/svg+xml;charset=utf-8,").nth(1).and_then(|rest| rest.split('"').next());
    super::unescaped(uri.expect("a picture"))
}

#[test]
fn a_stuck_run_ends_and_a_lasso_returns() {
    let (_, stuck, heading) = traces().into_iter().find(|t| t.0 == "stuck").expect("a stuck run");
    let ended = layout(&stuck, &heading);
    assert!(ended.stuck_at.is_some() && ended.loop_rows.is_none());
    assert_eq!(stuck.steps[6].kind, StepKind::Stutter);
    let (_, lasso, heading) = traces().into_iter().find(|t| t.0 == "flapping").expect("a lasso");
    let returns = layout(&lasso, &heading);
    assert_eq!(returns.loop_rows, Some((returns.rows[2].top, returns.rows[4].bottom)));
    assert!(returns.stuck_at.is_none());
}

#[test]
fn wires_lead_from_resolutions_to_what_they_handle() {
    let diagram = fixtures::kafka_diagram();
    let layout = concepts::layout(&diagram);
    assert_eq!(layout.wires.len(), 3, "one handles something that is no member");
    let edge = |concept: usize, left: bool, point: (f64, f64)| {
        layout.cards.iter().filter(|c| c.concept == concept).any(|c| {
            let x = if left { c.area.left } else { c.area.right };
            x == point.0 && c.area.top <= point.1 && point.1 <= c.area.bottom
        })
    };
    for wire in &layout.wires {
        let (first, last) = (wire[0], wire[wire.len() - 1]);
        assert!(edge(2, true, first), "{first:?}");
        assert!(edge(0, false, last) || edge(1, false, last), "{last:?}");
    }
    for (i, card) in layout.cards.iter().enumerate() {
        assert!(card.area.inside(&layout.boxes[card.concept]), "{}", card.name);
        assert!(layout.cards[..i].iter().all(|other| !other.area.overlaps(&card.area)), "{}", card.name);
    }
    assert_eq!(layout.flows.len(), 4);
}

/// Relative luminance and contrast as WCAG 2 defines them.
fn contrast(one: &str, two: &str) -> f64 {
    let luminance = |hex: &str| {
        let part = |i: usize| {
            let c = f64::from(u8::from_str_radix(&hex[i..i + 2], 16).expect("a colour")) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    };
    let (a, b) = (luminance(one), luminance(two));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn words_have_contrast_on_every_ground() {
    for theme in [Theme::Light, Theme::Dark] {
        for ground in [Ink::Card, Ink::Head, Ink::Alarm, Ink::Loop, Ink::Cut] {
            for text in Ink::TEXTS {
                let found = contrast(text.hex(theme), ground.hex(theme));
                assert!(found >= 4.5, "{theme:?} {text:?} on {ground:?}: {found:.2}");
            }
        }
    }
}

#[test]
fn text_is_wrapped_and_elided_within_its_room() {
    let text = "the quick brown fox jumps over averyveryveryverylongwordindeed — and 数据 too";
    for room in [40.0, 80.0, 200.0] {
        for face in [Face::Sans, Face::SansBold, Face::Mono] {
            let lines = wrap(text, face, 12.0, room);
            assert!(lines.iter().all(|l| width(l, face, 12.0) <= room), "{lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
            let (few, cut) = wrap_at_most(text, face, 12.0, room, 2);
            assert!(few.len() <= 2 && few.iter().all(|l| width(l, face, 12.0) <= room), "{few:?}");
            assert_eq!(cut, few.last().is_some_and(|l| l.ends_with('…')), "{few:?}");
            assert!(width(&elide(text, face, 12.0, room), face, 12.0) <= room);
        }
    }
    assert_eq!(shorten("abcdefghij", 5), "ab…ij");
    assert_eq!(shorten("abc", 5), "abc");
}
