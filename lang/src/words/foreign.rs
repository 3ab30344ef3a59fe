//! Words of other languages, and what is written here instead.
//!
//! Enters: a word and the place where it stands. Leaves: the [`Foreign`] entry that knows it. The languages are those that
//! people come from: TLA+, Quint, P, Alloy, Python, Go, Rust. A word is here because somebody wrote it, and never where
//! it already means something.

use super::Place;

/// How some other language writes something.
#[derive(Debug, Clone, Copy)]
pub struct Foreign {
    words: &'static [&'static str],
    /// What is written here, if there is such a thing. In functions and types `$0`, `$1` stand for the arguments
    /// and `$*` for all of them.
    pub here: &'static str,
    /// What one has to know; empty where `here` speaks for itself.
    pub why: &'static str,
}

const fn word(words: &'static [&'static str], here: &'static str, why: &'static str) -> Foreign {
    Foreign { words, here, why }
}

/// The words of other languages that may stand in such a place.
fn at(place: Place) -> &'static [Foreign] {
    match place {
        Place::Top => ITEMS,
        Place::Member => MEMBERS,
        Place::Node => FIELDS,
        Place::Detail => DETAILS,
        Place::Effect => STATEMENTS,
        Place::Invariant => FORMS,
        Place::Line => LINES,
        Place::Option => OPTIONS,
        Place::Expression => VALUES,
        Place::Method => FUNCTIONS,
        Place::Type => TYPES,
        _ => &[],
    }
}

/// What somebody who writes `word` in such a place has in mind.
pub fn foreign(place: Place, word: &str) -> Option<&'static Foreign> {
    at(place).iter().find(|entry| entry.words.contains(&word))
}

/// The same for a function that is given so many arguments.
pub fn foreign_call(word: &str, args: &[&str]) -> Option<&'static Foreign> {
    let known = |entry: &&Foreign| entry.words.contains(&word) && entry.with(args).is_some();
    FUNCTIONS.iter().find(known)
}

/// Every entry with its place.
pub fn foreign_words() -> impl Iterator<Item = (Place, &'static Foreign)> {
    Place::ALL.into_iter().flat_map(|place| at(place).iter().map(move |entry| (place, entry)))
}

impl Foreign {
    /// How it is written elsewhere.
    pub fn spellings(&self) -> &'static [&'static str] {
        self.words
    }

    /// How many arguments it takes; 0 where any number will do.
    pub fn arguments(&self) -> usize {
        (0..9).rev().find(|n| self.here.contains(&format!("${n}"))).map_or(0, |n| n + 1)
    }

    /// What is written here with these arguments; `None` where it takes others.
    pub fn with(&self, args: &[&str]) -> Option<String> {
        let wanted = self.arguments();
        let open = self.here.ends_with(" P)")
            || self.here.ends_with(" P")
            || self.here.contains("EXPR")
            || self.here.contains(" P ");
        if args.len() < wanted || args.len() > wanted && wanted > 0 && !open {
            return None;
        }
        let all = match args.last().and_then(|n| n.parse::<i64>().ok()) {
            Some(n) => self.here.replace(&format!("${} - 1", args.len() - 1), &(n - 1).to_string()),
            None => self.here.to_string(),
        };
        let all = all.replace("$*", &args.join(", "));
        Some(args.iter().enumerate().fold(all, |text, (n, arg)| text.replace(&format!("${n}"), arg)))
    }

    /// What is written here for `of.f(name => said)`; `None` where it says nothing of each element.
    pub fn with_lambda(&self, of: &str, name: &str, said: &str) -> Option<String> {
        let each = self.here.contains("x in $0");
        each.then(|| {
            let words = self.here.replace("$0", of).replace(" P", &format!(" {said}"));
            let words = words.replace("EXPR", said).replace(" x in ", &format!(" {name} in "));
            words.replace("{ x for", &format!("{{ {name} for"))
        })
    }

    /// Both sentences as one.
    pub fn words(&self) -> String {
        match (self.why, self.here) {
            (why, "") => why.to_string(),
            ("", here) => format!("write `{here}`"),
            (why, here) => format!("{why}: `{here}`"),
        }
    }
}

/// What must be so, said in a body: there is no statement that only looks.
const MUST_HOLD: &str = "invariant NAME: safety { P }";
const MUST_HOLD_WHY: &str =
    "`require P` makes the step impossible where P is false; what must be so is an invariant of the system";

