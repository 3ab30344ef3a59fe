//! Codes of the options of checks.

codes! { CHECK {
    UNKNOWN_MEMBER = "E0520", "unknown member",
        "`only NAME` and `expect VERDICT NAME` take the names of orders, invariants, resolutions and reconcilers of the system.",
        "system A { invariant one: safety { true } }\ncheck A { only on }";
    UNKNOWN_FAULT = "E0521", "unknown fault",
        "Faults are crash, wipe, restart, pause, resume, lose, duplicate, reorder, skew, stale and partition, each with how often it may happen: `faults { crash 1, lose 2 }`.",
        "system A { }\ncheck A { faults { crush 1 } }";
    RATE = "E0522", "rate of a fault in a check",
        "A check explores every time at which a fault may happen, so it takes how often: `crash 1`. Rates such as `crash every 10s` belong to simulation.",
        "system A { }\ncheck A { faults { crash every 10s } }";
    MANNER = "E0523", "a fault cannot happen so",
        "What happens to a node may be limited to a kind of node: `crash 1 of Broker`; partitions may be `one way` and `lasting`. Nothing else is said of a fault but how often.",
        "system A { node N[2] }\ncheck A { faults { lose 1 of N } }";
    TWO_BUDGETS = "E0524", "a fault with two budgets",
        "Each fault is paid for once: of those that happen to nodes, one budget for all nodes or one for each kind; of partitions, one for both directions and one for one way.",
        "system A { node N[2] }\ncheck A { faults { crash 1, crash 1 of N } }";
    NEGATIVE = "E0525", "negative number",
        "How often, how far and how many are counted from 0.",
        "system A { }\ncheck A { faults { crash 0 - 1 } }";
    NO_NAMES = "E0526", "expectation without names",
        "`expect holds` may stand alone and is about every member; every other verdict is expected of members by name.",
        "system A { invariant one: safety { true } }\ncheck A { expect violated }";
    NO_SPILL = "E0527", "nowhere to spill to",
        "`spill` lets states go to a temporary file. Here no such file can be made: there is no disk, or its folder cannot be written.",
        "";
    NOT_A_CHECK = "E0528", "of a check alone",
        "A `profile` shows where the states, bits and time of a `check` go, and `traces N` more runs that break something; other commands have neither. What they judge by themselves cannot be expected of them either.",
        "system A { }\naudit A { profile }";
    NOT_SYMMETRIC = "E0529", "not symmetric",
        "A node kind or an enum is declared `symmetric`, but its members are not interchangeable: one is named, or is the first value of a variable, or they are gone through in an order that shows. What is not interchangeable is explored without symmetry. A warning.",
        "system A { node N[2] symmetric { x: bool } action a { n1.x := true } }\ncheck A";
    TWICE = "E0535", "said twice",
        "A limit and the number of threads are said once: of two, only one could count.",
        "system A { }\ncheck A { depth <= 5 depth <= 3 }";
    SHARED = "E0549", "not on several machines",
        "Processes that share a search explore all states. Where one machine would leave out some by partial order, its counts are others; so that a report does not depend on where it was made, `reductions off` has to be said.",
        "";
    INTERNAL = "E0536", "the engine contradicts itself",
        "A step of a trace could not be taken again. This is a fault of Reconverge and not of the mapping; please report it with the cell.",
        "";
} }
