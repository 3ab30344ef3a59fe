//! Places in texts, as editors count them.
//!
//! Enters: bytes, or lines and characters from 0. Leaves: the other. Characters are UTF-16 units, or bytes where the
//! editor offers that.

use lsp_types::{InitializeParams, Position, PositionEncodingKind, Range};
use reconverge_lang::span::Span;

/// In what a character of a line is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    /// Bytes where the editor can do that: nothing has to be counted then.
    pub(super) fn agreed(asked: &InitializeParams) -> Encoding {
        let offered = asked.capabilities.general.as_ref().and_then(|g| g.position_encodings.as_ref());
        match offered.is_some_and(|all| all.contains(&PositionEncodingKind::UTF8)) {
            true => Encoding::Utf8,
            false => Encoding::Utf16,
        }
    }
}

/// A text that is open in the editor.
pub(super) struct Text {
    pub text: String,
    pub encoding: Encoding,
}

impl Text {
    /// The byte of a position, clamped to its line and to the text.
    pub(super) fn offset(&self, at: Position) -> usize {
        let mut start = 0;
        for _ in 0..at.line {
            let Some(end) = self.text[start..].find('\n') else { return self.text.len() };
            start += end + 1;
        }
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        let mut left = at.character as usize;
        for (i, c) in line.char_indices() {
            if left == 0 {
                return start + i;
            }
            left = left.saturating_sub(self.width(c));
        }
        start + line.len()
    }

    /// The position of a byte.
    pub(super) fn position(&self, offset: usize) -> Position {
        let mut end = offset.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[..end];
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        let character = before[start..].chars().map(|c| self.width(c)).sum::<usize>();
        Position::new(before.matches('\n').count() as u32, character as u32)
    }

    pub(super) fn range(&self, span: Span) -> Range {
        self.between(span.start as usize, span.end as usize)
    }

    pub(super) fn between(&self, start: usize, end: usize) -> Range {
        Range::new(self.position(start), self.position(end))
    }

    fn width(&self, c: char) -> usize {
        match self.encoding {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
        }
    }
}
