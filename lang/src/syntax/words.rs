//! Which words mean something, and where: the tables behind `structure`, highlighting and "did you mean".
//!
//! Enters: a word with its surroundings. Leaves: the keyword that it is there, if any.

use crate::syntax::structure::Prev;
use crate::syntax::token::{Body, Kw};

/// First words of items and commands in a cell.
pub const ITEMS: &[&str] = &[
    "system", "extend", "use", "check", "scenario", "find", "audit", "compare", "diagram", "start", "do",
    "enabled", "undo", "show", "simulate", "graph", "sweep", "relax", "mutate", "grade", "save",
];

/// First words of members of a system.
pub const MEMBERS: &[&str] = &[
    "param",
    "enum",
    "type",
    "record",
    "node",
    "state",
    "ghost",
    "message",
    "link",
    "view",
    "order",
    "invariant",
    "resolution",
    "reconciler",
    "action",
    "on",
    "def",
    "init",
    "bound",
    "fair",
    "strongly",
    "unfair",
];

/// First words of fields, when they are not the name itself.
pub const FIELDS: &[&str] = &["durable", "volatile", "ghost"];

/// First words of the clauses of orders, resolutions and reconcilers.
pub const CLAUSES: &[&str] = &[
    "scope", "by", "epoch", "views", "value", "version", "write", "handles", "act", "at", "when", "on",
    "attempts", "backoff", "merge", "protects", "since", "undoes", "restores", "key", "token", "every",
    "drift", "desired", "actual", "observe", "atomic", "reads",
];

/// First words of the forms of invariants; any other expression is a form, too.
pub const FORMS: &[&str] =
    &["at", "exactly", "monotonic", "unique", "each", "immutable", "eventually", "always", "stable", "for"];

/// First words of statements; any other statement starts with a place.
pub const STATEMENTS: &[&str] = &["if", "for", "choose", "let", "send", "require"];

/// First words of the options of `check` and its relatives.
pub const OPTIONS: &[&str] = &[
    "faults",
    "only",
    "depth",
    "states",
    "memory",
    "spill",
    "from",
    "reductions",
    "symmetry",
    "threads",
    "profile",
    "expect",
];

/// First words of the lines of a scenario.
pub const LINES: &[&str] = &[
    "do",
    "deliver",
    "lose",
    "duplicate",
    "crash",
    "restart",
    "partition",
    "heal",
    "run",
    "expect",
    "faults",
];

/// Words that join or start expressions.
pub const EXPRESSIONS: &[&str] = &[
    "and",
    "or",
    "not",
    "implies",
    "in",
    "where",
    "if",
    "then",
    "else",
    "let",
    "true",
    "false",
    "none",
    "all",
    "some",
    "count",
    "sum",
    "min",
    "max",
    "quiescent",
    "old",
    "any",
];

/// Words inside members, clauses and commands.
pub const INFIX: &[&str] = &[
    "from",
    "to",
    "at",
    "when",
    "of",
    "on",
    "for",
    "by",
    "between",
    "ordered",
    "unordered",
    "lossy",
    "duplicating",
    "capacity",
    "latency",
    "fresh",
    "symmetric",
    "expects",
    "carries",
    "most",
    "least",
    "strictly",
    "has",
    "one",
    "owner",
    "leads",
    "within",
    "steps",
    "runs",
    "seed",
    "against",
    "trace",
    "as",
    "until",
    "times",
    "off",
    "state",
    "every",
    "violated",
    "holds",
    "stuck",
    "flapping",
    "unreachable",
    "profile",
];

/// The types of the four concepts.
pub const CONCEPT_TYPES: &[&str] = &[
    "leader",
    "append",
    "compare_and_set",
    "versioned",
    "safety",
    "cardinality",
    "monotonicity",
    "ownership",
    "uniqueness",
    "convergence",
    "retry",
    "merge",
    "abort",
    "reject",
    "compensate",
    "fence",
    "dedupe",
    "repair",
    "control_loop",
    "worker",
    "periodic",
    "observe_act",
];

/// The four concept words.
pub const CONCEPTS: &[&str] = &["order", "invariant", "resolution", "reconciler"];

/// Built-in types.
pub const TYPES: &[&str] = &["bool", "set", "list", "map", "bag"];

/// Built-in functions.
pub const BUILTINS: &[&str] = &[
    "len",
    "is_prefix",
    "common_prefix",
    "comparable",
    "first",
    "last",
    "indices",
    "min",
    "max",
    "abs",
    "elements",
    "reachable",
    "majority",
    "in_flight",
    "old",
];

/// Words that only ever stand after an operand, inside an expression.
pub fn continues_expression(w: &str) -> bool {
    matches!(w, "in" | "and" | "or" | "implies" | "where" | "then" | "else")
}