const ITEMS: &[Foreign] = &[
    word(
        &["module", "machine", "package", "namespace", "model", "class", "spec", "MODULE", "program", "mod"],
        "system NAME { … }",
        "nodes, state and behaviour stand in a system",
    ),
    word(
        &["import", "include", "require", "open", "EXTENDS", "extends", "INSTANCE", "load"],
        "use kafka",
        "a bundled mapping is brought in by its name, a file by `use \"FILE.rcv\"`",
    ),
    word(
        &["verify", "prove", "explore", "model_check", "assert", "temporal"],
        "check SYSTEM",
        "every reachable state is looked at",
    ),
    word(
        &["test", "testcase", "example", "story"],
        "scenario \"title\" on SYSTEM { … }",
        "one run, line by line",
    ),
    word(&["enum", "record", "type", "node"], "system NAME { … }", "what a system is made of stands in it"),
    word(
        &["run", "init", "next", "step"],
        "start SYSTEM",
        "then `do` takes a step by hand; `check SYSTEM` looks at every reachable state",
    ),
    word(&["describe", "draw", "plot", "render", "view", "info"], "diagram SYSTEM", "a system is shown"),
    word(
        &["help", "doc", "docs", "man"],
        "diagram SYSTEM",
        "Shift+Tab explains the word or name at the cursor; a system is shown",
    ),
    word(&["print", "println", "eval", "echo"], "1 + 1", "an expression by itself shows its value"),
];

const MEMBERS: &[Foreign] = &[
    word(
        &["cache", "informer"],
        "node NAME { volatile FIELD: TYPE = view of EXPR }",
        "a view is a field of the node that reads it",
    ),
    word(
        &["fn", "fun", "func", "function", "define", "pure", "pred", "val", "lambda"],
        "def NAME(x: TYPE) = EXPR",
        "a pure function is one expression",
    ),
    word(
        &[
            "proc",
            "process",
            "procedure",
            "method",
            "rule",
            "transition",
            "step",
            "operation",
            "task",
            "thread",
            "async",
            "command",
        ],
        "action NAME when P { … }",
        "what can happen is an action",
    ),
    word(
        &["receive", "handler", "upon", "recv", "subscribe", "listen"],
        "on MESSAGE from a at b { … }",
        "what is done with a message is a handler",
    ),
    word(
        &[
            "var",
            "vars",
            "variable",
            "variables",
            "mut",
            "let",
            "static",
            "global",
            "VARIABLE",
            "VARIABLES",
            "field",
        ],
        "state NAME: TYPE = VALUE",
        "a variable has a type and a first value",
    ),
    word(
        &["const", "constant", "constants", "parameter", "CONSTANT", "CONSTANTS"],
        "param NAME = 3",
        "a constant that each command may change is a parameter",
    ),
    word(
        &["struct", "class", "data", "dataclass", "sig", "object"],
        "record NAME { field: TYPE }",
        "fields together are a record",
    ),
    word(
        &["actor", "machine", "server", "module", "client", "role", "replica", "worker"],
        "node NAME[3] { field: TYPE }",
        "what runs by itself is a node",
    ),
    word(
        &[
            "assert",
            "property",
            "theorem",
            "THEOREM",
            "spec",
            "fact",
            "temporal",
            "liveness",
            "safety",
            "INVARIANT",
            "ensures",
        ],
        "invariant NAME: safety { P }",
        "what must hold is an invariant",
    ),
    word(
        &["assume", "ASSUME", "axiom", "initially", "start"],
        "init P",
        "what the first states have in common",
    ),
    word(
        &["channel", "chan", "queue", "topic", "network", "bus"],
        "link NAME: MESSAGE from A to B",
        "messages travel over links",
    ),
    word(&["typedef", "newtype", "alias"], "type NAME = TYPE", ""),
    word(
        &["event", "msg", "packet", "rpc", "signal"],
        "message NAME { field: TYPE }",
        "what is sent is a message",
    ),
    word(
        &["fairness", "WF_vars", "WF", "weakly", "weak"],
        "fair action NAME { … }",
        "fairness is said of each action",
    ),
    word(&["SF_vars", "SF", "strong"], "strongly fair action NAME { … }", "fairness is said of each action"),
    word(
        &["import", "include", "require", "EXTENDS", "extends", "INSTANCE", "impl", "trait", "interface"],
        "system B from A { … }",
        "one system builds on another",
    ),
    word(
        &["when", "if", "where", "requires", "guard", "unless", "while"],
        "action NAME when P { … }",
        "a guard stands before the body",
    ),
    word(
        &["pub", "public", "private", "export", "protected"],
        "",
        "everything in a system is visible: leave it out",
    ),
];

