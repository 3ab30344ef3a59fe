//! Draws a space-time diagram.
//!
//! Enters: its layout. Leaves: SVG. Painted from back to front: tinted stretches, life lines, guides, arrows, marks, words.

use super::{arrow_head, document, line, n, raw, rect, unit, words};
use crate::concepts::{Fault, StepKind};
use crate::view::heading::Heading;
use crate::view::palette::{Ink, Theme};
use crate::view::timeline::{
    Arrow, Cut, Glyph, Lane, Layout, MARK, Rect, Row, Running, Stops, Stretch, Tip, Wall,
};
use maud::{Markup, html};

/// How far an arrow stays away from the middle of the mark it ends at.
const GAP: f64 = 7.0;

pub(super) fn draw(layout: &Layout, heading: &Heading, description: &str, theme: Theme) -> String {
    let pen = Pen { theme };
    let content = html! {
        @if let Some((top, bottom)) = layout.loop_rows { (pen.loop_area(top, bottom, layout)) }
        @for row in layout.rows.iter().filter(|r| r.breaks) { (pen.alarm(row, layout)) }
        @if let Some((top, bottom)) = layout.loop_rows { (pen.loop_bracket(top, bottom)) }
        @for cut in &layout.cuts { (pen.cut_area(cut)) }
        @for pair in layout.rows.windows(2) { (pen.hairline(&pair[1], layout)) }
        @for lane in &layout.lanes { (pen.lane(lane)) }
        @for cut in &layout.cuts { (pen.walls(cut)) }
        @for row in &layout.rows { (pen.tick(row, layout)) (pen.guides(row, layout)) }
        @for arrow in &layout.arrows { (pen.arrow(arrow)) }
        @for row in &layout.rows { (pen.marks(row)) }
        @for lane in &layout.lanes {
            @for head in &lane.heads { (rect(head, 5.0, pen.ink(Ink::Head), Some(pen.ink(Ink::Edge)), false)) }
        }
        @if let Some(y) = layout.stuck_at { (pen.end_of_time(y, layout)) }
        @for (glyph, place) in &layout.legend { (pen.legend(*glyph, place)) }
        @for line in &layout.words { (words(line, theme)) }
    };
    let title = match heading.subtitle.as_str() {
        "" => heading.title.clone(),
        subtitle => format!("{} ({subtitle})", heading.title),
    };
    document(layout.width, layout.height, &title, description, theme, content)
}

struct Pen {
    theme: Theme,
}

