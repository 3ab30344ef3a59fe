//! Codes of cells, commands and scenarios.

codes! { SESSION {
    NOT_THIS_LANGUAGE = "E0501", "not a cell of this language",
        "Cells that start with `%` or `!` are commands of IPython. Reconverge has `%profile` and `%interact` before a check, and `%%rust` as the first line of a cell in Rust; every other line of a cell is part of a mapping, a command or an expression.",
        "%%time";
    UNKNOWN_MAPPING = "E0502", "unknown mapping",
        "`use NAME` brings in a mapping that comes with Reconverge, by the name of its file.",
        "use kafkaa";
    NO_VALUE = "E0504", "expression without a value",
        "The expression has no value in this state: it takes an element that is not there, leaves its range, or uses `none` as a value. Or the system has no initial state at all, so that there is nothing to look at.",
        "system A { state l: list<0..1, 2> = [] }\nfirst(l)";
    UNKNOWN_CONCEPT = "E0505", "unknown concept",
        "`compare … by WORD` takes one of the four concepts: ordering, invariants, resolution, reconciliation.",
        "system A { }\ncompare A by colour";
    TOO_LONG = "E0506", "cell too long",
        "A cell may have at most 4 MiB of text: it is a program for people to read, not a place for data, such as a comment that holds 5 MiB of a log.",
        "";
    EXPECTATION = "E0510", "expectation not met",
        "A check or a scenario came out otherwise than its `expect` line says. What the cell defined stays: this is an answer about the system, not an error in the text.",
        "system A { state x: 0..1 = 0  invariant zero: safety { x == 0 } }\ncheck A { expect violated zero }";
    UNKNOWN_STEP = "E0511", "unknown name in a scenario",
        "A line of a scenario names an action, message or member that the system does not have.",
        "system A { action go { } }\nscenario \"x\" on A { do gone }";
    LINE = "E0512", "line of a scenario that cannot be meant",
        "A line of a scenario gives the wrong arguments, asks one run for what only all runs can tell, or needs a link to be lossy that is not.",
        "system A { action go { } }\nscenario \"x\" on A { do go(1) }";
    PARTLY_JUDGED = "E0513", "expectation that looks at a part",
        "A scenario is one run, and some of what a member says is judged on other runs: on all fair ones, or on each attempt, watched to its end. `expect holds` is then about the rest. `check` judges all of it.",
        "system A { state x: 0..1 = 0  action go { x := 1 }  invariant i: safety, convergence { x <= 1  eventually x == 1 } }\nscenario \"x\" on A { expect holds i }";
    NO_RUN = "E0514", "no run was started",
        "`do`, `enabled`, `undo`, `show` and `save as scenario` are about a run that is taken by hand. `start SYSTEM` begins one, which goes on from cell to cell.",
        "system A { action go { } }\ndo go";
    NOT_TAKEN = "E0515", "step that is not taken",
        "The line is no step that can be taken in this state, or it may be several: then they are listed, and one of them is to be written. Steps that the cell took before stay.",
        "system A { state x: 0..1 = 0  action go when x == 1 { } }\nstart A\ndo go";
    STALE_RUN = "E0516", "run of an earlier definition",
        "The system was defined otherwise since the run was started: its steps would be those of the old definition. `start` begins anew; `show` and `save as scenario` still tell of the old run.",
        "system A { action go { } }\nstart A\nextend A { action come { } }\ndo go";
    UNDO = "E0517", "more steps than were taken",
        "`undo` takes back the last step, `undo N` the last N, and no more than were taken since `start`.",
        "system A { action go { } }\nstart A\nundo";
    NOTHING_TO_SAVE = "E0518", "nothing to save",
        "`save as scenario` writes the steps that were taken by hand, `save trace as scenario` those of the last run that a `check` or a `find` showed. Here is none, or no line makes a run begin where it begins.",
        "system A { }\nsave trace as scenario";
    NO_SUCH_STEP = "E0547", "no such step",
        "`show 20000` looks at a step of the run that was shown last, by its number: 0 is the beginning, and the last number is the length of the run. A step that has no value was not taken.",
        "system A { state x: 0..1 = 0  action go { x := 1 } }\nfind A { x == 1 }\nshow 2";
    NO_TRACES = "E0548", "no two runs to compare",
        "`compare traces` lays the two runs side by side that were shown last: those of a mapping and of its repair, say, one found by `check`, the other by `find` or taken by hand.",
        "system A { }\ncompare traces";
    FILE_MISSING = "E0530", "no such file",
        "`use \"lease.rcv\"` reads a file whose path begins at the folder of the notebook, or of the file in which the line stands.",
        "";
    FILE_OUTSIDE = "E0531", "file outside of the folder",
        "Files below the folder of the notebook, or of the file that is run, may be used. `reconverge run FILE --files FOLDER` allows those below another folder, and so does the environment variable RECONVERGE_FILES for notebooks.",
        "";
    FILE_UNREAD = "E0532", "file that cannot be read",
        "A file that is used is UTF-8 text of at most 4 MiB: a program, as a cell is.",
        "use \"lease.rcv\"";
    FILE_CYCLE = "E0533", "files that use each other",
        "A file uses itself, by way of others or at once, so that neither can come first.",
        "";
    FILE_CHANGED = "E0534", "file that has changed",
        "A file is not any more what it was when it was used. What it defined then still counts; `use` brings in what it says now.",
        "";
    SWEPT = "E0519", "not what can be swept",
        "`sweep n in 1..5 of SYSTEM` checks the system once for each value of one of its parameters: a range of numbers, both ends included, or a set that is written out. Two parameters are swept over the grid of their values; one that the parentheses of the system give a value is not swept.",
        "system A { param n = 1 }\nsweep m in 1..3 of A";
    GRADED = "E0537", "nothing to grade",
        "`grade ANSWER against RIGHT, WRONG, …` takes the orders and invariants that ANSWER declares itself, with its definitions, and judges them in each of the other systems: they are to hold in the first, and some is to be broken in every other.",
        "system A { }\ngrade A against A";
    RELAXED = "E0538", "no such order",
        "`relax ORDER of SYSTEM` checks the system once more without one of its orders: entries that are not agreed may be swapped, a deposed writer goes on, nothing is compared, readers see the version before, messages of an ordered link overtake each other. `relax SYSTEM` does so for each of them.",
        "system A { order log: append \"by the leader\" }\nrelax logs of A";
    SPECIFICATION = "E0539", "not a specification",
        "`check SYSTEM refines SPECIFICATION` compares steps of one system with steps of another. What the other is must be plain: declared variables and fields of nodes, no messages, no observations that are remembered, no deadlines.",
        "system Spec { node N { } message M { } link l: M from N to N }\nsystem A { }\ncheck A refines Spec";
    MAPPED = "E0540", "variable of a specification that stands for nothing",
        "Each variable of the specification is what `map NAME = EXPR` says, or `map x.FIELD = EXPR for x in NODE`; one of the same name and type needs no word. Types are the same where they have the same name and the same members; nodes where they are as many.",
        "system Spec { state done: bool = false }\nsystem A { }\ncheck A refines Spec";
    RUST = "E0550", "Rust that does not compile",
        "What follows `%%rust` is Rust, and the compiler says why it is none: the place is that in the cell, or in an earlier one that no longer compiles, the number the compiler's own (`rustc --explain E0308` explains it). Rust cells are run by the kernel of a notebook; a file of the language has none, and nothing that `conform` could compare.",
        "%%rust\nlet x = 1;";
    CONFORMS = "E0552", "not what can be compared with Rust",
        "`conform NAME of SYSTEM with FUNCTION` compares a definition, a resolution or a step with a function of Rust cells, `conform system SYSTEM with TYPE` a whole system with a type. It stands in a cell of its own; comments and ends of lines do not matter. FUNCTION and TYPE are paths: `my_join`, `lib::join::<u8>`; a closure is given a name in a Rust cell first.",
        "conform join of Counter with |a, b| a";
    MOVED = "E0551", "not what can be moved",
        "`%interact` before a command makes sliders of its parameters and of its budgets of faults. `%interact n in 1..3, crash in 0..2` says which of them, and what they may be: a range of numbers, both ends included, or a set that is written out; the commands stand below it.",
        "%interact 1 + 1";
    USED_BELOW = "E0553", "`use` below what it defines as well",
        "What `use` brings in is there before everything else of its cell. A system that stands above it and has the same name would count, whatever the order of the lines says: the cell has to say which of the two is meant. So with `system Kafka { … }` above `use kafka`.",
        "";
    NOT_IN_TLA = "E0901", "not to be said in TLA+",
        "`reconverge export --to tla` writes a module whose states are those of the system, one for one. Clocks and timers, views that lag, reconcilers that observe in one step and act in another, partitions, pauses, orders of values that are made of others, and refinements are not among what it can say. Nothing is left out in silence: what cannot be said keeps the whole module from being written.",
        "";
} }
