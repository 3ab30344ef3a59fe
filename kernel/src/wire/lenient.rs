//! JSON as front ends really send it: a browser may send half a surrogate pair, Python a stray byte.
//!
//! Enters: bytes. Leaves: a value, with U+FFFD for what is not text. Nesting is limited to 128 levels by the parser.

use serde_json::Value;

/// Strict first; only where that fails are stray bytes and lone surrogates replaced, so that a person's cell still runs.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(value),
        Err(error) => serde_json::from_str(&repair(&String::from_utf8_lossy(bytes))).map_err(|_| error),
    }
}

/// Replaces `\uD800`…`\uDFFF` escapes that are not part of a pair by `\uFFFD`.
fn repair(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match (escape(rest), rest.get(6..).and_then(escape)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                out.push_str("\\uFFFD");
                rest = &rest[6..];
                continue;
            }
            (Some(_), _) => 6,
            // `\\`, `\"`, `\n`, or something that the parser will refuse.
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// The code unit of a `\u` escape (four hexadecimal digits) at the start of the text.
fn escape(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}