const FIELDS: &[Foreign] = &[
    word(
        &["var", "let", "mut", "pub", "state", "field", "private", "public", "val"],
        "field: TYPE = VALUE",
        "",
    ),
    word(&["const", "final", "readonly"], "param NAME = 3", "a constant stands in the system"),
    word(
        &["start", "hot", "cold", "entry", "exit"],
        "phase: Phase = a",
        "the states of a machine are values of a field, and what it does in one is an action `when n.phase == a`",
    ),
    word(&["persistent", "stable", "disk", "persisted"], "durable field: TYPE", "it survives a crash"),
    word(&["transient", "ephemeral", "memory", "cached"], "volatile field: TYPE", "a crash sets it back"),
];

/// Between the head of an action or handler and its body.
const DETAILS: &[Foreign] = &[word(
    &[
        "requires",
        "require",
        "if",
        "where",
        "given",
        "guard",
        "guarded",
        "pre",
        "precondition",
        "enabled",
        "with",
        "provided",
        "assume",
        "assuming",
        "unless",
        "only",
    ],
    "when",
    "",
)];

const STATEMENTS: &[Foreign] = &[
    word(&["return"], "", "an action gives nothing back; a `def` is one expression"),
    word(&["assert", "ensure", "ensures", "check"], MUST_HOLD, MUST_HOLD_WHY),
    word(
        &["assume", "await", "guard", "wait", "pre", "requires"],
        "require P",
        "where it is false, this way of the action is not possible",
    ),
    word(
        &["while", "loop", "repeat", "until", "foreach"],
        "for x in S { … }",
        "every loop goes through a set",
    ),
    word(&["elif", "elsif", "elseif"], "else if", ""),
    word(&["var", "mut", "val", "const", "local"], "let x = EXPR", "a name for the rest of the block"),
    word(
        &["match", "switch", "case", "select"],
        "if P { … } else { … }",
        "one branch of several is chosen by conditions",
    ),
    word(&["set", "assign"], "x := EXPR", "an assignment has no word before it"),
    word(&["goto", "become", "transition"], "phase := EXPR", "the state of a machine is a variable"),
    word(
        &["emit", "publish", "raise", "announce", "post", "reply", "broadcast"],
        "send MESSAGE { field: EXPR } to b",
        "",
    ),
    word(
        &["either", "nondet", "oneOf", "amb", "pick", "random"],
        "choose x in S { … }",
        "every element is one way to go on",
    ),
    word(
        &["skip", "pass", "noop", "nop", "UNCHANGED", "unchanged", "halt", "stop"],
        "action NAME { }",
        "what no statement assigns stays as it is",
    ),
    word(
        &["print", "printf", "println", "log", "echo", "fmt"],
        "",
        "nothing is printed: a trace shows every step",
    ),
    word(
        &["break", "continue"],
        "for x in S where P { … }",
        "a loop goes through all elements, or through those where P is true",
    ),
    word(
        &["try", "throw", "except", "catch", "panic", "error", "abort", "fail"],
        "require P",
        "what is not possible is not done",
    ),
    word(
        &["crash", "restart", "kill"],
        "check SYSTEM { faults { crash 1 } }",
        "by hand it is `do crash NODE`; in a check nodes go down by its faults",
    ),
    word(
        &["new", "spawn", "go", "thread", "fork", "start"],
        "node NAME[3]",
        "nodes are declared, and there from the beginning",
    ),
    word(
        &["sleep", "delay", "after", "timer", "timeout"],
        "action NAME when t >= 3 { … }",
        "time is counted by a clock, `clock t: 0..3`; what may happen later is an action of its own",
    ),
    word(
        &["del", "delete", "insert", "append"],
        "s.add(x)",
        "sets and lists are changed by `add`, `remove`, `push` and `pop`",
    ),
    word(
        &["function", "fn", "func", "fun", "def", "lambda"],
        "def NAME(x: TYPE) = EXPR",
        "functions stand in the system",
    ),
    word(&["begin", "end", "then"], "if P { … }", "a body stands in braces"),
    word(&["all", "both", "par", "parallel"], "require P", "a body is one step by itself; a condition in it"),
    word(
        &["do", "call", "invoke", "perform"],
        "action NAME when P { … }",
        "no action calls another, each happens by itself",
    ),
];

