//! Types meet values: what the analysis types, the model computes, and the value lies in the type.

use super::support::{Notebook, show};
use reconverge_lang::analysis::expression;
use reconverge_lang::analysis::program::{Program, Type};
use reconverge_lang::engine::machine::Machine;
use reconverge_lang::model::{BuildOptions, Model};
use reconverge_lang::syntax::parse;
use reconverge_lang::syntax::tree::{CommandKind, Expr, Item};
use reconverge_lang::value::Value;

const STATE: &str = "system A { enum V { a, b } record Entry { epoch: 0..2, value: V }
    node Broker[3] { log: list<Entry, 2> = [Entry { value: a, epoch: 1 }] leads: 0..2? = none }
    state n: 0..3 = 1 state lead: Broker? = none state isr: set<Broker> = Broker
    state m: map<V -> 0..3> = { V -> 0, a -> 2 } state q: bag<V, 3> = {b, a, a} state s: set<0..3> = {1, 2}
    state wide: list<0..9, 5> = [1, 2] state k: map<0..2 -> V?> = { 0 -> a, 2 -> none, 1 -> b }
    state low: -5..-1 = -3 ghost seen: set<Entry> = {}
    def sq(x: 0..3): 0..9 = x * x }";

/// A model and its only initial state.
struct World {
    notebook: Notebook,
    program: Program,
    model: Model,
    state: Vec<u64>,
}

impl World {
    fn new() -> World {
        let mut notebook = Notebook::default();
        notebook.expect("1", STATE, &[]);
        let program = notebook.program("A");
        let model = Model::build(&program, Vec::new(), &BuildOptions::default()).expect("builds");
        let mut state = Vec::new();
        model.initial(&mut model.scratch(), &mut |found| {
            state = found.expect("no trap").to_vec();
            true
        });
        World { notebook, program, model, state }
    }

    #[track_caller]
    fn tree(&mut self, text: &str) -> Expr {
        let source = self.notebook.sources.add("e", text);
        let (cell, diagnostics) = parse(source, text);
        assert!(diagnostics.is_empty(), "{text}: {:?}", show(&diagnostics, &self.notebook.sources));
        match cell.items.into_iter().next() {
            Some(Item::Command(c)) => match c.kind {
                CommandKind::Expression(e) => e,
                other => panic!("{text}: {other:?}"),
            },
            other => panic!("{text}: {other:?}"),
        }
    }

    /// Its value, or the trap in words; the bounds of its type, where it is an integer.
    #[track_caller]
    fn value(&mut self, text: &str) -> (Result<Value, String>, Option<(i64, i64)>) {
        let tree = self.tree(text);
        let mut program = self.program.clone();
        let (typed, diagnostics) = expression(&mut program, &tree);
        let e = typed.unwrap_or_else(|| panic!("{text}: {:?}", show(&diagnostics, &self.notebook.sources)));
        let bounds = match program.types.get(e.ty) {
            Type::Int { lo, hi } => Some((*lo, *hi)),
            _ => None,
        };
        let compiled =
            self.model.compile_expr(&program, &e).unwrap_or_else(|d| panic!("{text}: {}", d.message));
        let value = self.model.eval(&program, &compiled, None, &self.state);
        (value.map_err(|trap| compiled.trap(trap).code.0.code.to_owned()), bounds)
    }
}

