//! Questions about a text: what may stand at the cursor, what is known of a name, is the text complete.
//!
//! Enters: a question with the session as the last finished cell left it. Leaves: the content of the reply. Positions
//! are Unicode code points on the wire and bytes in the language; positions outside the text are clamped.

use crate::server::Event;
use crate::wire::Request;
use reconverge_lang::session::{Completeness, Session};
use serde_json::{Map, Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Texts longer than this are not looked at: an answer would come too late to be of use.
const LONGEST: usize = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    Complete,
    Inspect,
    IsComplete,
}

pub struct AssistJob {
    pub session: Arc<Session>,
    pub question: Question,
    pub request: Request,
}

pub fn answer(job: AssistJob) -> Event {
    let AssistJob { session, question, request } = job;
    let content = &request.content;
    let code = content.get("code").and_then(Value::as_str).unwrap_or_default();
    let cursor = content.get("cursor_pos").and_then(Value::as_i64);
    let cursor = cursor.map_or(code.len(), |points| byte_offset(code, points));
    let attempt = AssertUnwindSafe(|| match question {
        _ if code.len() > LONGEST => nothing(question),
        Question::Complete => complete(&session, code, cursor),
        Question::Inspect => inspect(&session, code, cursor, content),
        Question::IsComplete => is_complete(&session, code),
    });
    let reply = catch_unwind(attempt).unwrap_or_else(|_| nothing(question));
    Event::Assisted { request, reply }
}

/// What is true of a text that nothing is known about.
fn nothing(question: Question) -> Value {
    match question {
        Question::Complete => {
            json!({ "status": "ok", "matches": [], "cursor_start": 0, "cursor_end": 0, "metadata": {} })
        }
        Question::Inspect => json!({ "status": "ok", "found": false, "data": {}, "metadata": {} }),
        Question::IsComplete => json!({ "status": "unknown" }),
    }
}

fn complete(session: &Session, code: &str, cursor: usize) -> Value {
    let completion = session.complete(code, cursor);
    let (start, end) = (code_points(code, completion.start), code_points(code, completion.end));
    let matches: Vec<&str> = completion.items.iter().map(|i| i.text.as_str()).collect();
    let types: Vec<Value> = completion
        .items
        .iter()
        .map(|i| {
            let mut entry = json!({ "start": start, "end": end, "text": i.text, "type": i.kind });
            if let Some(detail) = &i.detail {
                entry["signature"] = detail.as_str().into();
            }
            entry
        })
        .collect();
    json!({
        "status": "ok",
        "matches": matches,
        "cursor_start": start,
        "cursor_end": end,
        "metadata": { "_jupyter_types_experimental": types },
    })
}

/// The signature and the documentation; with detail level 1 also where it stands and its text.
fn inspect(session: &Session, code: &str, cursor: usize, content: &Map<String, Value>) -> Value {
    let Some(found) = session.inspect(code, cursor) else { return nothing(Question::Inspect) };
    let detailed = content.get("detail_level").and_then(Value::as_i64).unwrap_or(0) > 0;
    let mut plain = found.signature.clone();
    let mut markdown = format!("```reconverge\n{}\n```\n", found.signature);
    let mut add = |words: &str| {
        plain.push_str(&format!("\n\n{words}"));
        markdown.push_str(&format!("\n{words}\n"));
    };
    if let Some(docs) = &found.docs {
        add(docs);
    }
    if let Some(place) = &found.place {
        add(&format!("declared at {place}"));
    }
    if let Some(source) = found.source.as_ref().filter(|_| detailed) {
        plain.push_str(&format!("\n\n{source}"));
        markdown.push_str(&format!("\n```reconverge\n{source}\n```\n"));
    }
    let data = json!({ "text/plain": plain, "text/markdown": markdown });
    json!({ "status": "ok", "found": true, "data": data, "metadata": {} })
}

fn is_complete(session: &Session, code: &str) -> Value {
    match session.is_complete(code) {
        Completeness::Complete => json!({ "status": "complete" }),
        Completeness::Incomplete { indent } => json!({ "status": "incomplete", "indent": indent }),
        Completeness::Invalid => json!({ "status": "invalid" }),
    }
}

fn byte_offset(code: &str, points: i64) -> usize {
    let Ok(points) = usize::try_from(points) else { return 0 };
    code.char_indices().nth(points).map_or(code.len(), |(at, _)| at)
}

fn code_points(code: &str, offset: usize) -> usize {
    code.char_indices().take_while(|(at, _)| *at < offset).count()
}
