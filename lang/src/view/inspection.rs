//! What is known of a name, in words: in a cell, in an editor and on a terminal the same.
//!
//! Enters: an inspection. Leaves: plain text, and Markdown for editors.

use crate::report::{InspectedMember, Inspection};

/// Plain text; ends without a newline.
pub fn plain(found: &Inspection) -> String {
    let mut parts = vec![found.signature.clone()];
    parts.extend(found.docs.clone());
    if !found.members.is_empty() {
        let line = |m: &InspectedMember| match first(m) {
            Some(docs) => format!("  {}: {docs}", m.signature),
            None => format!("  {}", m.signature),
        };
        parts.push(found.members.iter().map(line).collect::<Vec<_>>().join("\n"));
    }
    parts.extend(found.source.clone());
    parts.extend(last_line(found, str::to_owned));
    parts.join("\n\n")
}

/// Markdown.
pub fn markdown(found: &Inspection) -> String {
    let block = |text: &str| format!("```reconverge\n{text}\n```");
    let mut parts = vec![block(&found.signature)];
    parts.extend(found.docs.clone());
    if !found.members.is_empty() {
        let line = |m: &InspectedMember| {
            format!("- `{}`{}", m.signature, first(m).map_or(String::new(), |docs| format!(": {docs}")))
        };
        parts.push(found.members.iter().map(line).collect::<Vec<_>>().join("\n"));
    }
    parts.extend(found.source.as_deref().map(block));
    parts.extend(last_line(found, |text| format!("`{text}`")));
    parts.join("\n\n") + "\n"
}

/// The first line of what a member says.
pub(super) fn first(member: &InspectedMember) -> Option<&str> {
    member.docs.as_deref().and_then(|docs| docs.lines().next())
}

/// Where it stands, and what can be typed next.
fn last_line(found: &Inspection, code: impl Fn(&str) -> String) -> Option<String> {
    let place = found.place.as_ref().map(|place| format!("declared at {place}"));
    let next = found.next.as_ref().map(|next| format!("next: {}", code(next)));
    let all: Vec<String> = place.into_iter().chain(next).collect();
    (!all.is_empty()).then(|| all.join("; "))
}