#[test]
fn values_of_typed_expressions() {
    let mut world = World::new();
    for (text, expected) in [
        ("{1, 5} + {2}", "{1, 2, 5}"),
        ("7 not in s and 1 in s", "true"),
        ("s <= 0..9 and {1, 2, 8} >= s", "true"),
        ("wide == [1, 2] and [1, 2, 3][..2] == wide", "true"),
        ("lead in isr or lead != none", "false"),
        ("{none, broker1} == {lead, broker1}", "true"),
        ("q", "{a, a, b}"),
        ("len(q) == 3 and a in q and q == {b, a, a} and q != {a, b}", "true"),
        ("m == { a -> 2, b -> 0 }", "true"),
        ("m[a] + m[b]", "2"),
        ("k", "{0 -> a, 1 -> b, 2 -> none}"),
        ("k[0] == a and k[2] == none", "true"),
        ("sq(n + 1)", "4"),
        ("(n - 4) / 2", "-2"),
        ("(n - 3) % 3", "1"),
        ("low / 2", "-2"),
        ("low % (n + 1)", "1"),
        ("n % low", "-2"),
        ("-low", "3"),
        ("abs(low)", "3"),
        ("{b.log for b in Broker}", "{[Entry { epoch: 1, value: a }]}"),
        ("[x * 2 for x in s]", "[2, 4]"),
        ("common_prefix(broker1.log, broker2.log + broker3.log) == broker1.log", "true"),
        ("let z = n + 1 in z * z", "4"),
        ("sum x in 1..n + 2: x", "6"),
        ("max x in s: x", "2"),
        ("{x for x in 0..9 where x % 3 == n}", "{1, 4, 7}"),
        ("majority(isr) and majority({broker1, broker2}) and not majority({broker1})", "true"),
        ("count b in Broker where b.leads == none", "3"),
        ("elements(wide) == {1, 2} and indices(wide) == 0..1", "true"),
        ("first(wide) + last(wide)", "3"),
        ("if n > 0 then lead else broker1", "none"),
        ("{V -> none, a -> broker1}", "{a -> broker1, b -> none}"),
        ("s - {2, 9}", "{1}"),
        ("s & {2, 77}", "{2}"),
        ("[[1], [2, 3]] == [wide[..1], [2, 3]]", "true"),
        ("{Entry { epoch: 2, value: b }} + seen", "{Entry { epoch: 2, value: b }}"),
        ("broker1.log[0].value", "a"),
        ("some b in isr: b.leads == 1 or b.log == []", "false"),
    ] {
        let (value, _) = world.value(text);
        assert_eq!(value.map(|v| v.to_string()), Ok(expected.to_owned()), "{text}");
    }
}

#[test]
fn what_has_no_value_traps() {
    let mut world = World::new();
    for text in [
        "n / (n - 1)",
        "wide[n + 4]",
        "lead.log",
        "first(wide[2..])",
        "min x in {y for y in s where y > 7}: x",
        "sq(n + 3)",
    ] {
        let (value, _) = world.value(text);
        assert!(value.as_ref().is_err_and(|code| code.starts_with("E07")), "{text}: {value:?}");
    }
}

/// Deterministic: a linear congruential generator (Knuth's constants).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn integer(&mut self, depth: u32) -> String {
        if depth == 0 {
            return ["n", "low", "3", "-2", "m[a]", "m[b]", "len(wide)", "wide[0]", "0"][self.below(9)]
                .to_owned();
        }
        let d = depth - 1;
        match self.below(12) {
            0 => format!("({} + {})", self.integer(d), self.integer(d)),
            1 => format!("({} - {})", self.integer(d), self.integer(d)),
            2 => format!("({} * {})", self.integer(d), self.integer(d)),
            3 => format!("({} / {})", self.integer(d), self.integer(d)),
            4 => format!("({} % {})", self.integer(d), self.integer(d)),
            5 => format!("abs({})", self.integer(d)),
            6 => format!("min({}, {})", self.integer(d), self.integer(d)),
            7 => format!("max({}, {})", self.integer(d), self.integer(d)),
            8 => format!(
                "(if {} < {} then {} else {})",
                self.integer(0),
                self.integer(0),
                self.integer(d),
                self.integer(d)
            ),
            9 => format!("(sum x in s: x * {})", self.integer(0)),
            10 => format!("(-{})", self.integer(d)),
            _ => format!("(let z = {} in z + {})", self.integer(d), self.integer(0)),
        }
    }
}