const FORMS: &[Foreign] = &[
    word(
        &["always", "globally", "G", "AG", "henceforth", "invariant"],
        "P",
        "a `safety` invariant is true in every state by itself",
    ),
    word(&["never", "AF", "never_"], "not P", ""),
    word(
        &["assert", "require", "ensure", "ensures", "requires", "check", "return"],
        "P",
        "what must hold stands there by itself",
    ),
    word(&["sometime", "finally", "F", "EF", "possibly"], "eventually P", ""),
    word(&["leadsto", "leads_to", "LeadsTo", "respond"], "P leads to Q", ""),
    word(&["increasing", "nondecreasing"], "monotonic EXPR", ""),
    word(&["constant", "unchanged", "UNCHANGED"], "immutable EXPR", ""),
];

const LINES: &[Foreign] = &[
    word(&["step", "call", "invoke", "take", "execute", "perform", "then", "action"], "do NAME at NODE", ""),
    word(&["assert", "require", "check", "ensure", "verify"], "expect P", ""),
    word(&["wait", "await", "finish", "settle"], "run until quiet", ""),
    word(&["kill", "stop", "down"], "crash NODE", ""),
    word(&["start", "recover", "up"], "restart NODE", ""),
    word(&["receive", "recv", "dispatch"], "deliver MESSAGE", ""),
    word(&["drop", "discard"], "lose MESSAGE", ""),
    word(&["split", "isolate", "disconnect"], "partition {a} | {b}", ""),
    word(&["join", "reconnect", "connect"], "heal", ""),
    word(&["fault", "inject", "kill_node"], "crash NODE", "a fault is a line by itself"),
    word(
        &["for", "foreach", "let", "if", "while", "loop", "repeat", "assign", "set"],
        "do NAME at NODE",
        "a scenario has steps and expectations only",
    ),
    word(&["send"], "deliver MESSAGE", "messages are sent by actions, and a scenario delivers them"),
];

const OPTIONS: &[Foreign] = &[
    word(&["max_depth", "steps", "limit", "bound", "within", "maxDepth"], "depth <= 20", ""),
    word(&["timeout", "time_limit", "maxtime"], "states <= 100000", "how far it goes is counted in states"),
    word(&["workers", "cores", "jobs", "parallel"], "threads 2", ""),
    word(&["invariant", "invariants", "property", "just", "check"], "only NAME", ""),
    word(&["failures", "failure", "fails", "with", "inject"], "faults { crash 1 }", ""),
    word(
        &["random", "seed", "time"],
        "",
        "a check looks at every reachable state; `simulate SYSTEM for 60s` makes random runs",
    ),
];

/// Values, operators and quantifiers.
const VALUES: &[Foreign] = &[
    word(&["True", "TRUE"], "true", ""),
    word(&["False", "FALSE"], "false", ""),
    word(&["null", "nil", "None", "NULL", "undefined", "Null", "Nil", "nothing", "nullptr"], "none", ""),
    word(&["AND", "And"], "and", ""),
    word(&["OR", "Or"], "or", ""),
    word(&["NOT", "Not"], "not", ""),
    word(&["IMPLIES", "Implies"], "implies", ""),
    word(&["iff", "IFF", "Iff", "is", "equals", "eq"], "==", ""),
    word(&["xor", "XOR", "isnt", "ne"], "!=", ""),
    word(&["IF", "If"], "if", ""),
    word(&["IN", "In", "isin"], "in", ""),
    word(&["notin", "NotIn"], "not in", ""),
    word(&["mod", "MOD", "rem"], "%", ""),
    word(&["div", "DIV"], "/", ""),
    word(&["union", "UNION", "cup"], "+", ""),
    word(&["intersect", "intersection", "INTERSECTION", "cap"], "&", ""),
    word(&["minus", "except", "difference"], "-", ""),
    word(&["subset", "subseteq", "subsetof", "SUBSETEQ"], "<=", ""),
    word(&["to", "upto", "until"], "..", ""),
    word(&["forall", "every", "foreach", "All", "ALL", "ForAll", "Forall", "FORALL", "each"], "all", ""),
    word(&["exists", "any", "exist", "Exists", "EXISTS", "Some", "SOME"], "some", ""),
    word(&["no", "never"], "not some", ""),
    word(&["zero"], "0", ""),
    word(&["one"], "1", ""),
    word(&["two"], "2", ""),
    word(&["lambda", "fun", "fn", "function"], "", "a function is a member: `def NAME(x: TYPE) = EXPR`"),
    word(
        &["self", "this", "Self", "me"],
        "",
        "a node is the name after `at`, as in `action NAME at b in NODE { … }`",
    ),
    word(&["BOOLEAN", "Bool", "Boolean"], "{false, true}", ""),
    word(&["others", "peers"], "{ o for o in NODE where o != n }", "all but one"),
    word(
        &["now", "time", "timeout", "elapsed", "timestamp", "tick"],
        "",
        "time is read from a clock: `clock t: 0..3` counts the ticks since `t := 0`, and `when t >= 3` is a timeout",
    ),
    word(&["DOMAIN"], "", "the keys of a map are all values of its key type: `all k in KEY: P`"),
    word(&["empty", "Empty", "EMPTY"], "{}", ""),
];

