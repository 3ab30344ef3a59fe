//! Questions about a text: what may stand at the cursor, what is known of a name, is the text complete.
//!
//! Enters: a question with the session as the last finished cell left it. Leaves: the content of the reply. Positions
//! are Unicode code points on the wire and bytes in the language; positions outside the text are clamped.

use crate::cells;
use crate::hosts::Files;
use crate::jobs::{Event, QuestionJob};
use crate::wire::{
    Bundle, CompleteMetadata, CompleteReply, Content, Cursor, Detail, InspectReply, IsCompleteReply,
    MatchType, Question,
};
use reconverge_lang::session::{Completeness, Session};
use reconverge_lang::view;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Texts longer than this are not looked at: an answer would come too late to be of use.
const LONGEST: usize = 1 << 20;

pub(super) fn answer(job: QuestionJob) -> Event {
    let QuestionJob { session, envelope, question } = job;
    let attempt = AssertUnwindSafe(|| match &question {
        Question::Complete { code, .. } | Question::Inspect { code, .. } | Question::IsComplete { code }
            if code.len() > LONGEST =>
        {
            nothing(&question)
        }
        Question::IsComplete { code } if cells::run_by_rust(code) => {
            Content::IsCompleteReply(IsCompleteReply::Complete)
        }
        Question::Complete { code, .. } | Question::Inspect { code, .. } if cells::is_rust(code) => {
            nothing(&question)
        }
        Question::Complete { code, cursor } => complete(&session, code, *cursor),
        Question::Inspect { code, cursor, detail } => inspect(&session, code, *cursor, *detail),
        Question::IsComplete { code } => is_complete(&session, code),
    });
    let reply = catch_unwind(attempt).unwrap_or_else(|_| nothing(&question));
    Event::Answered { envelope, reply }
}

/// What is true of a text that nothing is known about.
fn nothing(question: &Question) -> Content {
    match question {
        Question::Complete { .. } => Content::CompleteReply(CompleteReply::default()),
        Question::Inspect { .. } => Content::InspectReply(InspectReply::default()),
        Question::IsComplete { .. } => Content::IsCompleteReply(IsCompleteReply::Unknown),
    }
}

fn complete(session: &Session, code: &str, cursor: Cursor) -> Content {
    let files = || Files::of_kernel().programs();
    let completion = session.complete_among(code, byte_offset(code, cursor), &files);
    let (start, end) = (code_points(code, completion.start), code_points(code, completion.end));
    let types = completion.items.iter().map(|item| MatchType {
        start,
        end,
        text: item.text.clone(),
        kind: item.kind,
        signature: item.detail.clone(),
    });
    Content::CompleteReply(CompleteReply {
        cursor_start: start,
        cursor_end: end,
        metadata: CompleteMetadata { types: Some(types.collect()) },
        matches: completion.items.into_iter().map(|item| item.text).collect(),
    })
}

/// The signature and the documentation; in the long form also its text.
fn inspect(session: &Session, code: &str, cursor: Cursor, detail: Detail) -> Content {
    let Some(found) = session.inspect(code, byte_offset(code, cursor)) else {
        return Content::InspectReply(InspectReply::default());
    };
    let (mut plain, mut markdown) = (view::inspection::plain(&found), view::inspection::markdown(&found));
    let asked_for_more = found.whole.as_ref().filter(|_| detail == Detail::Long && found.source.is_none());
    if let Some(whole) = asked_for_more {
        plain.push_str(&format!("\n\n{whole}"));
        markdown.push_str(&format!("\n```reconverge\n{whole}\n```\n"));
    }
    let mut bundle = Bundle::text(&plain);
    bundle.data.insert("text/markdown".into(), markdown.into());
    Content::InspectReply(InspectReply { found: true, bundle })
}

fn is_complete(session: &Session, code: &str) -> Content {
    Content::IsCompleteReply(match session.is_complete(code) {
        Completeness::Complete => IsCompleteReply::Complete,
        Completeness::Incomplete { indent } => IsCompleteReply::Incomplete { indent },
        Completeness::Invalid => IsCompleteReply::Invalid,
    })
}

/// Clamped to the text.
fn byte_offset(code: &str, cursor: Cursor) -> usize {
    let Some(points) = cursor else { return code.len() };
    let Ok(points) = usize::try_from(points) else { return 0 };
    code.char_indices().nth(points).map_or(code.len(), |(at, _)| at)
}

fn code_points(code: &str, offset: usize) -> usize {
    code.char_indices().take_while(|(at, _)| *at < offset).count()
}
