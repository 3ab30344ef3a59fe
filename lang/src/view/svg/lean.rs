//! A picture as a data URI, made light: what is drawn alike is a class, and the dark colours are those of the page's scheme.
//!
//! Enters: an SVG document as the modules beside this one write it, in light colours. Leaves: a data URI for an `<img>`, which
//! nothing outside sees into and which sees the colour scheme of the element that it stands in. What only readers of the
//! document itself would hear is left to the text alternative.

use crate::view::palette::{Ink, Theme};
use std::fmt::Write;

/// Besides these nothing is said of type faces; shorter than what documents say, as a picture is drawn where it is seen.
const SANS: &str = "system-ui,sans-serif";
const MONO: &str = "ui-monospace,Menlo,Consolas,monospace";

/// A document as a data URI, to be put between quotes as it is.
pub(super) fn data_uri(svg: &str) -> String {
    let mut root = "";
    let mut drawn = Drawn::default();
    let mut rest = svg;
    while let Some((piece, after)) = next(rest) {
        rest = after;
        match piece {
            Piece::Open { name: "title" | "desc", .. } => rest = past(rest),
            Piece::Open { name: "g", .. } | Piece::Close(_) | Piece::Text(_) => {}
            Piece::Open { name: "svg", attributes } => root = attributes,
            Piece::Open { name: "text", attributes } => {
                let (runs, after) = runs(rest);
                rest = after;
                drawn.text(attributes, &runs);
            }
            Piece::Open { name: name @ ("line" | "polyline" | "polygon"), attributes } => {
                drawn.way(way(name, attributes), attributes);
            }
            Piece::Open { name: "rect", attributes } if is_small(attributes) => {
                drawn.way(square(attributes), attributes);
            }
            Piece::Open { name, attributes } => {
                drawn.parts.push(Part::Shape(name, place(attributes), Look::of(name, attributes)));
            }
        }
    }
    let root = root.replace(" role=\"img\"", "");
    let (style, body) = drawn.written();
    let document = format!("<svg{root} xml:space=\"preserve\"><style>{style}</style>{body}</svg>");
    // Nothing on a page leads outside, not even the name of a language.
    escaped(&document).replace("://", "%3A//")
}

