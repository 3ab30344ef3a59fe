//! Markdown files as programs with their answers.
//!
//! Enters: the text of a file. Leaves: its pieces, in order.

/// A piece of a Markdown file; the pieces joined are the file.
pub enum Piece {
    /// Everything else, fences included.
    Prose(String),
    Cell(String),
    Expect(String),
}

pub fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = vec![Piece::Prose(String::new())];
    for line in text.split_inclusive('\n') {
        let fence = line.trim_end();
        let inside = !matches!(pieces.last(), Some(Piece::Prose(_)));
        if inside && fence == "```" {
            pieces.push(Piece::Prose(line.to_string()));
            continue;
        }
        match pieces.last_mut() {
            Some(Piece::Prose(text) | Piece::Cell(text) | Piece::Expect(text)) => text.push_str(line),
            None => {}
        }
        if !inside && fence == "```reconverge" {
            pieces.push(Piece::Cell(String::new()));
        } else if !inside && fence == "```expect" {
            pieces.push(Piece::Expect(String::new()));
        }
    }
    pieces
}