impl Pen {
    fn ink(&self, ink: Ink) -> &'static str {
        ink.hex(self.theme)
    }

    fn alarm(&self, row: &Row, layout: &Layout) -> Markup {
        let area = Rect::new(8.0, row.top + 1.0, layout.width - 8.0, row.bottom - 1.0);
        let bar = Rect::new(8.0, row.top + 1.0, 12.0, row.bottom - 1.0);
        html! {
            (rect(&area, 5.0, self.ink(Ink::Alarm), None, false))
            (rect(&bar, 2.0, self.ink(Ink::Broken), None, false))
        }
    }

    /// The loop: tinted rows, and at the left a bracket that leads from the last back to the first.
    fn loop_area(&self, top: f64, bottom: f64, layout: &Layout) -> Markup {
        let area = Rect::new(8.0, top + 1.0, layout.width - 8.0, bottom - 1.0);
        rect(&area, 5.0, self.ink(Ink::Loop), None, false)
    }

    fn loop_bracket(&self, top: f64, bottom: f64) -> Markup {
        let (x, ink) = (24.0, self.ink(Ink::Reconciler));
        let (first, last) = (top + 18.0, bottom - 10.0);
        let path = format!("M{} {} H{} V{} H{}", n(x + 9.0), n(last), n(x), n(first), n(x + 7.0));
        html! {
            path d=(path) fill="none" stroke=(ink) stroke-width="2" {}
            (arrow_head((x, first), (x + 11.0, first), 7.0, ink))
        }
    }

    fn cut_area(&self, cut: &Cut) -> Markup {
        rect(&cut.area, 4.0, self.ink(Ink::Cut), None, false)
    }

    fn walls(&self, cut: &Cut) -> Markup {
        let ink = self.ink(Ink::Wall);
        let (left, right) = (cut.area.left, cut.area.right);
        html! {
            (line((left, cut.area.top), (right, cut.area.top), ink, 1.0, Some("2 3")))
            @if cut.heals { (line((left, cut.area.bottom), (right, cut.area.bottom), ink, 1.0, Some("2 3"))) }
            @for wall in &cut.walls {
                (line((wall.x, cut.area.top), (wall.x, cut.area.bottom), ink, 3.0, Some("7 4")))
                (self.stopped(wall, cut.area.top + 12.0))
            }
        }
    }

    /// At a wall that stops one direction alone: an arrow that runs into it.
    fn stopped(&self, wall: &Wall, y: f64) -> Markup {
        let ink = self.ink(Ink::Wall);
        let from = match wall.stops {
            Stops::BothWays => return html! {},
            Stops::ToTheRight => wall.x - 18.0,
            Stops::ToTheLeft => wall.x + 18.0,
        };
        html! {
            (line((from, y), (wall.x, y), ink, 2.0, None))
            (arrow_head((from, y), (wall.x, y), 8.0, ink))
        }
    }

    fn hairline(&self, row: &Row, layout: &Layout) -> Markup {
        let (left, _) = layout.lanes_span;
        let ink = self.ink(Ink::Head);
        line((left, row.top), (layout.width - 18.0, row.top), ink, 1.0, None)
    }

    fn lane(&self, lane: &Lane) -> Markup {
        html! {
            @for stretch in &lane.stretches { (self.stretch(lane.x, stretch)) }
        }
    }

    fn stretch(&self, x: f64, stretch: &Stretch) -> Markup {
        let Stretch { top, bottom, running } = *stretch;
        match running {
            Running::Up => line((x, top), (x, bottom), self.ink(Ink::Lane), 1.5, None),
            Running::Down => html! {
                (rect(&Rect::new(x - 9.0, top, x + 9.0, bottom), 3.0, self.ink(Ink::Down), Some(self.ink(Ink::Lane)), false))
                (line((x, top), (x, bottom), self.ink(Ink::Lane), 1.5, Some("3 4")))
            },
            // The sign of a pause, drawn out.
            Running::Paused => html! {
                (line((x - 3.0, top), (x - 3.0, bottom), self.ink(Ink::Fault), 2.0, None))
                (line((x + 3.0, top), (x + 3.0, bottom), self.ink(Ink::Fault), 2.0, None))
            },
        }
    }

    /// From a step's mark to its words, and to the other lanes that it changed.
    fn guides(&self, row: &Row, layout: &Layout) -> Markup {
        let Some((x, y)) = row.mark else { return html! {} };
        let faint = self.ink(Ink::Faint);
        let reach = row.touched.iter().map(|(x, _)| *x).fold(x, f64::min);
        html! {
            (line((x + 8.0, y), (layout.lanes_span.1 + 8.0, y), faint, 1.0, Some("1 3")))
            @if reach < x { (line((reach, y), (x, y), faint, 1.0, Some("1 3"))) }
        }
    }

    fn arrow(&self, arrow: &Arrow) -> Markup {
        let ink = self.ink(if arrow.tip == Tip::Lost { Ink::Fault } else { Ink::Message });
        let mut points = arrow.points.clone();
        let count = points.len();
        if count < 2 {
            return html! {};
        }
        let (before, end) = (points[count - 2], points[count - 1]);
        let (dx, dy) = unit(before, end);
        let gap = if arrow.tip == Tip::Delivered { GAP } else { 3.0 };
        let tip = (end.0 - dx * gap, end.1 - dy * gap);
        points[count - 1] =
            if arrow.tip == Tip::Delivered { (tip.0 - dx * 5.0, tip.1 - dy * 5.0) } else { tip };
        let list: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", n(*x), n(*y))).collect();
        let dashes = match (arrow.tip, arrow.copy) {
            (Tip::InFlight, _) => Some("2 3"),
            (_, true) => Some("6 3"),
            _ => None,
        };
        html! {
            g {
                title { (arrow.full) }
                polyline points=(list.join(" ")) fill="none" stroke=(ink) stroke-width="1.5"
                    stroke-linejoin="round" stroke-dasharray=[dashes] {}
                @match arrow.tip {
                    Tip::Delivered => (arrow_head(before, tip, 9.0, ink)),
                    Tip::InFlight => (self.glyph(Glyph::InFlight, end)),
                    Tip::Lost => (self.glyph(Glyph::Lost, end)),
                }
            }
        }
    }

    fn marks(&self, row: &Row) -> Markup {
        let Some(kind) = row.kind else { return html! {} };
        html! {

            @for place in &row.touched { (self.glyph(Glyph::beside(kind), *place)) }
            @if let (Some(place), Some(glyph)) = (row.mark, row.glyph) { (self.glyph(glyph, place)) }
        }
    }

    /// A line through all lanes: a tick.
    fn tick(&self, row: &Row, layout: &Layout) -> Markup {
        if !matches!(row.kind, Some(StepKind::Tick | StepKind::Fault(Fault::Skew))) {
            return html! {};
        }
        let ((left, right), y) = (layout.lanes_span, row.top + MARK);
        line((left, y), (right, y), self.ink(Ink::Muted), 1.0, Some("1 4"))
    }

    /// A bar under every lane: no step follows.
    fn end_of_time(&self, y: f64, layout: &Layout) -> Markup {
        let (left, right) = layout.lanes_span;
        line((left + 6.0, y), (right - 6.0, y), self.ink(Ink::Text), 4.0, None)
    }

    fn legend(&self, glyph: Glyph, place: &Rect) -> Markup {
        let middle = ((place.left + place.right) / 2.0, (place.top + place.bottom) / 2.0);
        self.glyph(glyph, middle)
    }

    /// A mark around a point: each kind has a shape of its own, so that colour is never needed.
    fn glyph(&self, glyph: Glyph, (x, y): (f64, f64)) -> Markup {
        let card = self.ink(Ink::Card);
        let fault = self.ink(Ink::Fault);
        match glyph {
            Glyph::Action => self.circle(x, y, 5.5, self.ink(Ink::Action), self.ink(Ink::Action)),
            Glyph::Deliver => self.circle(x, y, 5.0, card, self.ink(Ink::Message)),
            Glyph::Taken => self.diamond((x, y), card, self.ink(Ink::Resolution), "2"),
            Glyph::Touched => self.circle(x, y, 2.8, self.ink(Ink::Muted), self.ink(Ink::Muted)),
            Glyph::InFlight => {
                html! { circle cx=(n(x)) cy=(n(y)) r="4" fill=(card) stroke=(self.ink(Ink::Message))
                stroke-width="1.5" stroke-dasharray="2 2" {} }
            }
            Glyph::Resolution => self.diamond((x, y), self.ink(Ink::Resolution), card, "1"),
            Glyph::Reconciler => {
                rect(&Rect::around(x, y, 5.5), 2.0, self.ink(Ink::Reconciler), Some(card), false)
            }
            Glyph::Restart => {
                self.polygon(&[(x, y - 7.0), (x + 6.5, y + 5.0), (x - 6.5, y + 5.0)], self.ink(Ink::Text))
            }
            Glyph::Lost => self.lost((x, y), fault),
            Glyph::Crash => raw(vec![
                self.stroke((x - 5.5, y - 5.5), (x + 5.5, y + 5.5), fault),
                self.stroke((x - 5.5, y + 5.5), (x + 5.5, y - 5.5), fault),
            ]),
            Glyph::Wipe => raw(vec![
                self.circle(x, y, 7.5, card, fault),
                self.stroke((x - 4.0, y - 4.0), (x + 4.0, y + 4.0), fault),
                self.stroke((x - 4.0, y + 4.0), (x + 4.0, y - 4.0), fault),
            ]),
            Glyph::Pause => raw(vec![
                self.stroke((x - 3.5, y - 5.5), (x - 3.5, y + 5.5), fault),
                self.stroke((x + 3.5, y - 5.5), (x + 3.5, y + 5.5), fault),
            ]),
            Glyph::Resume => {
                self.polygon(&[(x - 5.0, y - 6.5), (x + 7.0, y), (x - 5.0, y + 6.5)], self.ink(Ink::Text))
            }
            Glyph::Tick => self.clock((x, y), self.ink(Ink::Muted)),
            Glyph::Stale => back((x, y), fault),
            Glyph::Skew => raw(vec![
                self.clock((x, y), fault),
                line((x + 3.5, y - 9.5), (x + 9.5, y - 3.5), fault, 2.0, None),
                line((x + 3.5, y - 3.5), (x + 9.5, y - 9.5), fault, 2.0, None),
            ]),
            Glyph::Paused => html! {
                (line((x - 3.0, y - 8.0), (x - 3.0, y + 8.0), fault, 2.0, None))
                (line((x + 3.0, y - 8.0), (x + 3.0, y + 8.0), fault, 2.0, None))
            },
            Glyph::Duplicate => raw(vec![
                self.circle(x - 2.5, y, 4.5, card, fault),
                self.circle(x + 2.5, y, 4.5, card, fault),
            ]),
            Glyph::Reorder => raw(vec![
                arrow_head((x - 4.0, y + 6.0), (x - 4.0, y - 7.0), 12.0, fault),
                arrow_head((x + 4.0, y - 6.0), (x + 4.0, y + 7.0), 12.0, fault),
            ]),
            Glyph::Partition => self.wall((x, y)),
            Glyph::OneWay => raw(vec![
                self.wall((x + 4.0, y)),
                line((x - 8.0, y), (x + 4.0, y), self.ink(Ink::Wall), 2.0, None),
                arrow_head((x - 8.0, y), (x + 4.0, y), 7.0, self.ink(Ink::Wall)),
            ]),
            Glyph::Down => html! {
                (rect(&Rect::new(x - 6.0, y - 8.0, x + 6.0, y + 8.0), 3.0, self.ink(Ink::Down), Some(self.ink(Ink::Lane)), false))
                (line((x, y - 8.0), (x, y + 8.0), self.ink(Ink::Lane), 1.5, Some("3 4")))
            },
            Glyph::Folded => self.circle(x, y, 9.0, card, self.ink(Ink::Lane)),
            Glyph::Stop => line((x - 7.0, y), (x + 7.0, y), self.ink(Ink::Text), 4.0, None),
        }
    }

    /// A piece of a wall, and of what it parts.
    fn wall(&self, (x, y): (f64, f64)) -> Markup {
        html! {
            (rect(&Rect::around(x, y, 7.5), 2.0, self.ink(Ink::Cut), None, false))
            (line((x, y - 8.0), (x, y + 8.0), self.ink(Ink::Wall), 3.0, Some("5 3")))
        }
    }

    /// A face with two hands.
    fn clock(&self, (x, y): (f64, f64), ink: &str) -> Markup {
        html! {
            (self.circle(x, y, 5.5, self.ink(Ink::Card), ink))
            (line((x, y), (x, y - 3.5), ink, 1.5, None))
            (line((x, y), (x + 2.8, y), ink, 1.5, None))
        }
    }

    fn circle(&self, x: f64, y: f64, radius: f64, fill: &str, stroke: &str) -> Markup {
        html! { circle cx=(n(x)) cy=(n(y)) r=(n(radius)) fill=(fill) stroke=(stroke) stroke-width="1.8" {} }
    }

    fn polygon(&self, points: &[(f64, f64)], fill: &str) -> Markup {
        let list: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", n(*x), n(*y))).collect();
        html! { polygon points=(list.join(" ")) fill=(fill) stroke=(self.ink(Ink::Card)) stroke-width="1" {} }
    }

    /// Struck out.
    fn lost(&self, (x, y): (f64, f64), ink: &str) -> Markup {
        raw(vec![
            self.circle(x, y, 5.5, self.ink(Ink::Card), ink),
            self.stroke((x - 6.5, y + 6.5), (x + 6.5, y - 6.5), ink),
        ])
    }

    fn diamond(&self, (x, y): (f64, f64), fill: &str, edge: &str, width: &str) -> Markup {
        let corners = [(x, y - 7.0), (x + 7.0, y), (x, y + 7.0), (x - 7.0, y)];
        let list: Vec<String> = corners.iter().map(|(x, y)| format!("{},{}", n(*x), n(*y))).collect();
        html! { polygon points=(list.join(" ")) fill=(fill) stroke=(edge) stroke-width=(width) {} }
    }

    fn stroke(&self, from: (f64, f64), to: (f64, f64), ink: &str) -> Markup {
        html! {
            line x1=(n(from.0)) y1=(n(from.1)) x2=(n(to.0)) y2=(n(to.1)) stroke=(ink) stroke-width="3"
                stroke-linecap="round" {}
        }
    }
}

/// Two arrow heads to the left, as on the button that goes back.
fn back((x, y): (f64, f64), ink: &str) -> Markup {
    raw(vec![
        arrow_head((x + 7.0, y), (x - 1.0, y), 11.0, ink),
        arrow_head((x + 1.0, y), (x - 7.0, y), 11.0, ink),
    ])
}