/// A part of a document. Elements that are empty are opened alone.
enum Piece<'a> {
    Open { name: &'a str, attributes: &'a str },
    Close(&'a str),
    Text(&'a str),
}

/// The first part of what is left, and what is left after it.
fn next(rest: &str) -> Option<(Piece<'_>, &str)> {
    if rest.is_empty() {
        return None;
    }
    let Some(tag) = rest.strip_prefix('<') else {
        let (said, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
        return Some((Piece::Text(said), after));
    };
    // Within quotes the mark is escaped.
    let (tag, after) = tag.split_once('>')?;
    if let Some(name) = tag.strip_prefix('/') {
        return Some((Piece::Close(name), after));
    }
    let tag = tag.trim_end_matches('/').trim_end();
    let (name, attributes) = tag.split_at(tag.find(' ').unwrap_or(tag.len()));
    Some((Piece::Open { name, attributes }, after))
}

/// Behind the end of the element that was opened last, in which there is only text.
fn past(rest: &str) -> &str {
    let end = rest.find("</").and_then(|close| rest[close..].find('>').map(|end| close + end + 1));
    &rest[end.unwrap_or(rest.len())..]
}

/// The runs of a text: their attributes and what they say; and what is left after the text.
fn runs(mut rest: &str) -> (Vec<(&str, &str)>, &str) {
    let mut runs = Vec::new();
    let mut attributes = "";
    while let Some((piece, after)) = next(rest) {
        rest = after;
        match piece {
            Piece::Close("text") => break,
            Piece::Open { name: "title", .. } => rest = past(rest),
            Piece::Open { attributes: of, .. } => attributes = of,
            Piece::Text(said) => runs.push((attributes, said)),
            Piece::Close(_) => {}
        }
    }
    (runs, rest)
}

/// What is drawn, from back to front.
#[derive(Default)]
struct Drawn<'a> {
    parts: Vec<Part<'a>>,
}

/// An element, with where it is and how it looks.
enum Part<'a> {
    Shape(&'a str, String, Look),
    /// Lines and corners; those that look alike and follow each other are one.
    Way(String, Look),
    Text(Line<'a>),
}

/// A line of text. Its runs that look otherwise say so.
struct Line<'a> {
    x: String,
    y: String,
    look: Look,
    runs: Vec<(Option<Look>, &'a str)>,
}

impl<'a> Drawn<'a> {
    /// A text looks like its first run that is not bold.
    fn text(&mut self, attributes: &str, runs: &[(&'a str, &'a str)]) {
        let plain = runs.iter().find(|(run, _)| runs.len() == 1 || !run.contains("font-weight"));
        let shared = plain.map_or("", |(run, _)| *run);
        let look = Look::of("text", &format!("{attributes}{shared}"));
        let own = |run: &str| (run != shared).then(|| Look::of("tspan", run));
        let runs = runs.iter().map(|(run, said)| (own(run), *said)).collect();
        let [x, y] = ["x", "y"].map(|key| whole(value_of(attributes, key)));
        self.parts.push(Part::Text(Line { x, y, look, runs }));
    }

    fn way(&mut self, way: String, attributes: &str) {
        let look = Look::of("path", attributes);
        match self.parts.last_mut() {
            Some(Part::Way(known, alike)) if *alike == look => *known += &way,
            _ => self.parts.push(Part::Way(way, look)),
        }
    }

    /// The style sheet, and the elements.
    fn written(&self) -> (String, String) {
        let mut sheet = Sheet::default();
        for part in &self.parts {
            match part {
                Part::Shape(name, _, look) => sheet.count(name, look),
                Part::Way(_, look) => sheet.count("path", look),
                Part::Text(line) => {
                    sheet.count("text", &line.look);
                    let looks = line.runs.iter().filter_map(|(look, _)| look.as_ref());
                    looks.for_each(|look| sheet.count("tspan", look));
                }
            }
        }
        sheet.decide();
        let mut body = String::new();
        let mut parts = self.parts.iter().peekable();
        while let Some(part) = parts.next() {
            let _ = match part {
                Part::Shape(name, place, look) => write!(body, "<{name}{place}{}/>", sheet.class(name, look)),
                Part::Way(way, look) => write!(body, "<path{} d=\"{way}\"/>", sheet.class("path", look)),
                Part::Text(line) => {
                    let mut lines = vec![line];
                    while let Some(Part::Text(line)) = parts.peek() {
                        lines.push(line);
                        parts.next();
                    }
                    self::lines(&lines, &sheet, &mut body);
                    Ok(())
                }
            };
        }
        (sheet.style(), body)
    }
}

/// Lines of text, which lie on top of everything, so that those in a column may stand together.
fn lines(lines: &[&Line<'_>], sheet: &Sheet, body: &mut String) {
    const FEWEST: usize = 6;
    let mut columns: Vec<&str> = Vec::new();
    for line in lines {
        if !columns.contains(&&*line.x) {
            columns.push(&line.x);
        }
    }
    for column in columns {
        let column: Vec<&&Line<'_>> = lines.iter().filter(|line| line.x == column).collect();
        let together = column.len() >= FEWEST;
        let alike = together && column.iter().all(|line| line.look == column[0].look);
        if together {
            let class = if alike { sheet.class("text", &column[0].look) } else { String::new() };
            let _ = write!(body, "<g{class} transform=\"translate({})\">", column[0].x);
        }
        for line in &column {
            let x = if together { String::new() } else { format!(" x=\"{}\"", line.x) };
            let class = if alike { String::new() } else { sheet.class("text", &line.look) };
            let _ = write!(body, "<text{x} y=\"{}\"{class}>", line.y);
            for (look, said) in &line.runs {
                let said = said.replace("&gt;", ">").replace("]]>", "]]&gt;");
                let _ = match look {
                    Some(look) => write!(body, "<tspan{}>{said}</tspan>", sheet.class("tspan", look)),
                    None => write!(body, "{said}"),
                };
            }
            *body += "</text>";
        }
        if together {
            *body += "</g>";
        }
    }
}

/// How an element looks, as declarations of a style sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Look(Vec<(String, String)>);

impl Look {
    fn of(name: &str, attributes: &str) -> Look {
        let mut look = Look::default();
        // What lies within words is as bold as they are, unless it says otherwise.
        if name == "tspan" {
            look.set("font-weight", "400");
        }
        for (key, value) in pairs(attributes) {
            match key {
                "font-family" => look.set(key, if value.contains("monospace") { MONO } else { SANS }),
                "font-size" => look.set(key, &format!("{value}px")),
                "stroke-width" if value == "1" => {}
                "fill" | "stroke" | "stroke-width" | "stroke-dasharray" | "stroke-linejoin"
                | "stroke-linecap" | "fill-opacity" | "font-weight" | "text-anchor" | "paint-order" => {
                    look.set(key, value);
                }
                _ => {}
            }
        }
        look
    }

    /// Where several say it, the last one is meant.
    fn set(&mut self, key: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = value.to_string(),
            None => self.0.push((key.to_string(), value.to_string())),
        }
    }

    /// Whether nothing of another look would be left where this one is said, too.
    fn covers(&self, other: &Look) -> bool {
        other.0.iter().all(|(key, _)| self.0.iter().any(|(own, _)| own == key))
    }
}

/// Where an element is, as it is written.
fn place(attributes: &str) -> String {
    let mut place = String::new();
    for (key, value) in pairs(attributes) {
        match key {
            "x" | "y" if value == "0" || value == "0.5" => {}
            "x" | "y" | "cx" | "cy" | "width" | "height" => {
                let _ = write!(place, " {key}=\"{}\"", whole(value));
            }
            "r" | "rx" | "d" => {
                let _ = write!(place, " {key}=\"{value}\"");
            }
            _ => {}
        }
    }
    place
}

/// A line or the line along points, as a path. A polygon ends where it begins.
fn way(name: &str, attributes: &str) -> String {
    if name == "line" {
        let [x1, y1, x2, y2] = ["x1", "y1", "x2", "y2"].map(|key| whole(value_of(attributes, key)));
        return match (x1 == x2, y1 == y2) {
            (_, true) => format!("M{x1} {y1}H{x2}"),
            (true, false) => format!("M{x1} {y1}V{y2}"),
            (false, false) => format!("M{x1} {y1}L{x2} {y2}"),
        };
    }
    // In halves of a pixel.
    let halves = |value: &str| (value.parse::<f64>().unwrap_or_default() * 2.0).round() as i64;
    let mut way = String::new();
    let mut last = None;
    for point in value_of(attributes, "points").split(' ') {
        let (x, y) = point.split_once(',').unwrap_or_default();
        let (x, y) = (halves(x), halves(y));
        let (from, sign) =
            last.map_or(((0, 0), "M"), |from| (from, if way.contains('l') { "" } else { "l" }));
        way += sign;
        for part in [x - from.0, y - from.1] {
            let part = half(part);
            if !part.starts_with('-') && !way.ends_with(['M', 'l']) {
                way.push(' ');
            }
            way += &part;
        }
        last = Some((x, y));
    }
    if name == "polygon" {
        way.push('z');
    }
    way
}

/// Marks and bars: nobody sees their corners.
fn is_small(attributes: &str) -> bool {
    value_of(attributes, "rx").parse::<f64>().is_ok_and(|radius| radius < 3.0)
        && value_of(attributes, "stroke-dasharray").is_empty()
}

/// A rectangle as a path.
fn square(attributes: &str) -> String {
    let [x, y, width, height] = ["x", "y", "width", "height"].map(|key| whole(value_of(attributes, key)));
    format!("M{x} {y}h{width}v{height}h-{width}z")
}

/// So many halves.
fn half(halves: i64) -> String {
    let whole = halves / 2;
    match (halves % 2 == 0, whole, halves < 0) {
        (true, ..) => whole.to_string(),
        (false, 0, true) => "-.5".to_string(),
        (false, 0, false) => ".5".to_string(),
        (false, ..) => format!("{whole}.5"),
    }
}

/// What is drawn alike has a class, or is what elements of its name look like.
#[derive(Default)]
struct Sheet {
    /// In the order in which they are met.
    looks: Vec<(String, Look, usize)>,
    /// How they are named in the sheet, in the same order: `.a`, or the name of an element.
    names: Vec<String>,
    /// Colours that occur, by their place among all.
    inks: Vec<usize>,
}

impl Sheet {
    fn count(&mut self, name: &str, look: &Look) {
        for (_, value) in &look.0 {
            if let Some(ink) = ink(value)
                && !self.inks.contains(&ink)
            {
                self.inks.push(ink);
            }
        }
        match self.looks.iter_mut().find(|(of, known, _)| of == name && known == look) {
            Some((.., count)) => *count += 1,
            None => self.looks.push((name.to_string(), look.clone(), 1)),
        }
    }

    /// What most elements of a name look like needs no class, where all others say as much.
    fn decide(&mut self) {
        let usual = |index: usize| {
            let (name, look, count) = &self.looks[index];
            let mut others = self.looks.iter().enumerate().filter(|(_, (of, ..))| of == name);
            others.all(|(i, (_, other, times))| {
                other.covers(look) && (i == index || (*times, index) < (*count, i))
            })
        };
        let usual: Vec<bool> = (0..self.looks.len()).map(usual).collect();
        let mut classes: Vec<&Look> = Vec::new();
        for ((name, look, _), usual) in self.looks.iter().zip(usual) {
            if usual || look.0.is_empty() {
                // Words take it from what is around them.
                self.names.push(if name == "text" { "svg".to_string() } else { name.clone() });
                continue;
            }
            let known = classes.iter().position(|known| *known == look);
            let index = known.unwrap_or_else(|| {
                classes.push(look);
                classes.len() - 1
            });
            self.names.push(format!(".{}", class(index)));
        }
    }

    /// The class of an element, as it is written.
    fn class(&self, name: &str, look: &Look) -> String {
        let index = self.looks.iter().position(|(of, known, _)| of == name && known == look);
        let class = index.and_then(|index| self.names[index].strip_prefix('.'));
        class.map(|class| format!(" class=\"{class}\"")).unwrap_or_default()
    }

    /// The rules: colours by name, light and dark. What is said of the same elements stands together.
    fn style(&self) -> String {
        let mut rules: Vec<(String, String)> = Vec::new();
        let mut told: Vec<(&str, &str)> = Vec::new();
        for (key, value) in self.looks.iter().flat_map(|(_, look, _)| &look.0) {
            if told.contains(&(key, value)) {
                continue;
            }
            told.push((key, value));
            let said = match ink(value) {
                Some(ink) => format!("{key}:var(--{})", class(ink)),
                None => format!("{key}:{value}"),
            };
            let of = self.those(key, value);
            match rules.iter_mut().find(|(known, _)| *known == of) {
                Some((_, all)) => *all += &format!(";{said}"),
                None => rules.push((of, said)),
            }
        }
        let style: String = rules.iter().map(|(of, said)| format!("{of}{{{said}}}")).collect();
        let of = |theme: Theme| -> String {
            let inks = self.inks.iter().map(|ink| (ink, Ink::ALL[*ink].hex(theme)));
            inks.map(|(ink, hex)| format!("--{}:{hex};", class(*ink))).collect()
        };
        let (light, dark) = (of(Theme::Light), of(Theme::Dark));
        let style = format!("svg{{{light}}}{style}@media(prefers-color-scheme:dark){{svg{{{dark}}}}}");
        style.replace(";}", "}").replace("#ffffff", "#fff")
    }

    /// Those that look so.
    fn those(&self, key: &str, value: &str) -> String {
        let so = |look: &Look| look.0.iter().any(|(k, v)| k == key && v == value);
        let mut names: Vec<&str> = Vec::new();
        for (name, (_, look, _)) in self.names.iter().zip(&self.looks) {
            if so(look) && !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names.join(",")
    }
}

/// A place to the pixel: nobody sees the half of one. What is there stays there.
fn whole(value: &str) -> String {
    let Ok(number) = value.parse::<f64>() else { return value.to_string() };
    let rounded = number.round();
    if rounded == 0.0 && number > 0.0 { value.to_string() } else { format!("{}", rounded as i64) }
}

/// `a` to `Z`; then with a number.
fn class(index: usize) -> String {
    const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let letter = char::from(LETTERS[index % LETTERS.len()]);
    match index / LETTERS.len() {
        0 => letter.to_string(),
        round => format!("{letter}{round}"),
    }
}

/// Which colour it is, by its place among all.
fn ink(value: &str) -> Option<usize> {
    Ink::ALL.iter().position(|ink| ink.hex(Theme::Light) == value)
}

/// The value of an attribute; empty where there is none.
fn value_of<'a>(attributes: &'a str, name: &str) -> &'a str {
    pairs(attributes).find(|(key, _)| *key == name).map_or("", |(_, value)| value)
}

/// Names and values of attributes.
fn pairs(attributes: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = attributes;
    std::iter::from_fn(move || {
        let (key, after) = rest.split_once("=\"")?;
        let (value, after) = after.split_once('"')?;
        rest = after;
        Some((key.trim_start(), value))
    })
}

/// What would end the URI or the attribute around it is escaped. Within quotes an angle is one like any other, in HTML.
fn escaped(document: &str) -> String {
    let mut uri = String::from("data:image/svg+xml;charset=utf-8,");
    let mut in_tag = false;
    for c in document.chars() {
        match c {
            '<' => (in_tag, _) = (true, uri.push('<')),
            '>' => (in_tag, _) = (false, uri.push('>')),
            '"' => uri.push_str(if in_tag { "'" } else { "%22" }),
            '\'' if in_tag => uri.push_str("%26%2339;"),
            '&' => uri.push_str("%26"),
            '%' => uri.push_str("%25"),
            '#' => uri.push_str("%23"),
            '\n' => uri.push_str("%0A"),
            other => uri.push(other),
        }
    }
    uri
}
