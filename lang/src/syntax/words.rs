//! Which words mean something, and where: what `structure`, highlighting and "did you mean" ask of the table of words.
//!
//! Enters: a word with its surroundings. Leaves: the keyword that it is there, if any.

use crate::syntax::structure::Prev;
use crate::syntax::token::Body;
use crate::words::{Kw, Place, Question};

/// The places whose words begin what a body holds.
fn places(body: Body) -> &'static [Place] {
    match body {
        Body::Cell => &[Place::Top],
        Body::Members => &[Place::Member],
        Body::Fields => &[Place::Node],
        Body::Clauses => &[Place::Order, Place::Resolution, Place::Reconciler],
        Body::Forms => &[Place::Invariant],
        Body::Block => &[Place::Effect],
        Body::Options => &[Place::Option],
        Body::Lines => &[Place::Line],
        Body::Variants
        | Body::Faults
        | Body::Goal
        | Body::Braces
        | Body::RecordValue
        | Body::Parens
        | Body::Square => &[],
    }
}

fn begins(body: Body, kw: Kw) -> bool {
    places(body).iter().any(|place| kw.help_at(*place).is_some())
}

/// The keywords that begin what a body holds.
pub fn heads(body: Body) -> impl Iterator<Item = Kw> {
    Kw::ALL.into_iter().filter(move |kw| begins(body, *kw))
}

/// Whether a word is the first of such a keyword.
pub fn is_head(body: Body, w: &str) -> bool {
    Kw::ALL.into_iter().any(|kw| kw.first() == w && begins(body, kw))
}

/// The keyword that `w` is at the start of a statement, clause, … of `body`; `next` is the word after it.
pub(super) fn head(body: Body, w: &str, next: Option<&str>) -> Option<Kw> {
    Kw::ALL.into_iter().find(|kw| kw.begins(w, next) && begins(body, *kw))
}

/// What may be done, other than an action.
pub(super) fn step(w: &str) -> Option<Kw> {
    head(Body::Lines, w, None).filter(|kw| !matches!(kw, Kw::Do | Kw::Expect | Kw::Faults | Kw::Init))
}

/// Words that only ever stand after an operand, inside an expression.
pub fn continues_expression(w: &str) -> bool {
    matches!(w, "in" | "and" | "or" | "implies" | "where" | "then" | "else")
}

/// Words that mean something wherever an expression stands.
pub fn is_of_expressions(w: &str) -> bool {
    let keyword = |kw: &Kw| kw.word() == w && kw.help_at(Place::Expression).is_some();
    Kw::ALL.iter().any(keyword) || Question::named(w).is_some()
}

/// Keywords inside expressions, after which an operand must follow.
pub(super) fn joins(kw: Kw) -> bool {
    use Kw::*;
    matches!(kw, And | Or | Not | NotIn | Implies | In | Where | Then | Else | LetIn)
}

/// `all`, `some`, `count` and the like.
pub fn is_quantifier(w: &str) -> bool {
    matches!(w, "all" | "some" | "count" | "sum" | "min" | "max" | "first")
}

/// Quantifiers after which a colon follows.
pub(super) fn has_a_body(w: &str) -> bool {
    is_quantifier(w) && w != "first"
}

/// Heads after which another head may follow at once.
pub(super) fn complete_alone(kw: Kw) -> bool {
    use Kw::*;
    matches!(kw, Atomic | Backoff | Heal | Enabled | Undo | Show | FromAnyState | Profile | Spill)
}

/// Which of the `allowed` keywords `w` is inside a statement, and what it is for the token after it.
pub(super) fn infix(allowed: &[Kw], w: &str, next: Option<&str>) -> Option<(Kw, Prev)> {
    use Kw::*;
    let w = match w {
        "step" => Steps.word(),
        "tick" => Ticks.word(),
        _ => w,
    };
    let kw = allowed.iter().copied().find(|kw| kw.begins(w, next))?;
    let flag = matches!(
        kw,
        Symmetric
            | Ordered
            | Unordered
            | Lossy
            | Duplicating
            | Fresh
            | Strictly
            | Steps
            | Times
            | Ticks
            | Off
            | Trace
            | Traces
            | As
            | Scenario
            | Profile
            | Observe
            | Restart
    );
    Some((kw, if flag { Prev::Operand } else { Prev::Other }))
}
