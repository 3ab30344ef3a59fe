//! Words of the language that go on with what stands at the cursor, or begin something there.
//!
//! Enters: the words that the parser takes. Leaves: those that mean something in the concept, command or budget at hand,
//! in the order in which they are likely. Words that begin an operand are offered with the names (`values`).

use super::proposals::{Proposals, Rank};
use super::snippets;
use crate::analysis::program::{Program, Type, TypeId};
use crate::concepts::{ConceptKind, ExpectedVerdict, Fault};
use crate::syntax::cursor::{Body, Spot};
use crate::syntax::tree::{ClauseKind, CommandKind, Concept, Item, MemberKind};
use crate::syntax::words as syntax_words;
use crate::words::Kw::{self, *};
use crate::words::{Place, directly_after, inside};

/// What is known of an operand before the cursor.
pub(super) struct Behind {
    condition: bool,
    known: bool,
    literal: bool,
}

impl Behind {
    pub(super) fn of(program: &Program, ty: TypeId, literal: bool) -> Behind {
        let ty = program.types.get(program.types.inner(ty));
        Behind { condition: matches!(ty, Type::Bool), known: !matches!(ty, Type::Error), literal }
    }
}

/// Words that begin an operand.
const OPERANDS: [Kw; 15] =
    [All, Exists, Count, CountBody, Sum, Min, Max, First, FirstBy, If, LetExpr, Not, True, False, Nothing];

const TOP: [Kw; 22] = [
    Check, Scenario, System, Find, Extend, Use, Audit, Simulate, Graph, Start, Do, Enabled, Undo, Show,
    Mutate, Why, Relax, Sweep, Compare, Diagram, Grade, Save,
];
const MEMBERS: [Kw; 24] = [
    Node, State, Message, Action, Invariant, Order, Resolution, Reconciler, Link, On, Def, Enum, Record,
    Type, Param, Ghost, Init, Fair, Bound, Clock, Knows, Strongly, Unfair, Let,
];
const EFFECTS: [Kw; 6] = [If, For, Choose, Send, Let, Require];
const LINES: [Kw; 19] = [
    Do,
    Deliver,
    Expect,
    Run,
    Crash,
    Restart,
    Lose,
    Partition,
    Heal,
    Duplicate,
    Reorder,
    Wipe,
    Pause,
    Resume,
    Skew,
    Stale,
    Init,
    FromAnyState,
    Faults,
];

/// The rests of words that are begun.
pub(super) fn rests(spot: &Spot, found: &mut Proposals) {
    for (kw, rest) in &spot.takes.rests {
        found.add(Rank::Fits, rest.as_str(), "keyword", help(*kw, spot));
    }
}

/// `behind`: the types of the operands before the cursor, where they are known.
pub(super) fn offer(spot: &Spot, behind: Option<&[Behind]>, found: &mut Proposals) {
    let heads: Vec<Kw> = syntax_words::heads(spot.body).collect();
    let is_head = |kw: &Kw| heads.contains(kw) && begins(spot, *kw);
    let begins_here = begins_here(spot);
    let typed = spot.start < spot.end;
    let some_begin = spot.takes.words.iter().any(is_head);
    if begins_here || typed {
        let rank = match spot.body {
            Body::Block => Rank::Likely,
            // A plain condition is the likelier form.
            Body::Forms if types(spot).is_some_and(|t| t == ["safety"]) => Rank::May,
            _ => Rank::Fits,
        };
        let begin: Vec<Kw> = spot.takes.words.iter().copied().filter(is_head).collect();
        for kw in ordered(spot, &begin) {
            found.add(rank, kw.word(), kind(spot), help(kw, spot));
        }
        if spot.body == Body::Members {
            snippets::offer(&begin, found);
        }
    }
    let continues = !(begins_here && some_begin) || spot.new_line && spot.deeper;
    let named = spot.takes.name && matches!(spot.head, Some(Do | Enabled | Failed | Expect));
    let rank = if begins_here && some_begin || named { Rank::May } else { Rank::Fits };
    for kw in following(spot) {
        let stays = continues || kw == Else && spot.begins;
        if stays && !is_head(&kw) && fits(spot, kw, behind) {
            let rank = if matches!(kw, Any | AnyBind | ViewOf) { Rank::Seldom } else { rank };
            found.add(rank, kw.word(), "keyword", help(kw, spot));
        }
    }
    if spot.takes.verdict {
        verdicts(spot, found);
    }
}

