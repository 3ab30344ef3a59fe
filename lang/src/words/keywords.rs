//! The keywords: one entry for each, and all that is known of it.
//!
//! Enters: nothing (a table). Leaves: [`Kw`]. A word is never a keyword by itself: the parser decides from where it stands,
//! so `epoch epoch` is a clause word followed by a name.

use super::{Colour, Place};
use crate::concepts::table;

/// What the table says of a keyword, its spelling aside.
struct Entry {
    /// As the grammar calls it.
    terminal: &'static str,
    colour: Colour,
    /// What may stand in the block that it begins, if it begins one.
    opens: Option<&'static [Place]>,
    /// A system's name follows.
    names_system: bool,
    meanings: &'static [Meaning],
}

/// Where it is the first word of something that it means.
struct Meaning {
    place: Place,
    help: &'static str,
}

/// An entry: `Member Colour "spelling"`, then `as "terminal"` where the grammar calls it otherwise, `opens [places]` where a
/// block follows, `before SYSTEM` where a system's name follows, and `, Place "help"` for each place where it may be offered.
macro_rules! keywords {
    ($($member:ident $colour:ident $word:literal $(as $terminal:literal)? $(opens [$($inside:ident)*])?
        $(before $system:ident)? $(, $place:ident $help:literal)*;)+) => {
        table! {
            /// Words with a meaning where they stand. Several words that are read as one (`at most`) are one entry;
            /// entries that share a spelling differ in what follows them, and the first is found by it.
            pub enum Kw { $(#[doc = concat!("`", $word, "`")] $member $word,)+ }
        }

        const ENTRIES: [Entry; Kw::ALL.len()] = [$(Entry {
            terminal: keywords!(@or $word $($terminal)?),
            colour: Colour::$colour,
            opens: keywords!(@some $([$(Place::$inside),*])?),
            names_system: keywords!(@is $($system)?),
            meanings: &[$(Meaning { place: Place::$place, help: $help }),*],
        }),+];
    };
    (@or $word:literal) => { $word };
    (@or $word:literal $terminal:literal) => { $terminal };
    (@some) => { None };
    (@some $inside:expr) => { Some(&$inside) };
    (@is) => { false };
    (@is SYSTEM) => { true };
}

keywords! {
    // ---- in a cell ----
    System Declaration "system" opens [Member Detail],
        Top "system NAME [from BASE(param = value)] { members }: a mapping: where order, invariants, resolution and reconciliation live in one system.";
    Extend Declaration "extend" opens [Member Detail] before SYSTEM,
        Top "extend NAME { members }: adds members to a system, or replaces them by name.";
    Use Command "use",
        Top "use NAME: brings in a bundled mapping; `use \"FILE.rcv\"` does so with the systems of a file.";
    Check Command "check" opens [Option] before SYSTEM,
        Top "check SYSTEM [profile] { faults { crash 1 } only NAME depth <= 30 expect violated NAME }: explores every reachable state and judges every order, invariant, resolution and reconciler; `check SYSTEM refines SPECIFICATION { map x = EXPR }` judges whether it does nothing that the other does not.";
    Scenario Command "scenario" opens [Line Expression],
        Top "scenario \"title\" on SYSTEM { lines }: a scripted run; where it leaves a choice open, every way is tried.";
    Find Command "find" opens [Expression] before SYSTEM,
        Top "find SYSTEM { P } within 12 steps: a run that reaches P, of those with the fewest faults the shortest; `expect not found` where there is to be none.";
    Audit Command "audit" opens [Option] before SYSTEM,
        Top "audit SYSTEM: the debugging checklist, eight questions, each unanswered, stated, checked or broken.";
    Compare Command "compare" before SYSTEM,
        Top "compare A, B [by ordering | invariants | resolution | reconciliation]: mappings side by side; `compare traces`: the two runs that were shown last.";
    Diagram Command "diagram" before SYSTEM,
        Top "diagram SYSTEM: the four-concept loop with this system's members in it.";
    Simulate Command "simulate" opens [Option] before SYSTEM,
        Top "simulate SYSTEM for 60s: random runs with a virtual clock: what breaks, how long repair takes, how much of the time something drifts.";
    Start Command "start" opens [Begin Expression] before SYSTEM,
        Top "start SYSTEM [{ init P  faults { crash 1 } }]: begins a run that is taken step by step, by hand.";
    Do Soft "do",
        Top "do ACTION(e) at NODE, do deliver MESSAGE, do crash NODE, …: takes a step by hand, a line of a scenario.",
        Line "do ACTION(e) at NODE [with x = e]: an action, a resolution or a reconciler, once; `with` says what it chooses.";
    Enabled Soft "enabled",
        Top "enabled: the steps that can be taken by hand now.";
    Undo Soft "undo",
        Top "undo [N]: takes back the last step by hand, or the last N.";
    Show Soft "show",
        Top "show [N]: the state that the run by hand is in, and the run so far; `show 20000`: that step of the run that was shown last.";
    Sweep Command "sweep" opens [Option],
        Top "sweep PARAM in 1..5 of SYSTEM { faults { crash 1 } }: the same check for each value, and where the verdict flips.";
    Relax Command "relax" opens [Option],
        Top "relax ORDER of SYSTEM { faults { crash 1 } }: the check without one order, or with messages out of order: which members notice. `relax SYSTEM`: each order by itself.";
    Mutate Command "mutate" opens [Option] before SYSTEM,
        Top "mutate SYSTEM { faults { crash 1 } }: every guard, statement, link and resolution weakened by itself: which member notices, line by line.";
    Why Soft "why" opens [Option],
        Top "why MEMBER of SYSTEM { faults { crash 1 } }: the parts of the system without which the member would not hold.";
    Grade Command "grade" opens [Option] before SYSTEM,
        Top "grade SYSTEM against RIGHT, WRONG, …: whether what it declares itself holds on the first, and which of the others it catches.";
    Graph Command "graph" opens [Option] before SYSTEM,
        Top "graph SYSTEM { faults { crash 1 } }: the states of a small configuration and the steps between them, as a picture; of a large one the part around what breaks.";
    Save Soft "save",
        Top "save as scenario [\"title\"]: the steps by hand as a script; `save trace as scenario`: the last counterexample.";

    // ---- in commands, after their first word ----
    Trace Soft "trace";
    As Soft "as";
    From Keyword "from" before SYSTEM;
    Within Soft "within",
        Detail "within 2 ticks: it is done before so many ticks are over.";
    With Soft "with";
    Steps Soft "steps";
    Runs Soft "runs";
    Seed Soft "seed";
    Of Soft "of" before SYSTEM;
    Against Soft "against" before SYSTEM;
    Refines Soft "refines" before SYSTEM,
        Behind "check SYSTEM refines SPECIFICATION { map x = EXPR }: whether each of its steps is one of the specification, or changes nothing of it, and each of its fair runs a fair run of it.";
    To Keyword "to";
    Until Soft "until";
    Times Soft "times";
    Ticks Soft "ticks",
        Option "ticks 100ms: how long a tick takes (simulate); a second unless said.";

    // ---- in a system ----
    Param Keyword "param",
        Member "param NAME [: TYPE] = VALUE: a constant that commands may set, as in `check Kafka(brokers = 2)`; without a type a number.";
    Enum Keyword "enum" opens [],
        Member "enum NAME [symmetric] { a, b }: a type with these values.";
    Type Keyword "type",
        Member "type NAME = TYPE: a name for a type.";
    Record Keyword "record" opens [Type],
        Member "record NAME { field: TYPE }: a type with named fields.";
    Node Keyword "node" opens [Node Type],
        Member "node NAME[COUNT] { durable | volatile field: TYPE = INIT }: processes that may crash; their members are name1, name2 and so on.";
    State Keyword "state",
        Member "state NAME: TYPE = INIT: a variable of the whole system.";
    Ghost Keyword "ghost",
        Member "ghost NAME: TYPE = INIT: a variable for properties only; no guard or effect reads it.",
        Node "ghost field: for properties only; no guard or effect reads it.";
    Clock Keyword "clock",
        Member "clock NAME: 0..5: the ticks since it was set; every `tick` adds one, up to the greatest value.",
        Node "clock field: the ticks since it was set, by this node's own clock.";
    Message Keyword "message" opens [Type],
        Member "message NAME { field: TYPE }: what nodes send each other.";
    Link Keyword "link",
        Member "link NAME: MESSAGE between NODE, NODE (or from NODE to NODE, …) [ordered | unordered] [lossy] [duplicating] [capacity N]: where messages are in flight.";
    Order Declaration "order" opens [Order Expression],
        Member "order NAME: TYPE: where agreement is created. What is the smallest scope that agrees on order?";
    Invariant Declaration "invariant" opens [Invariant Expression],
        Member "invariant NAME: TYPE: what must never be broken. If everything goes wrong, what must still be true?";
    Resolution Declaration "resolution" opens [Resolution Expression],
        Member "resolution NAME: TYPE: how violations are handled. When invariants are threatened, what safe move is allowed?";
    Reconciler Declaration "reconciler" opens [Reconciler Expression],
        Member "reconciler NAME: TYPE: who keeps fixing things. What runs forever to push the system back to correctness?";
    Action Keyword "action" opens [Effect Expression],
        Member "action NAME(x: TYPE) at b in NODE when GUARD { effects }: something that a client or the environment does.";
    On Keyword "on" opens [Effect Expression],
        Member "on MESSAGE from f at b when GUARD { effects }: what a node does with a message.",
        Resolution "on MESSAGE from f at b when G { effects }: what it does with a message.";
    Def Keyword "def",
        Member "def NAME(x: TYPE) = EXPR: a pure function.";
    Init Keyword "init",
        Member "init P: only initial states in which P is true.",
        Line "init P: only the runs that begin where P is true.",
        Begin "init P: it begins where P is true.";
    Bound Keyword "bound",
        Member "bound P: exploration is cut where P is false, and every verdict says so.";
    Knows Soft "knows",
        Member "knows NAME, NODE.FIELD \"sentence\": what steps read of others at once, and what lets them.";
    Fair Soft "fair",
        Member "fair action …: if it stays enabled, it happens.";
    Strongly Soft "strongly",
        Member "strongly fair action …: if it is enabled again and again, it happens.";
    Unfair Soft "unfair",
        Member "unfair on …: it may be put off for ever.";
    Durable Keyword "durable",
        Node "durable field: survives a crash.";
    Volatile Keyword "volatile",
        Node "volatile field: back to its initial value after a crash.";
    Symmetric Keyword "symmetric",
        Detail "symmetric: its values are interchangeable.";
    Between Soft "between",
        Detail "between A, B: messages go both ways.";
    Ordered Soft "ordered",
        Detail "ordered: first in, first out, for each pair of nodes.";
    Unordered Soft "unordered",
        Detail "unordered: messages arrive in any order.";
    Lossy Soft "lossy",
        Detail "lossy: `lose` faults may hit this link.";
    Duplicating Soft "duplicating",
        Detail "duplicating: `duplicate` faults may hit this link.";
    Capacity Soft "capacity",
        Detail "capacity N: messages in flight at most.";
    Latency Soft "latency",
        Detail "latency 5ms..50ms: how long its messages are under way (simulate).",
        Option "latency 1ms..10ms: of links that say nothing of it, and of whatever reacts (simulate).";
    ViewOf Soft "view of",
        Type "= view of EXPR [fresh]: a copy that lags behind; `fresh`: it begins with what is current after a restart.";
    Fresh Soft "fresh";
    Any Soft "any",
        Type "= any in S where P: several initial values.";
    AnyBind Soft "any" as "any bind";

    // ---- in orders, resolutions and reconcilers ----
    Scope Soft "scope",
        Order "scope NAME: the smallest scope that agrees on this order.";
    By Soft "by",
        Order "by x in S where P: the writers entitled to append.";
    Epoch Soft "epoch",
        Order "epoch EXPR: at most one entitled writer in each epoch.";
    Views Soft "views",
        Order "views EXPR for x in S: the agreed part as each participant sees it; once for each kind of node.";
    Value Soft "value",
        Order "value EXPR: what is versioned.";
    Version Soft "version",
        Order "version EXPR: moves with each change of the value.";
    Handles Soft "handles",
        Resolution "handles NAME: the orders and invariants whose violation it handles.";
    Every Soft "every",
        Reconciler "every 1s, every 3 ticks: how often repair is attempted.";
    Drift Soft "drift",
        Reconciler "drift P: the system is not as it should be.";
    Desired Soft "desired",
        Reconciler "desired EXPR: what should be.";
    Actual Soft "actual",
        Reconciler "actual EXPR: what is.";
    Observe Soft "observe",
        Reconciler "observe x = EXPR: remembered between the observing and the acting step.";
    At Keyword "at" opens [Effect Expression],
        Resolution "at x in S when G { effects }: what it does, and where.",
        Reconciler "at x in S when G { effects }: the acting step, and where.";
    Act Soft "act" opens [Effect Expression],
        Resolution "act when G { effects }: what it does.",
        Reconciler "act at x in S when G { effects }: the acting step.";
    When Keyword "when",
        Detail "when GUARD: it can only happen in states where this is true.",
        Resolution "when G { effects }: what it does.";
    Attempts Soft "attempts",
        Resolution "attempts EXPR at most EXPR (retry).";
    Backoff Soft "backoff",
        Resolution "backoff 100ms (retry): how long it waits, twice as long each time (simulate).";
    Merge Soft "merge",
        Resolution "merge DEF: the function that is commutative, associative and idempotent (merge).";
    Protects Soft "protects",
        Resolution "protects EXPR: what is as it was before the attempt (abort, reject, fence).";
    Since Soft "since",
        Resolution "since ACTION: where the attempt began (abort).";
    Undoes Soft "undoes",
        Resolution "undoes ACTION (compensate).";
    Key Soft "key",
        Resolution "key EXPR: what tells one attempt from another.";
    Restores Soft "restores",
        Resolution "restores EXPR: what is as it was before the action (compensate).";
    Token Soft "token",
        Resolution "token EXPR [for x in S]: what never goes back (fence).";
    Write Soft "write",
        Order "write ACTION expects EXPR: the version that the writer believes to be current.",
        Resolution "write ACTION carries EXPR: the token of a write (fence).";
    Expects Soft "expects";
    Carries Soft "carries";
    Atomic Soft "atomic",
        Reconciler "atomic: observing and acting are one step.";

    // ---- in invariants ----
    AtMost Soft "at most",
        Invariant "at most N x in S where P (cardinality).";
    AtLeast Soft "at least",
        Invariant "at least N x in S where P (cardinality).";
    Exactly Soft "exactly",
        Invariant "exactly N x in S where P (cardinality).";
    Monotonic Soft "monotonic",
        Invariant "monotonic EXPR [strictly [in ACTION, …]] [for x in S]: never decreases from one step to the next.";
    Strictly Soft "strictly";
    Unique Soft "unique",
        Invariant "unique EXPR for x in S: no two have the same.";
    Each Soft "each",
        Invariant "each x in S has at most one owner o in O where P [only its owner takes ACTION(x), …] (ownership).";
    HasOwner Soft "has at most one owner";
    OnlyItsOwnerTakes Soft "only its owner takes";
    Immutable Soft "immutable",
        Invariant "immutable EXPR [for x in S]: never changes.";
    Eventually Soft "eventually",
        Invariant "eventually [always] P: every fair run makes it true at some time, and it stays so (convergence).";
    Always Soft "always",
        Invariant "always eventually P: every fair run makes it true again and again (convergence).";
    LeadsTo Soft "leads to";
    OnceClientsStop Soft "once clients stop",
        Invariant "once clients stop: FORM: on fair runs on which, from any reachable state on, clients and faults do no more (convergence).";
    Stable Soft "stable",
        Invariant "stable P: once true, true for ever.";

    // ---- in expressions and effects ----
    All Keyword "all",
        Expression "all x in S where P: Q";
    Exists Keyword "some",
        Expression "some x in S where P: Q";
    Count Keyword "count",
        Expression "count x in S where P";
    CountBody Keyword "count" as "count body";
    Sum Keyword "sum",
        Expression "sum x in S: EXPR";
    Min Keyword "min",
        Expression "min x in S: EXPR, min(a, b)";
    Max Keyword "max",
        Expression "max x in S: EXPR, max(a, b)";
    First Keyword "first",
        Expression "first x in S where P by EXPR: the one with the least EXPR, none where there is none; first(list)";
    FirstBy Keyword "first" as "first by";
    And Operator "and",
        Expression "P and Q";
    Or Operator "or",
        Expression "P or Q";
    Not Operator "not",
        Expression "not P, x not in S";
    NotIn Operator "not in";
    Implies Operator "implies",
        Expression "P implies Q";
    In Operator "in",
        Expression "x in S";
    Where Keyword "where",
        Expression "x in S where P";
    If Keyword "if" opens [Effect Expression],
        Effect "if P { effects } else { effects }",
        Expression "if P then a else b";
    Then Keyword "then",
        Expression "if P then a else b";
    Else Keyword "else" opens [Effect Expression],
        Expression "else { effects }, if P then a else b";
    For Keyword "for" opens [Effect Expression],
        Effect "for x in S where P { effects }";
    ForForm Keyword "for" as "for form",
        Invariant "for x in S: FORM: the form for each x.";
    Let Keyword "let",
        Effect "let x = EXPR";
    LetExpr Keyword "let" as "let expr",
        Expression "let x = e in body";
    LetIn Operator "in" as "let in";
    Choose Keyword "choose" opens [Effect Expression],
        Effect "choose x in S where P { effects }: every x is one way to go on; none at all disables the action.";
    Send Keyword "send" opens [Expression],
        Effect "send MESSAGE { field: EXPR } to NODE";
    Require Keyword "require",
        Effect "require P: where false, this way of the action does not exist.";
    True Constant "true",
        Expression "true";
    False Constant "false",
        Expression "false";
    Nothing Constant "none",
        Expression "none: no value of a T?";

    // ---- in scenarios ----
    Deliver Soft "deliver",
        Line "deliver MESSAGE from NODE to NODE";
    Reorder Soft "reorder",
        Line "reorder MESSAGE from NODE to NODE: an ordered link delivers it before its turn.";
    Lose Soft "lose",
        Line "lose MESSAGE from NODE to NODE";
    Duplicate Soft "duplicate",
        Line "duplicate MESSAGE from NODE to NODE";
    Crash Soft "crash",
        Line "crash NODE: it stops and loses its volatile state.";
    Wipe Soft "wipe",
        Line "wipe NODE: it stops and loses all its state.";
    Restart Soft "restart",
        Line "restart NODE [with x = EXPR]",
        Detail "on restart at n in NODE when GUARD { effects }: what a node does as part of its restart.";
    Pause Soft "pause",
        Line "pause NODE: it stops, and knows nothing of it.";
    Resume Soft "resume",
        Line "resume NODE: what was paused goes on.";
    Skew Soft "skew",
        Line "skew NODE: a tick that its clocks miss.";
    Stale Soft "stale",
        Line "stale NODE: its views go back to the version before.";
    Partition Soft "partition",
        Line "partition {a} | {b, c}; partition {a} -| {b, c}: only messages from a are stopped.";
    Heal Soft "heal",
        Line "heal: the partition ends.";
    Run Soft "run",
        Line "run [NAME] until quiet, run NAME 3 times, run until P";

    // ---- in `check` and its relatives ----
    Faults Keyword "faults" opens [Fault],
        Option "faults { crash 1, lose 2 }: what may go wrong, and how often.",
        Line "faults: not in a scenario, whose lines say where each one happens: `crash NODE`.",
        Begin "faults { crash 1, lose 2 }: what may go wrong on the run, and how often.";
    OneWay Soft "one way";
    Failed Soft "failed";
    Found Soft "found";
    Lasting Soft "lasting";
    Only Soft "only",
        Option "only NAME, NAME: judge these alone.";
    MapTo Soft "map",
        Option "map VARIABLE = EXPR, map x.FIELD = EXPR for x in NODE: what a variable of the specification is (refines).";
    Depth Soft "depth",
        Option "depth <= N: a cap; a verdict that it cut short is incomplete.";
    States Soft "states",
        Option "states <= N: a cap; a verdict that it cut short is incomplete.";
    Memory Soft "memory",
        Option "memory <= N: a cap in MiB; a verdict that it cut short is incomplete.";
    Reductions Soft "reductions",
        Option "reductions off: no symmetry, no partial order; the verdicts are the same.";
    Symmetry Soft "symmetry",
        Option "symmetry off: interchangeable nodes and values are told apart.";
    Off Soft "off";
    Rate Soft "rate",
        Option "rate ACTION 5/s: how often it happens on average, at each node; 1/s unless said (simulate).";
    After Soft "after";
    Spill Soft "spill",
        Option "spill: states may go to a temporary file, and where memory is full what they are told apart by.";
    Profile Soft "profile",
        Option "profile: where states, bits and time go, by action and by variable; also `check SYSTEM profile`.";
    Traces Soft "traces",
        Option "traces 3: so many runs that break something, which differ in the member broken, the last step or the faults used (check).";
    Threads Soft "threads",
        Option "threads N: the result is the same for any number.";
    Expect Keyword "expect",
        Option "expect violated NAME, expect holds, expect ___: anything else fails the cell; a blank asks the reader first.",
        Line "expect P, expect violated NAME, expect enabled STEP, expect not enabled STEP, expect failed STEP, expect ___: what is to be so; a blank asks the reader first.";
    FromAnyState Soft "from any state",
        Option "from any state: every type-correct state is initial (self-stabilisation).",
        Line "from any state: the first line; runs begin in every type-correct state for which the `init` lines are true.";
}

impl Kw {
    fn entry(self) -> &'static Entry {
        &ENTRIES[self as usize]
    }

    /// As the grammar calls it.
    pub fn terminal(self) -> &'static str {
        self.entry().terminal
    }

    /// As which it is coloured.
    pub fn colour(self) -> Colour {
        self.entry().colour
    }

    /// What may stand in the block that it begins, if it begins one.
    pub fn opens(self) -> Option<&'static [Place]> {
        self.entry().opens
    }

    /// A system's name follows.
    pub fn names_system(self) -> bool {
        self.entry().names_system
    }

    /// One sentence on what it means where it stands in such a place, if it may.
    pub fn help_at(self, place: Place) -> Option<&'static str> {
        self.entry().meanings.iter().find(|meaning| meaning.place == place).map(|meaning| meaning.help)
    }

    /// Its first word: all of it, but where several are read as one.
    pub fn first(self) -> &'static str {
        self.word().split(' ').next().unwrap_or_default()
    }

    /// Whether it begins with `word`, and goes on with `next` where it goes on.
    pub fn begins(self, word: &str, next: Option<&str>) -> bool {
        let mut words = self.word().split(' ');
        words.next() == Some(word) && words.next().is_none_or(|second| next == Some(second))
    }
}