#[test]
fn values_lie_in_the_intervals_of_their_types() {
    let (mut world, mut random) = (World::new(), Random(7));
    let mut valued = 0;
    for round in 0..1500 {
        let text = random.integer(1 + round % 4);
        match world.value(&text) {
            (Ok(Value::Int(n)), Some((lo, hi))) => {
                assert!((lo..=hi).contains(&n), "{text} = {n}, typed {lo}..{hi}");
                valued += 1;
            }
            (Err(_), _) => {}
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(valued > 700, "most have a value: {valued}");
}

const ATOMS: &[&str] = &[
    "lead",
    "isr",
    "Broker",
    "none",
    "{}",
    "[]",
    "1",
    "low",
    "n",
    "a",
    "V",
    "broker1",
    "m",
    "k",
    "q",
    "s",
    "wide",
    "seen",
    "broker1.log",
    "broker2.leads",
    "Entry { epoch: n, value: b }",
    "{1, 7}",
    "[4]",
    "k[1]",
    "true",
];
const SHAPES: &[&str] = &[
    "X == Y",
    "X != Y",
    "X in Y",
    "X + Y",
    "X - Y",
    "X & Y",
    "X <= Y",
    "X < Y",
    "X[Y]",
    "X[Y..]",
    "X[..Y]",
    "{X, Y}",
    "[X, Y]",
    "{x for x in X where x != Y}",
    "[Y for x in X]",
    "all x in X: x == Y",
    "len(X) + Y",
    "is_prefix(X, Y)",
    "common_prefix(X, Y)",
    "elements(X) == Y",
    "{V -> X, a -> Y}",
    "if n > 0 then X else Y",
    "let z = X in z == Y",
    "max x in X: Y",
    "count x in X where x in Y",
    "{X} + {Y}",
    "[X] + [Y]",
    "{[X], [Y]}",
    "first(X) == Y",
    "majority(X) or Y",
];
const PLACES: &[&str] = &[
    "n",
    "low",
    "lead",
    "isr",
    "m",
    "m[a]",
    "q",
    "s",
    "wide",
    "wide[0]",
    "k",
    "k[1]",
    "broker1.log",
    "b.leads",
    "b.log[0].epoch",
    "seen",
];
const ASSIGNED: &[&str] = &[
    "none",
    "{}",
    "[]",
    "1",
    "-low",
    "n + 3",
    "a",
    "b",
    "isr - {broker1}",
    "{V -> 1}",
    "wide[..1] + [9]",
    "wide + wide",
    "{Entry { epoch: n, value: a }}",
    "b.log",
    "b.log + b.log",
    "{a}",
    "{b2 for b2 in Broker where b2.up}",
    "k[0]",
    "m",
    "if n == 1 then none else b",
    "true",
    "s + {9}",
];

/// Every shape with every pair of parts that types: the model computes it without a panic, and what is a set, list or
/// map by its type is one by its value.
#[test]
fn what_types_also_runs() {
    let mut world = World::new();
    let (mut typed, mut valued) = (0, 0);
    for shape in SHAPES {
        for x in ATOMS {
            for y in ATOMS {
                let text = shape.replace('X', &format!("({x})")).replace('Y', &format!("({y})"));
                let tree = world.tree(&text);
                let mut program = world.program.clone();
                let Some(e) = expression(&mut program, &tree).0 else { continue };
                typed += 1;
                let compiled = world
                    .model
                    .compile_expr(&program, &e)
                    .unwrap_or_else(|d| panic!("{text}: {}", d.message));
                let Ok(value) = world.model.eval(&program, &compiled, None, &world.state) else { continue };
                valued += 1;
                let ty = program.types.get(program.types.inner(e.ty));
                let fits = match (&value, ty) {
                    (Value::Int(n), Type::Int { lo, hi }) => lo <= n && n <= hi,
                    (Value::List(items), Type::List { max, .. })
                    | (Value::Bag(items), Type::Bag { max, .. }) => items.len() <= *max as usize,
                    (Value::None, _) => matches!(program.types.get(e.ty), Type::Option(_)),
                    (Value::Bool(_), Type::Bool)
                    | (Value::Set(_), Type::Set(_))
                    | (Value::Map(_), Type::Map { .. }) => true,
                    (Value::Name(_), Type::Enum(_) | Type::Node(_))
                    | (Value::Record(..), Type::Record(_)) => true,
                    _ => false,
                };
                assert!(fits, "{text} = {value}: {}", program.types.name(e.ty, &program));
            }
        }
    }
    assert!(typed > 1400 && valued > 1200, "{typed} typed, {valued} with a value");
}

/// Every assignment that types can be taken, and what it leaves is a value of the place's type.
#[test]
fn assignments_that_type_also_run() {
    let mut ran = 0;
    for place in PLACES {
        for value in ASSIGNED {
            let text = format!("{} {{ action go at b in Broker {{ {place} := {value} }} }}", "extend A");
            let mut n = Notebook::default();
            n.expect("1", STATE, &[]);
            // `b` is a variant too: inside the action it is the node.
            if n.run("2", &text).is_error() {
                continue;
            }
            let program = n.program("A");
            let model = Model::build(&program, Vec::new(), &BuildOptions::default())
                .unwrap_or_else(|d| panic!("{text}: {}", d[0].message));
            let mut scratch = model.scratch();
            let mut state = Vec::new();
            model.initial(&mut scratch, &mut |found| {
                state = found.expect("no trap").to_vec();
                true
            });
            let mut taken = 0;
            model.expand(&mut scratch, &state, |_, next| {
                taken += 1;
                if let Ok(next) = next {
                    assert_eq!(next.state.len(), state.len());
                }
            });
            assert!(taken >= 1, "{text}");
            ran += 1;
        }
    }
    assert!(ran > 50, "{ran}");
}
