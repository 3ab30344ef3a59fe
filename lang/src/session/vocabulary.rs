//! The words of the language, each with where it may stand and one sentence on what it means.
//!
//! Enters: nothing (a table). Leaves: words for completion and inspection.

/// Where a word may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the start of a cell, or after another item.
    Top,
    /// In `system` and `extend`.
    Member,
    /// In `node`.
    Node,
    /// After a member: of links, enums, handlers and so on.
    Detail,
    /// In a concept of that kind.
    Order,
    Invariant,
    Resolution,
    Reconciler,
    /// After the colon of a concept of that kind.
    OrderType,
    InvariantType,
    ResolutionType,
    ReconcilerType,
    /// In the body of an action or handler.
    Effect,
    /// After a place of a set, list or bag.
    Method,
    /// Where a type stands.
    Type,
    /// In an expression.
    Expression,
    /// In `check` and its relatives.
    Option,
    /// In `scenario`.
    Line,
    /// In `faults`.
    Fault,
}

/// A word, its place, its meaning.
pub struct Word(pub &'static str, pub Place, pub &'static str);

impl Word {
    /// What it is called beside a choice.
    pub fn kind(&self) -> &'static str {
        match self.1 {
            Place::Top => "command",
            Place::OrderType | Place::InvariantType | Place::ResolutionType | Place::ReconcilerType => "type",
            Place::Type => "type",
            Place::Method => "method",
            Place::Expression if BUILT_IN.contains(&self.0) => "function",
            _ => "keyword",
        }
    }
}

const BUILT_IN: &[&str] = &[
    "len",
    "is_prefix",
    "common_prefix",
    "comparable",
    "first",
    "last",
    "indices",
    "abs",
    "elements",
    "reachable",
    "majority",
    "in_flight",
];

pub fn at(place: Place) -> impl Iterator<Item = &'static Word> {
    WORDS.iter().filter(move |w| w.1 == place)
}

/// What a word means, wherever it may stand; where it has several meanings, all of them.
pub fn meanings(word: &str) -> Vec<&'static Word> {
    WORDS.iter().filter(|w| w.0 == word).collect()
}

use Place::*;

