//! The tokens that the grammar sees: words already resolved to keywords or names.
//!
//! Enters: nothing (data only). Leaves: [`Tok`] with the keyword and punctuation tables.
//! A word is never a keyword by itself: `structure` decides from where it stands, so `epoch epoch` is a clause word
//! followed by a name.

use crate::concepts::ExpectedVerdict;
use crate::words::spelled;

spelled! {
    /// Words with a meaning where they stand. Several words that are read as one (`at most`) are one entry;
    /// entries that share a spelling differ in what follows them.
    Kw {
        System "system" Extend "extend" Use "use"
        Check "check" Scenario "scenario" Find "find" Audit "audit" Compare "compare" Diagram "diagram"
        Start "start" Do "do" Enabled "enabled" Undo "undo" Show "show" Simulate "simulate" Graph "graph"
        Sweep "sweep" Relax "relax" Mutate "mutate" Grade "grade" Save "save" Trace "trace" As "as"
        From "from" By "by" Within "within" Steps "steps" Runs "runs" Seed "seed" Of "of" Against "against"
        At "at" To "to" Until "until" Times "times" Faults "faults"
        Param "param" Enum "enum" Type "type" Record "record" Node "node" State "state" Ghost "ghost"
        Message "message" Link "link" View "view" Order "order" Invariant "invariant" Resolution "resolution"
        Reconciler "reconciler" Action "action" Def "def" On "on" Init "init" Bound "bound"
        Fair "fair" Strongly "strongly" Unfair "unfair"
        Symmetric "symmetric" Durable "durable" Volatile "volatile" Between "between" Ordered "ordered"
        Unordered "unordered" Lossy "lossy" Duplicating "duplicating" Capacity "capacity" Latency "latency"
        Fresh "fresh" When "when" Any "any" AnyBind "any"
        Scope "scope" Epoch "epoch" Views "views" Value "value" Version "version" Write "write"
        Expects "expects" Carries "carries" Handles "handles" Act "act" Attempts "attempts" Backoff "backoff"
        Merge "merge" Protects "protects" Since "since" Undoes "undoes" Restores "restores" Key "key" Token "token"
        Every "every" Drift "drift" Desired "desired" Actual "actual" Observe "observe" Atomic "atomic"
        Reads "reads"
        AtMost "at most" AtLeast "at least" Exactly "exactly" Monotonic "monotonic" Strictly "strictly"
        Unique "unique" Each "each" HasOwner "has at most one owner" Immutable "immutable"
        Eventually "eventually" Always "always" LeadsTo "leads to" Stable "stable"
        If "if" Else "else" For "for" ForForm "for" Choose "choose" Let "let" Send "send" Require "require"
        And "and" Or "or" Not "not" NotIn "not in" Implies "implies" In "in" Where "where" Then "then"
        True "true" False "false" Nothing "none"
        All "all" Exists "some" Count "count" CountBody "count" Sum "sum" Min "min" Max "max"
        LetExpr "let" LetIn "in"
        Only "only" Depth "depth" States "states" Memory "memory" FromAnyState "from any state"
        Reductions "reductions" Symmetry "symmetry" Off "off" Threads "threads" Expect "expect"
        Profile "profile" Spill "spill"
        Deliver "deliver" Lose "lose" Duplicate "duplicate" Crash "crash" Restart "restart"
        Partition "partition" Heal "heal" Run "run"
    }
}

spelled! {
    /// Brackets, operators and separators.
    P {
        LBrace "{" LRecord "{" RBrace "}" LParen "(" RParen ")" LBracket "[" RBracket "]"
        Lt "<" Gt ">" Le "<=" Ge ">=" Eq "==" Ne "!=" Set ":=" AddSet "+=" SubSet "-=" Is "="
        Plus "+" Minus "-" Star "*" Slash "/" Percent "%" Amp "&" Bar "|"
        Comma "," Semi ";" Colon ":" Dot "." DotDot ".." Arrow "->" Question "?"
    }
}

/// One token of the grammar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tok<'t> {
    Id(&'t str),
    Int(i64),
    /// A duration in nanoseconds.
    Duration(u64),
    /// A string literal with its quotes and escapes.
    Str(&'t str),
    /// After `expect`.
    Verdict(ExpectedVerdict),
    Kw(Kw),
    P(P),
    /// Of no width: an expression starts here that is a form or a command of its own.
    Mark,
    /// What recovery has taken out: a whole statement, clause, member or item.
    Gone,
    /// What recovery has taken out: everything before a body of that kind.
    GoneHead(Body),
}

/// What stands between two brackets, or in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    Cell,
    Members,
    Fields,
    Variants,
    Clauses,
    Forms,
    Block,
    Options,
    Lines,
    Faults,
    /// The condition of `find`.
    Goal,
    /// A set, map or comprehension.
    Braces,
    /// The fields of a record or message value.
    RecordValue,
    Parens,
    Square,
}

impl Body {
    /// Whether it is a list of things that start with a head word, one after the other.
    pub fn is_list(self) -> bool {
        use Body::*;
        matches!(self, Cell | Members | Fields | Clauses | Forms | Block | Options | Lines)
    }
}