fn kind(spot: &Spot) -> &'static str {
    if spot.body == Body::Cell { "command" } else { "keyword" }
}

/// Whether a word begins something: it neither goes on with what is there, nor is part of an expression.
fn begins(spot: &Spot, kw: Kw) -> bool {
    let operand = spot.takes.operand && spot.body == Body::Block && OPERANDS.contains(&kw);
    !operand && !goes_on(spot, kw)
}

/// Whether a word that could begin something goes on with what is there.
fn goes_on(spot: &Spot, kw: Kw) -> bool {
    let after = |head: Kw| inside(Some(head)).contains(&kw) || directly_after(head).contains(&kw);
    let step = matches!(spot.head, Some(Do | Enabled | Failed)) && spot.directly;
    let expected = spot.body == Body::Lines && matches!(spot.behind, Some(Enabled | Failed));
    if expected || matches!(spot.behind, Some(Fair | Strongly | Unfair)) {
        return !spot.new_line;
    }
    (step || spot.head.is_some_and(after)) && !spot.new_line && !(spot.begins && spot.body != Body::Cell)
}

/// Whether what stands at the cursor begins something.
pub(super) fn begins_here(spot: &Spot) -> bool {
    match spot.body {
        Body::Cell => spot.new_line || spot.begins && spot.head.is_none(),
        _ => spot.begins || spot.new_line || spot.apart,
    }
}

/// Whether the statement before the cursor may end there, so that a name would begin another.
pub(super) fn ends_before(spot: &Spot) -> bool {
    let heads: Vec<Kw> = syntax_words::heads(spot.body).collect();
    let ends =
        spot.body.is_list() && spot.takes.words.iter().any(|kw| heads.contains(kw) && begins(spot, *kw));
    let typed = spot.start < spot.end && spot.body != Body::Cell;
    // Numbers are all that these take.
    let counts = matches!(spot.head, Some(Undo | Show)) && !spot.new_line;
    counts || ends && !begins_here(spot) && !typed && !spot.directly
}

/// The words that do not begin anything, the likely ones first.
fn following(spot: &Spot) -> Vec<Kw> {
    let head: Vec<Kw> =
        spot.head.map_or(Vec::new(), |head| [directly_after(head), inside(Some(head))].concat());
    let (first, last) = ([Then, Else, Found, For], [From, To, Where]);
    let at = |kw: &Kw| {
        let place = |list: &[Kw], from: usize| list.iter().position(|l| l == kw).map(|i| from + i);
        place(&first, 0).or_else(|| place(&head, 10)).or_else(|| place(&last, 50)).unwrap_or(usize::MAX)
    };
    let mut words = spot.takes.words.clone();
    words.sort_by_key(at);
    words
}

/// Whether a word means something here.
fn fits(spot: &Spot, kw: Kw, behind: Option<&[Behind]>) -> bool {
    if spot.takes.operand && OPERANDS.contains(&kw) {
        return false;
    }
    let unknown = behind.is_none_or(|b| b.iter().any(|b| !b.known));
    let some = |what: fn(&Behind) -> bool| unknown || behind.is_some_and(|b| b.iter().any(what));
    let command = command(spot);
    let (simulated, found) = (
        matches!(command, Some(CommandKind::Simulate { .. })),
        matches!(command, Some(CommandKind::Find { .. })),
    );
    match kw {
        And | Or | Implies => some(|b| b.condition),
        LeadsTo => {
            some(|b| b.condition) && types(spot).is_none_or(|t| t.is_empty() || t.contains(&"convergence"))
        }
        In | NotIn if spot.body == Body::Lines && spot.head.is_some_and(strikes) => false,
        In | NotIn if spot.operand.is_some() => some(|b| !b.condition && !b.literal),
        Order | Invariant if spot.behind.is_some_and(|kw| matches!(kw, Fair | Strongly | Unfair)) => false,
        ViewOf => spot.body == Body::Fields,
        CountBody | FirstBy => false,
        Of if spot.body == Body::Faults => spot.fault.is_some_and(Fault::strikes_node),
        OneWay | Lasting => spot.fault == Some(Fault::Partition),
        Every | After | For if spot.body == Body::Faults => simulated,
        Found | Not if spot.body == Body::Options => found,
        // It is named with the messages.
        Restart if matches!(spot.body, Body::Members | Body::Clauses) => false,
        Expects => concept(spot).is_none_or(|c| c.kind == ConceptKind::Order),
        Carries => concept(spot).is_none_or(|c| c.kind == ConceptKind::Resolution),
        _ => true,
    }
}