const WORDS: &[Word] = &[
    Word(
        "system",
        Top,
        "system NAME [from BASE(param = value)] { members }: a mapping: where order, invariants, resolution and reconciliation live in one system.",
    ),
    Word("extend", Top, "extend NAME { members }: adds members to a system, or replaces them by name."),
    Word("use", Top, "use NAME: brings in a bundled mapping."),
    Word(
        "check",
        Top,
        "check SYSTEM [profile] { faults { crash 1 } only NAME depth <= 30 expect violated NAME }: explores every reachable state and judges every order, invariant, resolution and reconciler.",
    ),
    Word(
        "scenario",
        Top,
        "scenario \"title\" on SYSTEM { lines }: a scripted run; where it leaves a choice open, every way is tried.",
    ),
    Word("find", Top, "find SYSTEM { P } within 12 steps: the shortest run that reaches P."),
    Word(
        "audit",
        Top,
        "audit SYSTEM: the debugging checklist, eight questions, each unanswered, stated, checked or broken.",
    ),
    Word(
        "compare",
        Top,
        "compare A, B [by ordering | invariants | resolution | reconciliation]: mappings side by side.",
    ),
    Word("diagram", Top, "diagram SYSTEM: the four-concept loop with this system's members in it."),
    Word("simulate", Top, "simulate SYSTEM for 60s: random runs with a virtual clock (not executable yet)."),
    Word("start", Top, "start SYSTEM: stepping by hand (not executable yet)."),
    Word("sweep", Top, "sweep PARAM in LO..HI of SYSTEM: the same check over a range (not executable yet)."),
    Word("relax", Top, "relax ORDER of SYSTEM: which invariants depend on an order (not executable yet)."),
    Word("mutate", Top, "mutate SYSTEM: which weakening breaks which invariant (not executable yet)."),
    Word(
        "grade",
        Top,
        "grade SYSTEM against A, B: which wrong mappings its invariants catch (not executable yet).",
    ),
    Word("graph", Top, "graph SYSTEM: the state graph of a small configuration (not executable yet)."),
    Word(
        "param",
        Member,
        "param NAME = VALUE: a constant that commands may set, as in `check Kafka(brokers = 2)`.",
    ),
    Word("enum", Member, "enum NAME [symmetric] { a, b }: a type with these values."),
    Word("type", Member, "type NAME = TYPE: a name for a type."),
    Word("record", Member, "record NAME { field: TYPE }: a type with named fields."),
    Word(
        "node",
        Member,
        "node NAME[COUNT] { durable | volatile field: TYPE = INIT }: processes that may crash; their members are name1, name2 and so on.",
    ),
    Word("state", Member, "state NAME: TYPE = INIT: a variable of the whole system."),
    Word(
        "ghost",
        Member,
        "ghost NAME: TYPE = INIT: a variable for properties only; no guard or effect reads it.",
    ),
    Word("message", Member, "message NAME { field: TYPE }: what nodes send each other."),
    Word(
        "link",
        Member,
        "link NAME: MESSAGE between NODE, NODE [ordered | unordered] [lossy] [duplicating] [capacity N]: where messages are in flight.",
    ),
    Word("view", Member, "view NAME of ORDER [at x in NODE] [fresh]: a lagging copy of an order."),
    Word(
        "order",
        Member,
        "order NAME: leader | append | compare_and_set | versioned: where agreement is created. What is the smallest scope that agrees on order?",
    ),
    Word(
        "invariant",
        Member,
        "invariant NAME: TYPE: what must never be broken. If everything goes wrong, what must still be true?",
    ),
    Word(
        "resolution",
        Member,
        "resolution NAME: TYPE: how violations are handled. When invariants are threatened, what safe move is allowed?",
    ),
    Word(
        "reconciler",
        Member,
        "reconciler NAME: TYPE: who keeps fixing things. What runs forever to push the system back to correctness?",
    ),
    Word(
        "action",
        Member,
        "action NAME(x: TYPE) at b in NODE when GUARD { effects }: something that a client or the environment does.",
    ),
    Word("on", Member, "on MESSAGE from f at b when GUARD { effects }: what a node does with a message."),
    Word("def", Member, "def NAME(x: TYPE) = EXPR: a pure function."),
    Word("init", Member, "init P: only initial states in which P is true."),
    Word("bound", Member, "bound P: exploration is cut where P is false, and every verdict says so."),
    Word("fair", Member, "fair action …: if it stays enabled, it happens."),
    Word("unfair", Member, "unfair on …: it may be put off for ever."),
    Word("durable", Node, "durable field: survives a crash."),
    Word("volatile", Node, "volatile field: back to its initial value after a crash."),
    Word("symmetric", Detail, "symmetric: its values are interchangeable."),
    Word("between", Detail, "between A, B: messages go both ways."),
    Word("ordered", Detail, "ordered: first in, first out, for each pair of nodes."),
    Word("unordered", Detail, "unordered: messages arrive in any order."),
    Word("lossy", Detail, "lossy: `lose` faults may hit this link."),
    Word("duplicating", Detail, "duplicating: `duplicate` faults may hit this link."),
    Word("capacity", Detail, "capacity N: messages in flight at most."),
    Word("latency", Detail, "latency 5ms..50ms: used by simulation."),
    Word("when", Detail, "when GUARD: it can only happen in states where this is true."),
    Word("scope", Order, "scope NAME: the smallest scope that agrees on this order."),
    Word("by", Order, "by x in S where P: the writers entitled to append."),
    Word("epoch", Order, "epoch EXPR: at most one entitled writer in each epoch."),
    Word("views", Order, "views EXPR for x in S: the agreed part as each participant sees it."),
    Word("value", Order, "value EXPR: what is versioned."),
    Word("version", Order, "version EXPR: moves with each change of the value."),
    Word("write", Order, "write ACTION expects EXPR: the version that the writer believes to be current."),
    Word("at most", Invariant, "at most N x in S where P (cardinality)."),
    Word("at least", Invariant, "at least N x in S where P (cardinality)."),
    Word("exactly", Invariant, "exactly N x in S where P (cardinality)."),
    Word(
        "monotonic",
        Invariant,
        "monotonic EXPR [strictly] [for x in S]: never decreases from one step to the next.",
    ),
    Word("unique", Invariant, "unique EXPR for x in S: no two have the same."),
    Word("each", Invariant, "each x in S has at most one owner o in O where P (ownership)."),
    Word("immutable", Invariant, "immutable EXPR [for x in S]: never changes."),
    Word("eventually", Invariant, "eventually P: every fair run makes it true at some time (convergence)."),
    Word(
        "always",
        Invariant,
        "always eventually P: every fair run makes it true again and again (convergence).",
    ),
    Word("stable", Invariant, "stable P: once true, true for ever."),
    Word("for", Invariant, "for x in S: FORM: the form for each x."),
    Word("handles", Resolution, "handles NAME: the orders and invariants whose violation it handles."),
    Word("at", Resolution, "at x in S when G { effects }: what it does, and where."),
    Word("act", Resolution, "act when G { effects }: what it does."),
    Word("on", Resolution, "on MESSAGE from f at b when G { effects }: what it does with a message."),
    Word("attempts", Resolution, "attempts EXPR at most EXPR (retry)."),
    Word("backoff", Resolution, "backoff 100ms (retry)."),
    Word(
        "merge",
        Resolution,
        "merge DEF: the function that is commutative, associative and idempotent (merge).",
    ),
    Word(
        "protects",
        Resolution,
        "protects EXPR: what is as it was before the attempt (abort, reject, fence).",
    ),
    Word("since", Resolution, "since ACTION: where the attempt began (abort)."),
    Word("undoes", Resolution, "undoes ACTION (compensate)."),
    Word("key", Resolution, "key EXPR: what tells one attempt from another."),
    Word("restores", Resolution, "restores EXPR: what is as it was before the action (compensate)."),
    Word("token", Resolution, "token EXPR [for x in S]: what never goes back (fence)."),
    Word("write", Resolution, "write ACTION carries EXPR: the token of a write (fence)."),
    Word("reads", Resolution, "reads VIEW: what it looks at."),
    Word("every", Reconciler, "every 1s: how often repair is attempted."),
    Word("drift", Reconciler, "drift P: the system is not as it should be."),
    Word("desired", Reconciler, "desired EXPR: what should be."),
    Word("actual", Reconciler, "actual EXPR: what is."),
    Word("observe", Reconciler, "observe x = EXPR: remembered between the observing and the acting step."),
    Word("act", Reconciler, "act at x in S when G { effects }: the acting step."),
    Word("atomic", Reconciler, "atomic: observing and acting are one step."),
    Word("reads", Reconciler, "reads VIEW: what it looks at."),
    Word(
        "leader",
        OrderType,
        "order: at most one entitled writer at a time, and nothing is appended by anyone else.",
    ),
    Word(
        "append",
        OrderType,
        "order: of any two views one is a prefix of the other, and no step rewrites an agreed prefix.",
    ),
    Word(
        "compare_and_set",
        OrderType,
        "order: the value changes only in steps whose expected version was the current one.",
    ),
    Word(
        "versioned",
        OrderType,
        "order: a changed value has a greater version; equal versions mean equal values.",
    ),
    Word("safety", InvariantType, "invariant: true in every reachable state; with old(), at every step."),
    Word("cardinality", InvariantType, "invariant: at most, at least or exactly N."),
    Word("monotonicity", InvariantType, "invariant: never decreases from one step to the next."),
    Word("ownership", InvariantType, "invariant: each has at most one owner."),
    Word("uniqueness", InvariantType, "invariant: no two have the same."),
    Word("convergence", InvariantType, "invariant: on every fair run, eventually."),
    Word(
        "retry",
        ResolutionType,
        "resolution: attempts are bounded, and a second delivery of the same attempt changes nothing.",
    ),
    Word(
        "merge",
        ResolutionType,
        "resolution: the merge function is commutative, associative and idempotent.",
    ),
    Word(
        "abort",
        ResolutionType,
        "resolution: after it, the protected state equals the state before the attempt.",
    ),
    Word(
        "reject",
        ResolutionType,
        "resolution: after it, the protected state equals the state before the attempt.",
    ),
    Word(
        "compensate",
        ResolutionType,
        "resolution: doing the action and then the compensation restores what is named.",
    ),
    Word(
        "fence",
        ResolutionType,
        "resolution: the token never goes back, and a write with an older token changes nothing.",
    ),
    Word("dedupe", ResolutionType, "resolution: applying it twice is applying it once."),
    Word("repair", ResolutionType, "resolution: applying it twice is applying it once."),
    Word("control_loop", ReconcilerType, "reconciler: observe, compare, act, for ever."),
    Word("worker", ReconcilerType, "reconciler: works off what is there to do."),
    Word("periodic", ReconcilerType, "reconciler: repairs from time to time."),
    Word("observe_act", ReconcilerType, "reconciler: observes and acts in two steps."),
    Word("if", Effect, "if P { effects } else { effects }"),
    Word("else", Effect, "else { effects }"),
    Word("for", Effect, "for x in S where P { effects }"),
    Word("let", Effect, "let x = EXPR"),
    Word(
        "choose",
        Effect,
        "choose x in S where P { effects }: every x is one way to go on; none at all disables the action.",
    ),
    Word("send", Effect, "send MESSAGE { field: EXPR } to NODE"),
    Word("require", Effect, "require P: where false, this way of the action does not exist."),
    Word("push", Method, "list.push(e): appends at the end."),
    Word("pop", Method, "list.pop(): removes the first element."),
    Word("add", Method, "set.add(e), bag.add(e)"),
    Word("remove", Method, "set.remove(e), bag.remove(e): removes it if it is there."),
    Word("clear", Method, "clear(): makes it empty."),
    Word("bool", Type, "true or false"),
    Word("set", Type, "set<T>: any subset of T."),
    Word("list", Type, "list<T, max>: at most max elements, in order."),
    Word("map", Type, "map<K -> V>: a value for every key."),
    Word("bag", Type, "bag<T, max>: at most max elements, with repetition, without order."),
    Word("any", Type, "= any in S where P: several initial values."),
    Word("all", Expression, "all x in S where P: Q"),
    Word("some", Expression, "some x in S where P: Q"),
    Word("count", Expression, "count x in S where P"),
    Word("sum", Expression, "sum x in S: EXPR"),
    Word("min", Expression, "min x in S: EXPR, min(a, b)"),
    Word("max", Expression, "max x in S: EXPR, max(a, b)"),
    Word("and", Expression, "P and Q"),
    Word("or", Expression, "P or Q"),
    Word("not", Expression, "not P, x not in S"),
    Word("implies", Expression, "P implies Q"),
    Word("in", Expression, "x in S"),
    Word("where", Expression, "x in S where P"),
    Word("if", Expression, "if P then a else b"),
    Word("let", Expression, "let x = e in body"),
    Word("true", Expression, "true"),
    Word("false", Expression, "false"),
    Word("none", Expression, "none: no value of a T?"),
    Word("old", Expression, "old(e): its value before the step."),
    Word("quiescent", Expression, "quiescent: nothing but faults can change this state."),
    Word("len", Expression, "len(list | set | bag): number of elements"),
    Word("is_prefix", Expression, "is_prefix(a, b): list a is a prefix of b"),
    Word("common_prefix", Expression, "common_prefix(a, b): the longest common prefix of two lists"),
    Word("comparable", Expression, "comparable(a, b): one list is a prefix of the other"),
    Word("first", Expression, "first(list): its first element"),
    Word("last", Expression, "last(list): its last element"),
    Word("indices", Expression, "indices(list): the set 0..len-1"),
    Word("abs", Expression, "abs(n)"),
    Word("elements", Expression, "elements(list | bag): the set of its elements"),
    Word("reachable", Expression, "reachable(a, b): no partition lies between two nodes"),
    Word("majority", Expression, "majority(set of nodes): more than half of all nodes of the kind"),
    Word("in_flight", Expression, "in_flight(MESSAGE): how many are on their way"),
    Word("faults", Option, "faults { crash 1, lose 2 }: what may go wrong, and how often."),
    Word("only", Option, "only NAME, NAME: judge these alone."),
    Word("depth", Option, "depth <= N: a cap; a verdict that it cut short is incomplete."),
    Word("states", Option, "states <= N: a cap; a verdict that it cut short is incomplete."),
    Word("memory", Option, "memory <= N: a cap in MiB; a verdict that it cut short is incomplete."),
    Word("reductions", Option, "reductions off: no symmetry, no partial order; the verdicts are the same."),
    Word("symmetry", Option, "symmetry off: interchangeable nodes and values are told apart."),
    Word("spill", Option, "spill: states that wait to be explored may go to a temporary file."),
    Word(
        "profile",
        Option,
        "profile: where states, bits and time go, by action and by variable; also `check SYSTEM profile`.",
    ),
    Word("threads", Option, "threads N: the result is the same for any number."),
    Word("expect", Option, "expect violated NAME, expect holds: anything else fails the cell."),
    Word("from", Option, "from any state: every type-correct state is initial (self-stabilisation)."),
    Word("do", Line, "do ACTION(e) at NODE: an action, a resolution or a reconciler, once."),
    Word("deliver", Line, "deliver MESSAGE from NODE to NODE"),
    Word("lose", Line, "lose MESSAGE from NODE to NODE"),
    Word("duplicate", Line, "duplicate MESSAGE from NODE to NODE"),
    Word("crash", Line, "crash NODE"),
    Word("restart", Line, "restart NODE"),
    Word("partition", Line, "partition {a} | {b, c}"),
    Word("heal", Line, "heal: the partition ends."),
    Word("run", Line, "run [NAME] until quiet, run NAME 3 times, run until P"),
    Word("expect", Line, "expect P, expect violated NAME, expect enabled STEP, expect not enabled STEP"),
    Word("faults", Line, "faults { … }: what may happen where the scenario leaves it open."),
    Word("crash", Fault, "crash N: nodes stop; volatile state is lost."),
    Word("restart", Fault, "restart N: at most so many; without it every crashed node restarts."),
    Word("lose", Fault, "lose N: messages on lossy links vanish."),
    Word("duplicate", Fault, "duplicate N: messages on duplicating links arrive twice."),
    Word("reorder", Fault, "reorder N: messages overtake each other."),
    Word("partition", Fault, "partition N: nodes are cut off from each other until healed."),
    Word("skew", Fault, "skew: clocks disagree."),
    Word("stale", Fault, "stale: a read returns an earlier version."),
    Word("pause", Fault, "pause: a process stops and comes back as if no time had passed."),
];