/// Functions and methods: `f(a, b)` and `a.f(b)` alike.
const FUNCTIONS: &[Foreign] = &[
    word(
        &["size", "length", "count", "Len", "Cardinality", "card", "cardinality", "len", "sizeof"],
        "len($0)",
        "",
    ),
    word(&["contains", "includes", "has", "member", "contains_key", "containsKey"], "$1 in $0", ""),
    word(&["up", "is_up", "isUp", "alive", "is_alive", "isAlive"], "$0.up", ""),
    word(&["down", "is_down", "isDown", "crashed", "dead", "failed"], "not $0.up", ""),
    word(&["quorum", "is_quorum", "isQuorum", "is_majority", "isMajority"], "majority($0)", ""),
    word(&["values", "range_of"], "{ $0[k] for k in KEY }", "the values of a map"),
    word(&["push", "push_back"], "$0 + [$1]", ""),
    word(&["add", "insert", "with", "adjoin"], "$0 + {$1}", ""),
    word(&["remove", "delete", "discard"], "$0 - {$1}", ""),
    word(&["elem", "isIn", "in_", "is_in"], "$0 in $1", ""),
    word(&["append", "Append", "pushed", "appended"], "$0 + [$1]", ""),
    word(&["concat", "Concat", "union", "Union", "extend"], "$0 + $1", ""),
    word(&["intersect", "intersection", "Intersection"], "$0 & $1", ""),
    word(&["difference", "exclude", "setminus", "minus", "without"], "$0 - $1", ""),
    word(&["subseteq", "issubset", "is_subset", "isSubset", "subset", "subsetOf"], "$0 <= $1", ""),
    word(&["head", "Head", "front", "peek", "first"], "first($0)", ""),
    word(&["back", "last", "Last"], "last($0)", ""),
    word(&["tail", "Tail", "rest"], "$0[1..]", ""),
    word(&["nth", "get", "at", "index", "getOrElse", "get_or"], "$0[$1]", ""),
    word(&["is_empty", "isEmpty", "empty", "Empty"], "len($0) == 0", ""),
    word(&["nonEmpty", "non_empty", "is_nonempty"], "len($0) > 0", ""),
    word(&["is_some", "isSome", "isDefined", "exists_", "isPresent", "is_present"], "$0 != none", ""),
    word(&["is_none", "isNone", "is_null", "isNull"], "$0 == none", ""),
    word(
        &["unwrap", "Get", "value", "expect", "Some", "Just", "Ok", "clone", "copy"],
        "$0",
        "a `T` may stand for a `T?`, and a `T?` for a `T`",
    ),
    word(&["Set", "set", "frozenset", "HashSet", "BTreeSet"], "{$*}", ""),
    word(&["List", "list", "Seq", "seq", "Vec", "vec", "tuple", "Tuple"], "[$*]", ""),
    word(&["forall", "all", "every", "ForAll"], "(all x in $0: P)", ""),
    word(&["exists", "any", "some", "Exists"], "(some x in $0: P)", ""),
    word(&["filter", "select", "where"], "{ x for x in $0 where P }", ""),
    word(&["map", "mapped", "flat_map"], "{ EXPR for x in $0 }", ""),
    word(&["fold", "foldl", "reduce", "foldLeft", "fold_left"], "(sum x in $0: EXPR)", ""),
    word(&["sum", "total"], "(sum x in $0: x)", ""),
    word(&["to", "upto"], "$0..$1", ""),
    word(&["range", "Range"], "0..$0 - 1", ""),
    word(&["range", "Range"], "$0..$1 - 1", ""),
    word(&["indices", "Indices", "enumerate"], "indices($0)", ""),
    word(
        &["keys", "DOMAIN", "domain"],
        "",
        "the keys of a map are all values of its key type: `all k in KEY: P`",
    ),
    word(
        &["next", "prime", "new"],
        "n := EXPR",
        "in a property `n` is the value after a step, and `old(n)` the one before; an action assigns",
    ),
    word(&["prev", "previous", "pre", "before", "Old", "was"], "old($0)", ""),
    word(&["always", "globally", "G"], "$0", "a `safety` invariant is true in every state by itself"),
    word(&["eventually", "finally", "F"], "eventually $0", "a word of an invariant takes no brackets"),
    word(
        &["unique", "distinct", "all_different"],
        "unique EXPR for x in S",
        "a word of an invariant takes no brackets",
    ),
    word(&["monotonic", "increasing"], "monotonic $0", "a word of an invariant takes no brackets"),
    word(&["NOT", "Not"], "not ($0)", ""),
    word(
        &["choose", "random", "rand", "oneOf", "randint", "pick", "CHOOSE", "sample", "choice"],
        "choose x in S { … }",
        "what is open is chosen in an effect",
    ),
    word(&["assert", "ensure"], MUST_HOLD, MUST_HOLD_WHY),
    word(&["require", "assume"], "require P", "an action is not possible where this is false"),
    word(
        &["print", "println", "format", "str", "repr", "toString"],
        "",
        "nothing is printed: a trace shows every step",
    ),
    word(
        &["enabled", "ENABLED"],
        "",
        "an action's guard can be a `def` that both name: `def may(b: NODE) = P`",
    ),
    word(
        &["sorted", "sort", "reverse", "reversed"],
        "",
        "sets and bags have no order, and a list keeps the one it was built in",
    ),
    word(
        &["view", "observed", "cached", "stale"],
        "",
        "a copy that lags is a field of the node that keeps it: `volatile seen: TYPE = view of EXPR`",
    ),
    word(&["pow", "sqrt", "floor", "ceil", "round"], "", "integers have `+`, `-`, `*`, `/` and `%`"),
];