/// Whether a line says what happens to a node.
fn strikes(head: Kw) -> bool {
    Fault::named(head.word()).is_some_and(Fault::strikes_node)
}

/// How long, or how many: what is written behind a word that asks for it.
pub(super) fn amounts(spot: &Spot, found: &mut Proposals) {
    let amounts: &[&str] = match (spot.behind, spot.body) {
        (Some(Within), Body::Cell) => &["12 steps"],
        (Some(Within), Body::Members | Body::Clauses) => &["2 ticks"],
        (Some(Every), Body::Clauses) => &["1s", "3 ticks"],
        (Some(Every), Body::Faults) => &["10s"],
        _ => &[],
    };
    for amount in amounts {
        found.add(Rank::Fits, *amount, "snippet", None);
    }
}

fn verdicts(spot: &Spot, found: &mut Proposals) {
    let search = matches!(command(spot), Some(CommandKind::Find { .. })) || spot.body == Body::Cell;
    let rank = if spot.body == Body::Lines { Rank::May } else { Rank::Fits };
    let asks = |v: &ExpectedVerdict| !search || *v == ExpectedVerdict::Asked;
    for verdict in ExpectedVerdict::all().filter(asks) {
        found.add(rank, verdict.word(), "keyword", None);
    }
}

/// What a word means where it stands.
fn help(kw: Kw, spot: &Spot) -> Option<String> {
    let places: &[Place] = match spot.body {
        Body::Cell => &[Place::Top],
        Body::Members => &[Place::Member, Place::Detail],
        Body::Fields => &[Place::Node, Place::Type],
        Body::Clauses => match concept(spot).map(|c| c.kind) {
            Some(ConceptKind::Order) => &[Place::Order],
            Some(ConceptKind::Resolution) => &[Place::Resolution],
            Some(ConceptKind::Reconciler) => &[Place::Reconciler],
            Some(ConceptKind::Invariant) | None => &[Place::Order, Place::Resolution, Place::Reconciler],
        },
        Body::Forms => &[Place::Invariant],
        Body::Block => &[Place::Effect],
        Body::Options => &[Place::Option],
        Body::Lines if matches!(command(spot), Some(CommandKind::Start { .. })) => &[Place::Begin],
        Body::Lines => &[Place::Line],
        _ => &[],
    };
    let here = places.iter().find_map(|place| kw.help_at(*place));
    here.or_else(|| Place::ALL.into_iter().find_map(|place| kw.help_at(place))).map(str::to_owned)
}

// ---- what is around ----

fn concept(spot: &Spot) -> Option<&Concept> {
    let members = match spot.around.as_ref()? {
        Item::System(system) => &system.members,
        Item::Extend(extend) => &extend.members,
        Item::Use(_) | Item::UseFile(_) | Item::Command(_) => return None,
    };
    members.iter().find_map(|m| match &m.kind {
        MemberKind::Concept(concept) => Some(concept),
        _ => None,
    })
}

fn types(spot: &Spot) -> Option<Vec<&str>> {
    concept(spot).map(|c| c.types.iter().map(|t| t.text.as_str()).collect())
}

pub(super) fn command(spot: &Spot) -> Option<&CommandKind> {
    match spot.around.as_ref()? {
        Item::Command(command) => Some(&command.kind),
        Item::System(_) | Item::Extend(_) | Item::Use(_) | Item::UseFile(_) => None,
    }
}