/// Keywords inside expressions, after which an operand must follow.
pub(super) fn joins(kw: Kw) -> bool {
    use Kw::*;
    matches!(kw, And | Or | Not | NotIn | Implies | In | Where | Then | Else | LetIn)
}

pub fn is_quantifier(w: &str) -> bool {
    matches!(w, "all" | "some" | "count" | "sum" | "min" | "max")
}

/// The first words of what a body holds.
pub fn heads(body: Body) -> &'static [&'static str] {
    match body {
        Body::Cell => ITEMS,
        Body::Members => MEMBERS,
        Body::Fields => FIELDS,
        Body::Clauses => CLAUSES,
        Body::Forms => FORMS,
        Body::Block => STATEMENTS,
        Body::Options => OPTIONS,
        Body::Lines => LINES,
        _ => &[],
    }
}

/// The keyword that `w` is at the start of a statement, clause, … of `body`; `next` is the word after it.
pub(super) fn head(body: Body, w: &str, next: Option<&str>) -> Option<Kw> {
    if !heads(body).contains(&w) {
        return None;
    }
    match (body, w, next) {
        (Body::Forms, "at", Some("most")) => Some(Kw::AtMost),
        (Body::Forms, "at", Some("least")) => Some(Kw::AtLeast),
        (Body::Forms, "for", _) => Some(Kw::ForForm),
        (Body::Options, "from", _) => Some(Kw::FromAnyState),
        _ => Kw::from_text(w),
    }
}

/// What may be done, other than an action.
pub(super) fn step(w: &str) -> Option<Kw> {
    let steps = ["deliver", "lose", "duplicate", "crash", "restart", "partition", "heal", "run"];
    steps.contains(&w).then(|| Kw::from_text(w)).flatten()
}

/// Heads after which another head may follow at once.
pub(super) fn complete_alone(kw: Kw) -> bool {
    use Kw::*;
    matches!(kw, Atomic | Backoff | Heal | Enabled | Undo | Show | FromAnyState | Profile | Spill)
}

/// The keyword that `w` is inside a statement that starts with `head`, right after an operand or (`follows_head`) right
/// after the head word itself; and what it is for the token after it.
pub(super) fn infix(head: Option<Kw>, w: &str, next: Option<&str>, follows_head: bool) -> Option<(Kw, Prev)> {
    use Kw::*;
    let allowed: &[&str] = match (head, follows_head) {
        (Some(Act), _) => &["at", "when"],
        (Some(Run), true) => &["until"],
        (Some(Save), true) => &["trace"],
        (Some(Reductions | Symmetry), true) => &["off"],
        (Some(Always), true) => &["eventually"],
        (_, true) => &[],
        (Some(System), _) => &["from"],
        (Some(Check), _) => &["profile"],
        (Some(Scenario), _) => &["on"],
        (Some(Find), _) => &["within", "steps", "step", "faults"],
        (Some(Sweep | Relax), _) => &["of"],
        (Some(Grade), _) => &["against"],
        (Some(Compare), _) => &["by"],
        (Some(Simulate), _) => &["runs", "seed"],
        (Some(Save), _) => &["as", "scenario"],
        (Some(Do), _) => &["at"],
        (Some(Enabled), _) => &["at"],
        (Some(Deliver | Lose | Duplicate), _) => &["from", "to"],
        (Some(Run), _) => &["until", "times"],
        (Some(Node | Enum), _) => &["symmetric"],
        (Some(Link), _) => {
            &["between", "from", "to", "ordered", "unordered", "lossy", "duplicating", "capacity", "latency"]
        }
        (Some(View), _) => &["of", "at", "fresh"],
        (Some(Action), _) => &["at", "when"],
        (Some(On), _) => &["from", "at", "when"],
        (Some(At), _) => &["when"],
        (Some(Write), _) => &["expects", "carries"],
        (Some(Send), _) => &["to"],
        (Some(Monotonic), _) => &["strictly", "leads"],
        (Some(Attempts), _) => &["at"],
        (Some(Each), _) => &["has", "leads"],
        (Option::None, _) => &["leads"],
        _ => &[],
    };
    if !allowed.contains(&w) {
        return Option::None;
    }
    let kw = match (w, next) {
        ("at", Some("most")) if head == Some(Attempts) => AtMost,
        ("at", _) if head == Some(Attempts) => return Option::None,
        ("leads", Some("to")) => LeadsTo,
        ("leads", _) => return Option::None,
        ("has", Some("at")) => HasOwner,
        ("has", _) => return Option::None,
        ("step", _) => Steps,
        _ => Kw::from_text(w)?,
    };
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
            | Off
            | Trace
            | As
            | Scenario
            | Profile
    );
    Some((kw, if flag { Prev::Operand } else { Prev::Other }))
}