const TYPES: &[Foreign] = &[
    word(
        &[
            "int", "Int", "nat", "Nat", "integer", "Integer", "number", "u8", "u16", "u32", "u64", "i8",
            "i16", "i32", "i64", "usize", "isize", "uint", "long", "byte", "Num",
        ],
        "0..3",
        "integers have a finite range",
    ),
    word(
        &["string", "String", "str", "Str", "char", "text", "bytes"],
        "enum NAME { a, b }",
        "name the few values that matter",
    ),
    word(&["boolean", "Bool", "Boolean", "BOOLEAN"], "bool", ""),
    word(
        &["float", "double", "real", "f32", "f64", "Float", "decimal"],
        "0..3",
        "numbers are whole, and have a range",
    ),
    word(&["void", "unit", "any", "object", "Any"], "", "every type says which values there are"),
    word(
        &["time", "Time", "timestamp", "Duration", "duration", "Date"],
        "clock NAME: 0..3",
        "time is counted in ticks since a clock was set",
    ),
    word(&["Set", "HashSet", "BTreeSet", "FrozenSet", "frozenset", "SUBSET", "PowerSet"], "set<$0>", ""),
    word(
        &["List", "Vec", "Seq", "seq", "Array", "array", "vector", "Queue", "queue", "deque"],
        "list<$0, 3>",
        "",
    ),
    word(&["Bag", "Multiset", "multiset", "Counter"], "bag<$0, 3>", ""),
    word(&["Option", "Optional", "Maybe", "option", "optional", "lone"], "$0?", ""),
    word(&["Map", "HashMap", "BTreeMap", "dict", "Dict", "map", "hashmap", "table"], "map<$0 -> $1>", ""),
    word(
        &["chan", "Chan", "channel", "Channel", "Sender", "Receiver", "mpsc"],
        "link NAME: MESSAGE from A to B",
        "messages travel over links, and no node holds one",
    ),
    word(&["Tuple", "tuple", "Pair", "pair"], "record NAME { a: TYPE, b: TYPE }", "fields have names"),
];