// ---- what begins something ----

/// Those that mean something here, the likely ones first.
fn ordered(spot: &Spot, words: &[Kw]) -> Vec<Kw> {
    let listed = |list: &[Kw]| -> Vec<Kw> {
        let mut all: Vec<Kw> = words.to_vec();
        all.sort_by_key(|kw| list.iter().position(|l| l == kw).unwrap_or(usize::MAX));
        all
    };
    let only = |list: Vec<Kw>| -> Vec<Kw> { list.into_iter().filter(|kw| words.contains(kw)).collect() };
    match spot.body {
        Body::Cell => listed(&TOP),
        Body::Members => listed(&MEMBERS),
        Body::Block => listed(&EFFECTS),
        Body::Clauses => match concept(spot) {
            Some(concept) => only(clauses(concept)),
            None => words.to_vec(),
        },
        Body::Forms => match concept(spot) {
            Some(concept) => only(forms(concept)),
            None => words.to_vec(),
        },
        Body::Options => only(options(command(spot))),
        Body::Lines if matches!(command(spot), Some(CommandKind::Start { .. })) => only(vec![Init, Faults]),
        Body::Lines => match command(spot) {
            Some(CommandKind::Scenario { lines, .. }) => {
                let first = lines.is_empty();
                let may = |kw: &Kw| *kw != Faults && (first || *kw != FromAnyState);
                listed(&LINES).into_iter().filter(may).collect()
            }
            _ => listed(&LINES),
        },
        // Fields of records and messages are not of a node.
        Body::Fields => match spot.around_head() {
            Some(Node) | None => only(vec![Durable, Volatile, Ghost, Clock]),
            Some(_) => Vec::new(),
        },
        _ => words.to_vec(),
    }
}

/// The clauses of a concept by its types, the ones that it has already left out where once is enough.
fn clauses(c: &Concept) -> Vec<Kw> {
    let mut all: Vec<Kw> = Vec::new();
    for name in &c.types {
        let more: &[Kw] = match (c.kind, name.text.as_str()) {
            (ConceptKind::Order, "append") => &[Views, Scope],
            (ConceptKind::Order, "leader") => &[By, Epoch, Views, Scope],
            (ConceptKind::Order, "compare_and_set") => &[Value, Version, Write, Views, Scope],
            (ConceptKind::Order, _) => &[Value, Version, Views, Scope],
            (ConceptKind::Resolution, "retry") => {
                &[Handles, Attempts, At, On, Act, When, Key, Backoff, Protects]
            }
            (ConceptKind::Resolution, "merge") => &[Handles, Merge, At, On, Act, When, Protects],
            (ConceptKind::Resolution, "compensate") => &[Handles, Undoes, Restores, At, On, Act, When, Key],
            (ConceptKind::Resolution, "abort" | "reject") => {
                &[Handles, Protects, Since, At, On, Act, When, Key]
            }
            (ConceptKind::Resolution, "fence") => &[Handles, Token, Write, Protects, At, On, Act, When],
            (ConceptKind::Resolution, "dedupe") => &[Handles, On, At, Act, When, Key, Protects],
            (ConceptKind::Resolution, _) => &[Handles, At, On, Act, When, Protects],
            (ConceptKind::Reconciler, "observe_act") => {
                &[Every, Drift, Observe, At, Act, Desired, Actual, Atomic]
            }
            (ConceptKind::Reconciler, _) => &[Every, Drift, At, Act, Observe, Desired, Actual, Atomic],
            (ConceptKind::Invariant, _) => &[],
        };
        all.extend(more.iter().filter(|kw| !all.contains(kw)).copied().collect::<Vec<_>>());
    }
    let has = |what: fn(&ClauseKind) -> bool| c.clauses.iter().any(|clause| what(&clause.kind));
    all.retain(|kw| !match kw {
        Scope => has(|c| matches!(c, ClauseKind::Scope(_))),
        By => has(|c| matches!(c, ClauseKind::By(_))),
        Epoch => has(|c| matches!(c, ClauseKind::Epoch(_))),
        Value => has(|c| matches!(c, ClauseKind::Value(_))),
        Version => has(|c| matches!(c, ClauseKind::Version(_))),
        Attempts => has(|c| matches!(c, ClauseKind::Attempts { .. })),
        Backoff => has(|c| matches!(c, ClauseKind::Backoff(_))),
        Merge => has(|c| matches!(c, ClauseKind::Merge(_))),
        Protects => has(|c| matches!(c, ClauseKind::Protects(_))),
        Key => has(|c| matches!(c, ClauseKind::Key(_))),
        Restores => has(|c| matches!(c, ClauseKind::Restores(_))),
        Token => has(|c| matches!(c, ClauseKind::Token { .. })),
        Every => has(|c| matches!(c, ClauseKind::Every(_) | ClauseKind::EveryTicks(_))),
        Drift => has(|c| matches!(c, ClauseKind::Drift(_) | ClauseKind::Desired(_) | ClauseKind::Actual(_))),
        Desired => has(|c| matches!(c, ClauseKind::Drift(_) | ClauseKind::Desired(_))),
        Actual => has(|c| matches!(c, ClauseKind::Drift(_) | ClauseKind::Actual(_))),
        Atomic => has(|c| matches!(c, ClauseKind::Atomic)),
        _ => false,
    });
    all
}

