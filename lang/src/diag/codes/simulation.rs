//! Codes of the options of simulations.

codes! { SIMULATION {
    FORM = "E0541", "not how a fault happens in a simulation",
        "In a simulation faults happen over time: `crash every 10s`, `restart after 1s..5s`, `pause every 30s for 200ms..2s`, `partition every 60s for 5s`, `stale every 10s`, `lose 1%`, `duplicate 1%`, `reorder 1%`, `skew 50ms` (of clocks) or `skew 1%` (of ticks).",
        "system A { node N[2] }\nsimulate A for 10s { faults { crash 1 } }";
    RATE_OF = "E0542", "rate of something that has none",
        "`rate NAME 5/s` says how often an action happens on average, at each node where it can. Reconcilers have `every`, resolutions `backoff`, links `latency`.",
        "system A { action a { } }\nsimulate A for 10s { rate b 5/s }";
    UNIT = "E0543", "rate in no unit",
        "A rate is a number in a second, a minute or an hour: `5/s`, `30/m`, `1/h`.",
        "system A { action a { } }\nsimulate A for 10s { rate a 5/day }";
    NOT_OF_RUNS = "E0544", "option of a check in a simulation",
        "A simulation takes random runs: it has no depth and no states to cap, and nothing to reduce. It takes `faults`, `rate`, `latency`, `ticks`, `only`, `from any state`, `threads` and `expect violated NAME`.",
        "system A { }\nsimulate A for 10s { depth <= 5 }";
    NO_PROOF = "E0545", "expectation that random runs cannot meet",
        "That nothing broke on random runs is no proof that nothing can: `expect holds` belongs to `check`. A simulation may be expected to break something: `expect violated NAME`.",
        "system A { invariant one: safety { true } }\nsimulate A for 10s { expect holds }";
    NOTHING = "E0546", "nothing to simulate",
        "A simulation has at least one run, and each run, period and tick takes some time; shares go from 0% to 100%.",
        "system A { }\nsimulate A for 0s";
} }
