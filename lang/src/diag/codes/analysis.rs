//! Codes of names, types, concepts.

codes! { ANALYSIS {
    UNKNOWN_NAME = "E0201", "unknown name",
        "A name is used that nothing in this system, and no binder around it, declares. Fields of nodes need the node: `b.log`.",
        "system A { invariant x: safety { y == 1 } }";
    DUPLICATE = "E0202", "declared twice",
        "Two declarations in one list have the same name. Across cells, and in `system B from A`, the later one replaces the earlier.",
        "system A { state x: bool state x: bool }";
    UNKNOWN_SYSTEM = "E0203", "unknown system",
        "A system is named that no cell has defined and no `use` has brought in.",
        "system B from A { }";
    CYCLE = "E0204", "made from itself",
        "Systems made `from` each other in a circle have no members to begin with.",
        "system A from A { }";
    UNKNOWN_PARAMETER = "E0205", "unknown parameter",
        "A value is given to a parameter that the system does not have.",
        "system A { param n = 1 } system B from A(m = 2) { }";
    UNKNOWN_FIELD = "E0206", "unknown field",
        "The node, record, message or enum has no field or variant of this name.",
        "system A { node N { x: bool } invariant i: safety { n.y } }";
    UNKNOWN_TYPE = "E0207", "unknown type",
        "A type is named that nothing declares. All types are finite: there is no `int`, only ranges such as `0..3`.",
        "system A { state x: T }";
    UNKNOWN_MESSAGE = "E0208", "unknown message",
        "A message is sent, handled or put on a link that nothing declares.",
        "system A { node N { } on Ping from a at b { } }";
    AMBIGUOUS = "E0209", "ambiguous variant",
        "Several enums have a variant of this name and nothing around it says which is meant. Write `ENUM.variant`.",
        "system A { enum E { a } enum F { a } def f() = a }";
    CIRCULAR = "E0210", "depends on itself",
        "A parameter, type or definition needs its own value. Everything is finite, so there is no recursion.",
        "system A { def f() = f() }";
    UNKNOWN_MEMBER = "E0211", "unknown member",
        "A clause names an order, invariant, action, view or definition that the system does not have.",
        "system A { resolution r: retry { handles nothing } }";
    CLASH = "E0212", "one name for two things",
        "Within a system, values, types, variants and nodes share one space of names (only variants of different enums may coincide); a message is on one link.",
        "system A { enum E { x } state x: bool }";
    UNKNOWN_FUNCTION = "E0213", "unknown function",
        "A function is called that is neither built in nor declared with `def`.",
        "system A { invariant i: safety { length([1]) == 1 } }";
    UNUSED = "E0214", "never used",
        "A variable that nothing reads or writes only makes states larger. A warning.",
        "system A { state x: bool state y: bool action a { y := true } }";
    UNHANDLED = "E0215", "never handled",
        "A message is sent and no handler takes it, so it stays in flight for ever. A warning.",
        "system A { node N[2] { } message M link l: M between N, N unordered action a at n in N { send M to n } }";
    NEVER_ENABLED = "E0216", "never enabled",
        "The guard of an action is false whatever the state. A warning.",
        "system A { state x: bool action a when false { x := true } }";

    MISMATCH = "E0301", "mismatched types",
        "An expression has another type than its place needs.",
        "system A { state x: bool = 1 }";
    CANNOT_INFER = "E0302", "unknown type",
        "`none`, `{}` and `[]` have the type that their place expects; here nothing is expected.",
        "system A { invariant i: safety { len([]) == 0 } }";
    NOT_CONSTANT = "E0303", "not constant",
        "Parameters, sizes, ranges and initial values are known before the system runs: they cannot depend on its state.",
        "system A { state x: 0..1 state y: 0..1 = x }";
    OUT_OF_RANGE = "E0304", "out of range",
        "A constant lies outside the range that its place allows.",
        "system A { state x: 0..2 = 3 }";
    NOT_A_SET = "E0305", "not a set",
        "A binder `x in S` goes through a set: a type, a range, a literal, a variable of a set type.",
        "system A { state l: list<bool, 2> invariant i: safety { all x in l: x } }";
    OPERANDS = "E0306", "operands do not fit",
        "`+` and `-` take two integers or two sets, `+` also two lists, `&` two sets.",
        "system A { state s: set<0..2> action a { s += 1 } }";
    ARGUMENTS = "E0307", "wrong arguments",
        "A call, record or message has too few or too many arguments or fields.",
        "system A { def f(x: bool) = x invariant i: safety { f() } }";
    NOT_ASSIGNABLE = "E0308", "not assignable",
        "Only states, fields of nodes and parts of them can be assigned.",
        "system A { param n = 1 action a { n := 2 } }";
    UNKNOWN_METHOD = "E0309", "unknown change",
        "Sets and bags have `add`, `remove` and `clear`, lists `push`, `pop` and `clear`.",
        "system A { state s: set<bool> action a { s.push(true) } }";
    TOO_LARGE = "E0310", "type too large",
        "A set or map has one bit or entry for each value of its element or key type: at most 4,096. A variable has at most 65,536 bits.",
        "system A { state s: set<0..9999> }";
    GHOST_READ = "E0311", "ghost read",
        "A ghost only watches: behaviour may not depend on it. Properties, and assignments to ghosts, may read it.",
        "system A { ghost g: bool state x: bool action a when g { x := true } }";
    OLD_HERE = "E0312", "`old` has no meaning here",
        "`old(e)` is the value of e before a step. It stands in plain conditions of invariants and in conditions of commands.",
        "system A { state x: bool action a when old(x) { x := true } }";
    QUIESCENT_HERE = "E0313", "`quiescent` has no meaning here",
        "`quiescent` says that nothing but faults can happen. It stands in properties.",
        "system A { state x: bool action a when quiescent { x := true } }";
    EMPTY = "E0314", "empty",
        "A range, an enum or a span of time has nothing in it.",
        "system A { state x: 3..1 }";
    WHICH_NODE = "E0315", "which node?",
        "Several kinds of nodes could be meant: say which with `in`.",
        "system A { node N { } node M { } action a at x { } }";
    NO_LINK = "E0316", "no link",
        "A message travels on a link. Each message is on exactly one.",
        "system A { node N { } message M on M from a at b { } }";
    NO_SENDER = "E0317", "no sender",
        "Messages are sent by nodes: an action that sends says at which node it runs.",
        "system A { node N { } message M link l: M between N, N unordered action a { send M to n } }";
    WRONG_WAY = "E0318", "wrong way",
        "A link goes from one kind of node to another; this message goes elsewhere.",
        "system A { node N { } node M { } message P link l: P from N to M unordered action a at m in M { send P to m } }";
    TOO_DEEP = "E0319", "nested too deep",
        "Blocks, types and calls nest a limited number of levels.",
        "system A { state x: list<list<list<list<list<list<list<list<list<list<list<list<bool, 1>, 1>, 1>, 1>, 1>, 1>, 1>, 1>, 1>, 1>, 1>, 1> }";
    MAP_KEYS = "E0320", "keys of a map",
        "A map is total: every key is given once, or the key type itself stands for all others.",
        "system A { enum E { a, b } state m: map<E -> bool> = { a -> true } }";

    REPLACED = "E0217", "handlers replaced",
        "Handlers of a message replace all that were inherited for it, and there are fewer now. A warning.",
        "system A { node N[2] { x: bool } message M { k: bool } link l: M between N, N action a at n in N { send M { k: true } to n } on M from f at n when k { n.x := k } on M from f at n when not k { n.x := k } } system B from A { on M from f at n when k { n.x := k } }";
    NO_INITIAL_VALUE = "E0218", "no initial value",
        "A variable without an initial value starts with the least value of its type: `false`, 0, the lower bound, the \
         first variant or node, `none`, nothing in it. Where that is neither zero nor nothing, a warning says so once.",
        "system A { state n: 1..3 action a { n := 2 } }";

    IMPLIED = "E0219", "true as soon as one is left out",
        "`some x in S: P implies Q` is true as soon as P is false for one x. Nearly always `(some x in S: P) implies Q` or \
         `some x in S: P and Q` is meant; parentheses after the colon say that it is not. A warning.",
        "system A { node N[2] { v: bool = false d: bool = false } action a at n in N { n.v := true n.d := true } invariant i: safety { some n in N: n.v implies n.d } }";
    HIDES = "E0220", "hides another name",
        "A name is bound again where it is bound already, so the outer one cannot be reached. A warning.",
        "system A { node N[2] { v: bool = false } action a at n in N { for n in N { n.v := true } } }";
    WHILE_DOWN = "E0221", "changes a node that may be down",
        "An action without `at` is taken by nobody, so it can happen at any time: a node that is a parameter may be down. \
         `at n in NODE` is the node that acts, and `n.up` in the guard says that it was thought of. A warning.",
        "system A { node N[2] { v: bool = false } action a(n: N) { n.v := true } }";

    CLOCK = "E0222", "no clock",
        "A clock counts ticks up to a greatest number and stays there: its type is a range, or a map to one.",
        "system A { clock c: bool }";
    DEADLINE = "E0223", "deadline that cannot be told",
        "Time stands still where an act that must come `within n ticks` would be late, so it has to be known beforehand \
         whether it is possible: its `choose` and `require` stand before everything else in its block. What a reconciler \
         has observed in an earlier step has no deadline.",
        "system A { enum E { a } state n: 0..1 action x within 2 ticks { n := 1 choose e in E where n == 0 { n := 0 } } }";

    VIEW = "E0224", "no view",
        "`volatile cache: TYPE = view of EXPR` in a node is a copy that lags behind by itself. It is a field of a node, and \
         no step assigns it.",
        "system A { state s: 0..1 node N { volatile c: 0..1 = view of s } action a at n in N { n.c := 1 } }";

    OUTSIDE = "E0225", "compared with what it never is",
        "A number outside a range is equal to no value in it, so the comparison is decided before the system runs. A clock \
         stays at its greatest value: to tell later ticks apart it needs a longer range. A warning.",
        "system A { state n: 0..2 = 0 action a when n < 2 { n += 1 } invariant i: safety { n != 3 } }";

    CONCEPT_TYPE = "E0401", "unknown type of a concept",
        "The word after the colon is an obligation that the engine checks; each concept has its own words.",
        "system A { invariant i: safty \"x\" }";
    CLAUSE_PLACE = "E0402", "clause of another concept",
        "Each clause belongs to certain concepts.",
        "system A { order o: append { drift true } }";
    CLAUSE_TYPE = "E0403", "clause of another type",
        "This clause says something only about certain types, and the header names none of them.",
        "system A { state x: 0..1 order o: append { version x } }";
    FORM = "E0404", "mislabelled invariant",
        "The body of an invariant has the form that its type promises.",
        "system A { state x: bool invariant i: monotonicity { x } }";
    CLAUSE_TWICE = "E0405", "given twice",
        "This clause stands once in a concept.",
        "system A { order o: append { scope a scope b } }";
    MERGE = "E0406", "not a merge function",
        "A merge function takes two values of one type and gives a value of that type.",
        "system A { def f(a: bool) = a resolution r: merge { merge f } }";
    FAIRNESS = "E0407", "nothing to be fair about",
        "Orders and invariants take no steps.",
        "system A { fair order o: append }";
    DRIFT = "E0408", "drift",
        "A reconciler says what drift is: with `drift`, or with `desired` and `actual`.",
        "system A { state x: bool reconciler r: worker { desired x } }";
    OBSERVE = "E0409", "observed elsewhere",
        "What a reconciler observed at a node is remembered for that node, so all its acts run at the same one.",
        "system A { node N { x: bool } state y: bool reconciler r: worker { observe z = y act at n in N { n.x := z } act { y := z } } }";
    IMPOSSIBLE = "E0410", "never true",
        "There are never so many. A warning.",
        "system A { node N[2] { x: bool } invariant i: cardinality { at least 3 n in N where n.x } }";
    BLIND = "E0411", "acts on what it cannot see",
        "`drift` is the goal of a reconciler, not a guard. An act without `when` acts while there is drift as far as it can see: what it observed, its own node where that is the only one of its kind, its views, and global state. If the drift reads the state of other nodes, the reconciler observes that, or its acts say with `when` what they act on.",
        "system A { node B { v: bool } node C { w: bool } reconciler r: worker { drift b.v != c.w act at y in C { y.w := true } } }";
    KEY = "E0412", "key that says nothing of a step",
        "`key` tells the attempts of a resolution apart, so every action that is a step of an attempt has to know what it is made of: under the same name, or as the one thing of its type there (numbers by name alone). The node that acts is the sender of what it sends.",
        "system A { enum O { a, b } state s: set<O> = {} action begin when a not in s { s.add(a) } resolution r: abort { since begin protects s key o act { choose o in s { s.remove(o) } } } }";
    IN_VAIN = "E0413", "observed and not acted on",
        "A reconciler that observes in one step and acts in another acts on what it remembers: where its act, or the `when` of it, reads the observed name, and in place of what its drift says in the same words. Where neither is so, it acts on what is there at that moment, as if it had seen it at once. A warning.",
        "system A { state x: 0..2 state y: 0..2 reconciler r: observe_act { drift x != y observe low = x < y act { x := y } } }";
} }
