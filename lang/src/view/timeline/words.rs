//! Words with a place: lines of text in runs of one face and colour, and the room that they take.
//!
//! Enters: text. Leaves: positioned words and wrapped lines of runs.

use crate::view::measure::{Face, width};
use crate::view::palette::Ink;

/// A rectangle; `left <= right`, `top <= bottom`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    /// Least x.
    pub left: f64,
    /// Least y.
    pub top: f64,
    /// Greatest x.
    pub right: f64,
    /// Greatest y.
    pub bottom: f64,
}

impl Rect {
    /// By its edges, in pixels.
    pub fn new(left: f64, top: f64, right: f64, bottom: f64) -> Rect {
        Rect { left, top, right, bottom }
    }
    /// The square around a point.
    pub fn around(x: f64, y: f64, radius: f64) -> Rect {
        Rect::new(x - radius, y - radius, x + radius, y + radius)
    }
    /// Whether the two have a point in common that is on no edge.
    pub fn overlaps(&self, other: &Rect) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
    /// Whether it is a part of another.
    pub fn inside(&self, other: &Rect) -> bool {
        self.left >= other.left
            && self.right <= other.right
            && self.top >= other.top
            && self.bottom <= other.bottom
    }
    /// Pixels.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }
    /// Pixels.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }
}

/// A stretch of text in one face and colour.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Not escaped.
    pub text: String,
    /// Type face.
    pub face: Face,
    /// Colour.
    pub ink: Ink,
}

impl Run {
    /// Text in one face and ink.
    pub fn new(text: impl Into<String>, face: Face, ink: Ink) -> Run {
        Run { text: text.into(), face, ink }
    }
}

/// Which point of a line is at its x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

/// One line of text with a place.
#[derive(Debug, Clone)]
pub struct Words {
    /// Of the anchor.
    pub x: f64,
    /// The baseline.
    pub y: f64,
    /// Of the type, in pixels.
    pub size: f64,
    /// Which point is at x.
    pub anchor: Anchor,
    /// From left to right.
    pub runs: Vec<Run>,
    /// The whole text where something was left out.
    pub full: Option<String>,
    /// Stands on top of lines, and is drawn with a halo.
    pub halo: bool,
}

impl Words {
    /// One line that starts at x.
    pub fn line(x: f64, y: f64, size: f64, text: &str, face: Face, ink: Ink) -> Words {
        Words {
            x,
            y,
            size,
            anchor: Anchor::Start,
            runs: vec![Run::new(text, face, ink)],
            full: None,
            halo: false,
        }
    }

    /// The text without its colours.
    pub fn text(&self) -> String {
        self.runs.iter().map(|r| r.text.as_str()).collect()
    }

    /// In pixels, as measured.
    pub fn width(&self) -> f64 {
        self.runs.iter().map(|r| width(&r.text, r.face, self.size)).sum()
    }

    /// The room it takes, from the height of capitals to the depth of descenders.
    pub fn bounds(&self) -> Rect {
        let width = self.width();
        let left = match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - width / 2.0,
            Anchor::End => self.x - width,
        };
        Rect::new(left, self.y - 0.76 * self.size, left + width, self.y + 0.22 * self.size)
    }
}

/// Wraps runs into at most `most` lines of `max` pixels, broken at spaces, and inside words longer than a line; the last
/// line ends with `…` where something is left out, which the second value tells.
pub(super) fn flow(runs: &[Run], size: f64, max: f64, most: usize) -> (Vec<Vec<Run>>, bool) {
    let mut lines: Vec<Vec<Run>> = vec![Vec::new()];
    let mut used = 0.0;
    for run in runs {
        for word in run.text.split_inclusive(' ') {
            let visible = width(word.trim_end(), run.face, size);
            if used > 0.0 && used + visible > max {
                lines.push(Vec::new());
                used = 0.0;
            }
            if visible <= max {
                push(&mut lines, word, run);
                used += width(word, run.face, size);
                continue;
            }
            for c in word.chars() {
                let advance = width(c.encode_utf8(&mut [0; 4]), run.face, size);
                if used > 0.0 && used + advance > max {
                    lines.push(Vec::new());
                    used = 0.0;
                }
                push(&mut lines, c.encode_utf8(&mut [0; 4]), run);
                used += advance;
            }
        }
    }
    let cut = lines.len() > most;
    lines.truncate(most.max(1));
    if cut && let Some(last) = lines.last_mut() {
        end_with_ellipsis(last, size, max);
    }
    (lines, cut)
}

fn push(lines: &mut Vec<Vec<Run>>, text: &str, run: &Run) {
    if lines.is_empty() {
        lines.push(Vec::new());
    }
    let Some(line) = lines.last_mut() else { return };
    match line.last_mut() {
        Some(last) if last.face == run.face && last.ink == run.ink => last.text.push_str(text),
        _ => line.push(Run::new(text, run.face, run.ink)),
    }
}

/// Drops characters until ` …` fits.
fn end_with_ellipsis(line: &mut Vec<Run>, size: f64, max: f64) {
    let Some(model) = line.last().cloned() else { return };
    let ellipsis = width(" …", model.face, size);
    let measure = |line: &[Run]| line.iter().map(|r| width(&r.text, r.face, size)).sum::<f64>();
    while measure(line) + ellipsis > max {
        match line.last_mut() {
            Some(run) if !run.text.is_empty() => {
                run.text.pop();
            }
            Some(_) => {
                line.pop();
            }
            None => break,
        }
    }
    line.push(Run::new(" …", model.face, Ink::Muted));
}
