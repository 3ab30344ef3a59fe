//! How wide text is, without a font: upper estimates good enough that nothing is cut or overlaps.
//!
//! Enters: text, face, size in pixels. Leaves: widths in pixels, wrapped and elided lines. The estimates follow the
//! widest common fonts (DejaVu Sans and Verdana; monospace cells of 0.602 em), so narrower fonts leave room, never lack it.

/// A family of fonts. Code and values are monospace, sentences are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Prose.
    Sans,
    /// Headings.
    SansBold,
    /// Names and values.
    Mono,
    /// Names that matter.
    MonoBold,
}

impl Face {
    /// Whether all characters are equally wide.
    pub fn is_mono(self) -> bool {
        matches!(self, Face::Mono | Face::MonoBold)
    }
    /// Whether it is bold.
    pub fn is_bold(self) -> bool {
        matches!(self, Face::SansBold | Face::MonoBold)
    }
}

/// Width in pixels, at least what common fonts need.
pub fn width(text: &str, face: Face, size: f64) -> f64 {
    text.chars().map(|c| advance(c, face)).sum::<f64>() * size
}

/// Width of one character in em.
fn advance(c: char, face: Face) -> f64 {
    if ('\u{300}'..='\u{36f}').contains(&c) || c == '\u{200b}' || c == '\u{200d}' {
        return 0.0;
    }
    if c as u32 >= 0x1100 && !('\u{2000}'..='\u{27bf}').contains(&c) {
        return 1.1;
    }
    if face.is_mono() {
        return if (c as u32) < 0x370 || "→←…✓✗∅≤≥–—×·".contains(c) {
            0.605
        } else {
            1.0
        };
    }
    let em = match c {
        'i' | 'j' | 'l' | '\'' | '|' => 0.30,
        ' ' | '.' | ',' | ':' | ';' | '!' | 'I' => 0.36,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '\\' | '-' | '`' | '"' => 0.46,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '—' | '…' => 1.0,
        'A'..='Z' | '0'..='9' | '&' | '_' | '?' => 0.72,
        '+' | '<' | '=' | '>' | '~' | '^' | '#' | '→' | '←' | '≤' | '≥' => 0.86,
        'a'..='z' | '–' | '·' | '{' | '}' => 0.635,
        c if (c as u32) < 0x250 => 0.72,
        _ => 1.0,
    };
    if face.is_bold() { em * 1.12 } else { em }
}

/// The text, cut with `…` where it is wider than `max` pixels.
pub fn elide(text: &str, face: Face, size: f64, max: f64) -> String {
    if width(text, face, size) <= max {
        return text.to_string();
    }
    let room = max - width("…", face, size);
    let mut used = 0.0;
    let mut out = String::new();
    for c in text.chars() {
        used += advance(c, face) * size;
        if used > room {
            break;
        }
        out.push(c);
    }
    format!("{}…", out.trim_end())
}

/// Lines of at most `max` pixels, broken at spaces, and inside words that are longer than a line. At least one line.
pub fn wrap(text: &str, face: Face, size: f64, max: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
        if width(&longer, face, size) <= max {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            if !line.is_empty() && width(&line, face, size) + advance(c, face) * size > max {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Like [`wrap`], but at most `most` lines, the last elided where text is left out; and whether something was.
pub fn wrap_at_most(text: &str, face: Face, size: f64, max: f64, most: usize) -> (Vec<String>, bool) {
    let mut lines = wrap(text, face, size, max);
    if lines.len() <= most {
        return (lines, false);
    }
    lines.truncate(most);
    if let Some(last) = lines.last_mut() {
        *last = elide(&format!("{last} ……"), face, size, max);
        while last.ends_with("……") || last.ends_with(" …") {
            let kept = last.trim_end_matches(['…', ' ']).to_string();
            *last = format!("{kept}…");
        }
    }
    (lines, true)
}

/// `text` with at most `most` characters, cut with `…` in the middle: both ends of a long value stay readable.
pub fn shorten(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most || most < 3 {
        return text.to_string();
    }
    let head = (most - 1).div_ceil(2);
    let tail = most - 1 - head;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - tail).collect();
    format!("{}…{}", start.trim_end(), end.trim_start())
}