/// The forms of an invariant by its types.
fn forms(c: &Concept) -> Vec<Kw> {
    let mut all: Vec<Kw> = Vec::new();
    for name in &c.types {
        all.extend(match name.text.as_str() {
            "cardinality" => [AtMost, AtLeast, Exactly].as_slice(),
            "monotonicity" => &[Monotonic],
            "uniqueness" => &[Unique],
            "ownership" => &[Each],
            "convergence" => &[Eventually, Always, OnceClientsStop, Stable],
            _ => &[Immutable],
        });
    }
    all.push(ForForm);
    all
}

/// Whether a plain condition is a form of the invariant at hand.
pub(super) fn takes_conditions(spot: &Spot) -> bool {
    let Some(types) = types(spot).filter(|_| spot.body == Body::Forms && spot.begins) else { return true };
    types.is_empty() || types.iter().any(|ty| matches!(*ty, "safety" | "convergence"))
}

/// The options of a command that are not given yet.
fn options(command: Option<&CommandKind>) -> Vec<Kw> {
    use CommandKind as K;
    let exploring = [Faults, Only, FromAnyState, Depth, States, Memory, Symmetry, Reductions, Threads, Spill];
    match command {
        Some(K::Check { .. }) | None => {
            vec![
                Faults,
                Only,
                Expect,
                FromAnyState,
                Depth,
                States,
                Memory,
                Traces,
                Profile,
                Symmetry,
                Reductions,
                Threads,
                Spill,
            ]
        }
        Some(K::Refine { .. }) => [&[MapTo, Faults, Expect], &exploring[2..]].concat(),
        Some(K::Simulate { .. }) => vec![Faults, Rate, Latency, Ticks, Only, Expect, FromAnyState, Threads],
        Some(K::Find { .. }) => [&[Faults, Expect], &exploring[2..]].concat(),
        Some(K::Graph { .. }) => [&[Faults], &exploring[2..]].concat(),
        Some(K::Grade { .. }) => [&[Faults, Expect], &exploring[2..]].concat(),
        Some(_) => exploring.to_vec(),
    }
}

impl Spot {
    /// The keyword of the member around the cursor, where that holds fields.
    fn around_head(&self) -> Option<Kw> {
        let members = match self.around.as_ref()? {
            Item::System(system) => &system.members,
            Item::Extend(extend) => &extend.members,
            Item::Use(_) | Item::UseFile(_) | Item::Command(_) => return None,
        };
        members.iter().find_map(|m| match m.kind {
            MemberKind::Node { .. } => Some(Node),
            MemberKind::Record { .. } => Some(Record),
            MemberKind::Message { .. } => Some(Message),
            _ => None,
        })
    }
}
