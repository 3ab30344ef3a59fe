//! Codes of model sizes, traps, not yet executable.

codes! { MODEL {
    TOO_WIDE = "E0601", "type too wide",
        "Values of more than 65,536 bits cannot be explored.",
        "system A { state x: list<list<0..200, 100>, 60> = [] invariant i: safety { len(x + x) >= 0 } }\ncheck A";
    STATE_TOO_LARGE = "E0602", "state too large",
        "All variables together take more bits than a state may have (65,536).",
        "system A { state x: map<0..4000 -> 0..3000> state y: map<0..4000 -> 0..3000> }\ncheck A";
    TOO_MANY_INSTANCES = "E0603", "too many instances of an action",
        "An action is tried with every value of its parameters; there are too many combinations.",
        "system A { action a(x: 0..1000, y: 0..1000) { } }\ncheck A";
    TOO_MUCH_CODE = "E0604", "model too large",
        "Loops over constant sets are unrolled, and an action is compiled once for each value of its parameters; the result is too large.",
        "system A { state n: 0..3 = 0 action a(p: set<0..11>) { for x in 0..11 { for y in 0..11 { for z in 0..3 { if n == z { n := 0 } } } } } }\ncheck A";
    TOO_MANY_SIDES = "E0605", "too many ways to part",
        "A partition puts every node on one of two sides; with many nodes there are too many ways.",
        "system A { node B[20] {} }\ncheck A { faults { partition 1 } }";
    TOO_MANY_CHOICES = "E0606", "too many choices in one step",
        "One step carries out at most 64 `choose` statements; in a `for` each turn counts. How many values one of them chooses from does not matter.",
        "system A { state n: 0..1 = 0 action a() { for x in 0..70 { choose y in {0, 1} { n := y } } } }\ncheck A";
    TOO_MANY_INITIAL = "E0607", "too many initial states",
        "With `any`, and with `from any state`, every value is tried; there are too many combinations.",
        "system A { state x: list<0..9, 30> }\ncheck A { from any state }";
    OUT_OF_RANGE = "E0701", "value out of range",
        "A variable would take a value that its type does not have. Values never wrap around.",
        "system A { state x: 0..2 = 0 action up() { x += 1 } }\ncheck A";
    NO_VALUE = "E0702", "none has no value",
        "The value of an option was used where it was none.",
        "system A { type T = 0..2 state x: T? = none state y: 0..2 = 0 action a() { y := x } }\ncheck A";
    INDEX = "E0703", "index outside a list",
        "A list was read or written at an index that it does not have.",
        "system A { state l: list<bool, 2> = [] state y: bool = false action a() { y := l[0] } }\ncheck A";
    FULL = "E0704", "list or bag full",
        "A list or bag would hold more elements than its type allows.",
        "system A { state l: list<bool, 1> = [] action a() { l.push(true) } }\ncheck A";
    LINK_FULL = "E0705", "link full",
        "A message was sent into a link that already holds as many as its capacity. Messages are never dropped silently.",
        "system A { node B[2] {} message M {} link l: M between B, B unordered capacity 1 action a() at b in B { for c in B { send M to c } } on M at b { } }\ncheck A";
    DIVIDE_BY_ZERO = "E0706", "division by zero",
        "A number was divided by 0, or its remainder asked for.",
        "system A { state x: 0..2 = 0 state y: 0..2 = 0 action a() { y := 1 / x } }\ncheck A";
    EMPTY = "E0707", "min, max, first or last of nothing",
        "The least, greatest, first or last element of something empty was asked for.",
        "system A { state l: list<bool, 2> = [] state y: bool = false action a() { y := first(l) } }\ncheck A";
    OVERFLOW = "E0708", "number too great",
        "The result of an operation does not fit in 64 bits.",
        "system A { state x: 0..2 = 2 invariant i: safety { x * 9000000000000000000 > 0 } }\ncheck A";
} }
