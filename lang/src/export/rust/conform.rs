//! A definition or a step, and a function of Rust cells: the text of a crate that calls the function on inputs.
//!
//! Enters: inputs with what may come of each, as rows of numbers. Leaves: the text of a crate that calls a function on them,
//! catches its panics and loops, and names the first difference.

use super::call::{self, Call};
use super::flat::{Codec, READER};
use super::replay::DIFFERS;
use super::steps::{Method, Passed, Variable};
use super::{Module, ident, variables, write};
use crate::analysis::program::{DefId, Link, Message, Node, Program, Type};

/// What a function is called with, and what may come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The arguments of a definition, of those that are made once their numbers; of a step the state, then its parameters.
    pub given: Vec<i64>,
    /// The value, or the states with what is sent; empty: it has no value there, and anything is right.
    pub wanted: Vec<Vec<i64>>,
}

/// What a function is compared with.
#[derive(Debug, Clone)]
pub enum Subject {
    /// A definition: of its parameters, its value. By parameter, where there are any, the values that are made once and then
    /// copied ([`made_once`]): how often each is passed, and its row.
    Definition(DefId, Vec<Vec<(usize, Vec<i64>)>>),
    /// A step: it changes a state, and says what it sends.
    Step(Method),
}

/// The text of the crate's `lib.rs`: `pub fn conform(name, function)`; and of the cell that calls it with `code`. `whole`: which
/// inputs these are. The types are those of the crate `reconverge`.
pub fn comparing(
    program: &Program,
    subject: &Subject,
    (cases, whole): (&[Case], &str),
    code: &str,
) -> (String, Call) {
    let module = Module { program, prefix: prefix(program) };
    let mut codec = Codec::new(&module);
    let mut text = head();
    let mut data = String::new();
    for Case { given, wanted } in cases {
        row(&mut data, given);
        for one in wanted {
            data.push('|');
            row(&mut data, one);
        }
        data.push('\n');
    }
    data.pop();
    write(&mut text, format_args!("static DATA: &str = {data:?};\n"));
    let (name, params, judge, call): (&str, Vec<Passed>, String, Call) = match subject {
        Subject::Definition(id, values) => {
            let def = &program.defs[id.index()];
            let types = def.params.iter().map(|local| Passed::Value(program.locals[local.index()].ty));
            codec.write(def.ty, &mut text);
            codec.same(def.ty, &mut text);
            let judge =
                DEFINITION.replace("@RESULT@", &module.ty(def.ty)).replace("@OF@", &def.ty.0.to_string());
            inputs(&mut codec, *id, values, &mut text);
            (&def.name, types.collect(), judge, call::definition(&module, *id, code))
        }
        Subject::Step(method) => {
            states(&mut codec, &mut text);
            let judge = STEP.replace("@DIFFERENCE@", DIFFERENCE);
            (&method.name, method.params.clone(), judge, call::step(&module, method, code))
        }
    };
    let passed = arguments(&mut codec, &params, &mut text);
    let (mut taken, mut read) = (passed.read.clone(), passed.read);
    if let Subject::Definition(_, values) = subject {
        for (i, _) in values.iter().enumerate().filter(|(_, values)| !values.is_empty()) {
            let Passed::Value(ty) = params[i] else { continue };
            let plain = format!("let a{i} = read_{}(w);", ty.0);
            taken = taken.replace(&plain, &format!("let a{i} = inputs.p{i}.take(next_(w), make_{i});"));
            let row = format!("numbers(VALUES_{i}.split('\\n').nth(next_(w) as usize).expect(\"a value\"))");
            read = read.replace(&plain, &format!("let a{i} = read_{}(&mut &{row}[1..]);", ty.0));
        }
    }
    let judge = judge
        .replace("@TAKEN@", &taken)
        .replace("@READ@", &read)
        .replace("@ARGUMENTS@", &passed.names)
        .replace("@SHOWN@", &passed.shown)
        .replace("@PARAMETERS@", &passed.types);
    text.push_str(WATCH);
    text.push_str(&judge);
    text.push_str(CASES);
    let what = format!("`{name}` of {}", program.name);
    (fill(&text, program, &module).replace("@WHAT@", &what).replace("@WHOLE@", whole), call)
}

/// What is passed to a definition, as it is made while it is compared.
fn inputs(codec: &mut Codec<'_>, id: DefId, values: &[Vec<(usize, Vec<i64>)>], text: &mut String) {
    let (module, program) = (codec.module, codec.module.program);
    let (mut fields, mut made) = (String::new(), String::new());
    for (i, values) in values.iter().enumerate().filter(|(_, values)| !values.is_empty()) {
        let ty = program.locals[program.defs[id.index()].params[i].index()].ty;
        codec.write(ty, text);
        codec.again(ty, text);
        let mut data = String::new();
        for (times, value) in values {
            write(&mut data, format_args!("{times} "));
            row(&mut data, value);
            data.push('\n');
        }
        data.pop();
        let (of, number) = (module.ty(ty), ty.0);
        write(&mut fields, format_args!("pub p{i}: Values<{of}>, "));
        write(&mut made, format_args!("p{i}: Values::of(VALUES_{i}), "));
        write(
            text,
            format_args!(
                "static VALUES_{i}: &str = {data:?};\n\
                 fn make_{i}(first: Option<&{of}>, w: &mut &[i64]) -> {of} {{ match first {{ Some(v) => again_{number}(v, w), None => read_{number}(w) }} }}\n"
            ),
        );
    }
    write(
        text,
        format_args!(
            "pub struct Inputs {{ {fields} }}\npub fn inputs() -> Inputs {{ Inputs {{ {made} }} }}\n{VALUES}"
        ),
    );
}

pub(super) fn prefix(program: &Program) -> String {
    format!("::reconverge::{}::", ident(&program.name))
}

pub(super) fn head() -> String {
    format!(
        "//! Written by Reconverge: a mapping, to be compared with.\n#![allow(unused, non_snake_case, bindings_with_variant_name, clippy::all)]\n{READER}"
    )
}

/// Puts names in where a template has `@…@`.
pub(super) fn fill(text: &str, program: &Program, module: &Module<'_>) -> String {
    let mut text = text.to_string();
    for ours in ["State", "Sent", "Message", "Node"] {
        text = text.replace(&format!("@{ours}@"), &format!("{}{}", module.prefix, module.ours(ours)));
    }
    text.replace("@DIFFERS@", DIFFERS)
        .replace("@SYSTEM@", &program.name)
        .replace("@MODULE@", &ident(&program.name))
}

pub(super) fn row(text: &mut String, row: &[i64]) {
    for (i, number) in row.iter().enumerate() {
        write(text, format_args!("{}{number}", if i > 0 { " " } else { "" }));
    }
}

/// What a call is passed, as text.
pub(super) struct Arguments {
    /// `let a0 = read_3(w); …`
    pub read: String,
    /// `a0, a1`
    pub names: String,
    /// `show_3(&a0), …`
    pub shown: String,
    /// Types.
    pub types: String,
}

pub(super) fn arguments(codec: &mut Codec<'_>, params: &[Passed], text: &mut String) -> Arguments {
    let (mut read, mut shown, mut names, mut types) = (String::new(), Vec::new(), Vec::new(), Vec::new());
    for (i, param) in params.iter().enumerate() {
        names.push(format!("a{i}"));
        match param {
            Passed::Value(ty) => {
                codec.write(*ty, text);
                write(&mut read, format_args!("let a{i} = read_{}(w); ", ty.0));
                shown.push(format!("show_{}(&a{i})", ty.0));
                types.push(codec.module.ty(*ty));
            }
            Passed::Anyone => {
                write(&mut read, format_args!("let a{i} = read_node_(w); "));
                shown.push(format!("show_node_(&a{i})"));
                types.push("@Node@".to_string());
            }
        }
    }
    Arguments { read, names: names.join(", "), shown: shown.join(", "), types: types.join(", ") }
}

/// How states, nodes and what is sent are read, put into rows and shown.
pub(super) fn states(codec: &mut Codec<'_>, text: &mut String) {
    let (module, program) = (codec.module, codec.module.program);
    let all = variables(program);
    all.iter().for_each(|variable| codec.write(variable.ty, text));
    for message in &program.messages {
        if let Some(ty) = program.types.find(&Type::Record(message.record)) {
            codec.write(ty, text);
        }
    }
    nodes(module, text);
    sent(module, text);
    let each = |one: &dyn Fn(usize, &Variable) -> String| {
        all.iter().enumerate().map(|(i, v)| one(i, v)).collect::<Vec<_>>().join(" ")
    };
    let read = each(&|i, v| format!("let v{i} = read_{}(w);", v.ty.0));
    let parts = each(&|_, v| {
        format!("{{ let mut row = Vec::new(); put_{}(&s.{}, &mut row); all.push(row); }}", v.ty.0, v.place)
    });
    let shown = each(&|i, v| format!("{i} => format!(\"{{:?}}\", read_{}(w)),", v.ty.0));
    let paths = all.iter().map(|v| format!("{:?}", v.path)).collect::<Vec<_>>().join(", ");
    let ghosts = all.iter().map(|v| v.ghost.to_string()).collect::<Vec<_>>().join(", ");
    let (fields, forms, values) = literal(module, &all);
    let count = all.len();
    let members = members(program);
    write(
        text,
        format_args!(
            "static PATHS: [&str; {count}] = [{paths}];\nstatic GHOSTS: [bool; {count}] = [{ghosts}];\n\
             pub fn read_state_(w: &mut &[i64]) -> @State@ {{ {read} @State@ {{ {fields} others: Default::default() }} }}\n\
             /// The rows of the variables. Error: the state has not the members that it must have.\n\
             pub fn parts_(s: &@State@) -> Result<Vec<Vec<i64>>, String> {{ {members} let mut all = Vec::new(); {parts} Ok(all) }}\n\
             pub fn part_(i: usize, row: &[i64]) -> String {{ let w = &mut &row[..]; match i {{ {shown} _ => String::new() }} }}\n\
             pub fn show_state_(s: &@State@) -> String {{ format!(\"{} {{{{ {forms} others: Default::default() }}}}\"{values}) }}\n",
            module.ours("State"),
        ),
    );
}

/// Code may put other lists into a state than there are nodes.
fn members(program: &Program) -> String {
    let check = |node: &Node| {
        let (kind, count) = (ident(&node.name), node.count);
        format!(
            "if s.{kind}.len() != {count} {{ return Err(format!(\"leaves {{}} in `state.{kind}`, where {} has {count}\", s.{kind}.len())); }} ",
            program.name
        )
    };
    program.nodes.iter().map(check).collect()
}

/// The fields of a state: as an expression over `v0`, `v1`, …; as a format, and what is put into it.
pub(super) fn literal(module: &Module<'_>, all: &[Variable]) -> (String, String, String) {
    let program = module.program;
    let (mut fields, mut forms, mut values, mut next) = (String::new(), String::new(), String::new(), 0);
    let mut field = |fields: &mut String, forms: &mut String, name: &str| {
        let v = &all[next];
        write(fields, format_args!("{name}: v{next}, "));
        write(forms, format_args!("{name}: {{}}, "));
        write(&mut values, format_args!(", show_{}(&s.{})", v.ty.0, v.place));
        next += 1;
    };
    for state in program.states.iter().filter(|s| s.time.is_none()) {
        field(&mut fields, &mut forms, &ident(&state.name));
    }
    for node in &program.nodes {
        let (kind, of) = (ident(&node.name), module.fields_of(&node.name));
        write(&mut fields, format_args!("{kind}: vec!["));
        write(&mut forms, format_args!("{kind}: vec!["));
        for _ in 0..node.count {
            write(&mut fields, format_args!("{}{of} {{ ", module.prefix));
            write(&mut forms, format_args!("{of} {{{{ "));
            for id in &node.fields {
                let declared = &program.node_fields[id.index()];
                if declared.time.is_none() {
                    field(&mut fields, &mut forms, &ident(&declared.name));
                }
            }
            fields.push_str("}, ");
            forms.push_str("}}, ");
        }
        fields.push_str("], ");
        forms.push_str("], ");
    }
    (fields, forms, values)
}

/// A node by its number among all.
fn nodes(module: &Module<'_>, text: &mut String) {
    let (mut read, mut put, mut first) = (String::new(), String::new(), 0);
    for node in &module.program.nodes {
        let kind = ident(&node.name);
        let end = first + node.count;
        write(
            &mut read,
            format_args!("{first}..{end} => @Node@::{kind}({}{kind}::ALL[i - {first}]), ", module.prefix),
        );
        write(
            &mut put,
            format_args!(
                "@Node@::{kind}(n) => {first} + {}{kind}::ALL.iter().position(|x| x == n).unwrap_or(0) as i64, ",
                module.prefix
            ),
        );
        first = end;
    }
    // A range of none is refused.
    let read = if first == 0 { String::new() } else { read };
    write(
        text,
        format_args!(
            "pub fn read_node_(w: &mut &[i64]) -> @Node@ {{ let i = next_(w) as usize; match i {{ {read} _ => panic!(\"no such node\") }} }}\n\
             pub fn put_node_(n: &@Node@) -> i64 {{ match *n {{ {} }} }}\n\
             pub fn show_node_(n: &@Node@) -> String {{ match *n {{ {} }} }}\n",
            put.replace("(n) =>", "(ref n) =>"),
            module
                .program
                .nodes
                .iter()
                .map(|n| format!("@Node@::{0}(ref n) => format!(\"{0}::{{n:?}}.into()\"), ", ident(&n.name)))
                .collect::<String>(),
        ),
    );
}

/// Messages with whom they are for.
fn sent(module: &Module<'_>, text: &mut String) {
    let program = module.program;
    let (mut read, mut put) = (String::new(), String::new());
    for (i, message) in program.messages.iter().enumerate() {
        let Some(ty) = program.types.find(&Type::Record(message.record)) else { continue };
        let name = ident(&message.name);
        write(&mut read, format_args!("{i} => @Message@::{name}(read_{}(w)), ", ty.0));
        write(
            &mut put,
            format_args!("@Message@::{name}(ref m) => {{ row.push({i}); put_{}(m, &mut row); }} ", ty.0),
        );
    }
    let ordered = program.messages.iter().map(|message| match carried(program, message) {
        Some(link) => format!("Some({link})"),
        None => "None".to_string(),
    });
    let ordered = ordered.collect::<Vec<_>>().join(", ");
    write(
        text,
        format_args!(
            "pub fn read_sent_(w: &mut &[i64]) -> Vec<@Sent@> {{ (0..next_(w)).map(|_| {{ let message = match next_(w) {{ {read} _ => panic!(\"no such message\") }}; \
             @Sent@ {{ message, to: read_node_(w) }} }}).collect() }}\n\
             /// By message: the link that keeps it behind what was sent before, if there is one.\n\
             static ORDERED: &[Option<i64>] = &[{ordered}];\n\
             /// A row for each, sorted: what is sent in one step has no order, but on an ordered link to the same node.\n\
             pub fn sent_(all: &[@Sent@]) -> Vec<Vec<i64>> {{ let mut rows: Vec<Vec<i64>> = all.iter().map(|s| {{ let mut row = Vec::new(); match s.message {{ {put} }} \
             row.push(put_node_(&s.to)); row }}).collect(); \
             rows.sort_by_cached_key(|row| match ORDERED[row[0] as usize] {{ Some(link) => vec![-1, link, row[row.len() - 1]], None => row.clone() }}); rows }}\n"
        ),
    );
}

/// The number of the ordered link that carries a message; `None`: others do, too, or it is not ordered.
fn carried(program: &Program, message: &Message) -> Option<usize> {
    let id = program.messages.iter().position(|known| known.name == message.name)?;
    let carries = |link: &Link| !link.shadow && link.messages.iter().any(|known| known.index() == id);
    let mut links = program.links.iter().enumerate().filter(|(_, link)| carries(link));
    let (at, link) = links.next()?;
    (link.ordered && links.next().is_none()).then_some(at)
}

/// Runs what calls foreign code on a thread of its own, which is watched.
pub(super) const WATCH: &str = include_str!("watch.template");

/// One case after the other, until the first that differs.
const CASES: &str = include_str!("cases.template");

const DEFINITION: &str = r#"
fn call(name: &str, given: &[i64]) -> String {
    let w = &mut &given[..];
    @READ@
    let arguments: Vec<String> = vec![@SHOWN@];
    format!("{name}({})", arguments.join(", "))
}

/// What is wrong with what the function does on an input.
fn judge<F: Fn(@PARAMETERS@) -> @RESULT@>(function: &F, case: &[Vec<i64>], inputs: &mut Inputs) -> Option<String> {
    let w = &mut &case[0][..];
    @TAKEN@
    let made = caught(|| function(@ARGUMENTS@));
    // Where the definition has no value, anything is right.
    let right = case.get(1)?;
    let made = match made { Ok(made) => made, Err(wrong) => return Some(wrong) };
    (!same_@OF@(&made, &mut &right[..])).then(|| format!("gives {}, {WHAT} is {}", short_(format!("{made:?}")), short_(format!("{:?}", read_@OF@(&mut &right[..])))))
}

/// Calls the function on every input; the first on which it does something else than the definition is shown.
pub fn conform<F: Fn(@PARAMETERS@) -> @RESULT@ + Send + 'static>(name: &'static str, function: F) {
    each(name, inputs, move |case, inputs| judge(&function, case, inputs));
}
"#;

/// Values that are passed several times.
const VALUES: &str = r#"
struct Value<T> {
    /// How often it is still passed.
    left: i64,
    row: Vec<i64>,
    made: Option<T>,
}

/// All that one parameter is passed, of which each is made once, when it is passed first.
pub struct Values<T> { first: Option<T>, all: Vec<Value<T>> }
impl<T: Clone> Values<T> {
    fn of(text: &str) -> Values<T> {
        let all = text.split('\n').map(|line| {
            let mut row = numbers(line);
            Value { left: row.remove(0), row, made: None }
        });
        Values { first: None, all: all.collect() }
    }

    /// `make`: from its row, beside the first that was made.
    fn take(&mut self, at: i64, make: impl Fn(Option<&T>, &mut &[i64]) -> T) -> T {
        let Values { first, all } = self;
        let value = &mut all[at as usize];
        value.left -= 1;
        if let Some(made) = &value.made {
            // The last one is given away.
            return if value.left > 0 { made.clone() } else { value.made.take().expect("it was made") };
        }
        let made = make(first.as_ref(), &mut &value.row[..]);
        if first.is_none() { *first = Some(made.clone()); }
        if value.left > 0 { value.made = Some(made.clone()); }
        made
    }
}
"#;

/// What a state and what is sent are otherwise, in a few words.
pub(super) const DIFFERENCE: &str = r#"
/// What was done, and what may be done, as rows.
type Done = (Vec<Vec<i64>>, Vec<Vec<i64>>);

fn differing(one: &Done, other: &Done) -> Vec<usize> {
    (0..PATHS.len()).filter(|i| !GHOSTS[*i] && one.0[*i] != other.0[*i]).collect()
}

fn sent_words(rows: &[Vec<i64>]) -> String {
    let read = |row: &Vec<i64>| { let row = [&[1][..], &row[..]].concat(); format!("{:?}", read_sent_(&mut &row[..])[0]) };
    let all: Vec<String> = rows.iter().map(read).collect();
    if all.is_empty() { "nothing".to_string() } else { all.join(", ") }
}

/// What else may be, of so many.
fn others(all: usize) -> String {
    match all { 0 | 1 => String::new(), 2 => " (or the other)".to_string(), all => format!(" (or one of {} others)", all - 1) }
}

/// `None`: it is one of those that may be.
fn difference(got: &Done, may: &[&Done]) -> Option<String> {
    let near = may.iter().min_by_key(|one| differing(one, got).len() + (one.1 != got.1) as usize)?;
    let paths = differing(near, got);
    if paths.is_empty() && near.1 == got.1 { return None; }
    let choices = others(may.len());
    let more = |n: usize| if n > 1 { format!(" ({} more variables differ)", n - 1) } else { String::new() };
    Some(match paths.first() {
        Some(i) => format!("makes {} {}, {WHAT} makes it {}{choices}{}", PATHS[*i], short_(part_(*i, &got.0[*i])), short_(part_(*i, &near.0[*i])), more(paths.len())),
        None => format!("sends {}, {WHAT} sends {}{choices}", sent_words(&got.1), sent_words(&near.1)),
    })
}
"#;

const STEP: &str = r#"
@DIFFERENCE@
fn call(name: &str, given: &[i64]) -> String {
    let w = &mut &given[..];
    let state = read_state_(w);
    @READ@
    let arguments: Vec<String> = vec![@SHOWN@];
    let passed = arguments.iter().map(|a| format!(", {a}")).collect::<String>();
    format!("let mut state = {};\n    let sent = {name}(&mut state{passed});\n    (state, sent)", show_state_(&state))
}

/// Calls the function on every input; the first on which it does something else than the step is shown.
pub fn conform<F: Fn(&mut @State@, @PARAMETERS@) -> Vec<@Sent@> + Send + 'static>(name: &'static str, function: F) {
    each(name, || (), move |case, ()| {
        let w = &mut &case[0][..];
        let mut state = read_state_(w);
        @READ@
        let sent = match caught(|| function(&mut state, @ARGUMENTS@)) { Ok(sent) => sent, Err(wrong) => return Some(wrong) };
        let got = match parts_(&state) {
            Ok(parts) => (parts, sent_(&sent)),
            Err(wrong) => return Some(wrong),
        };
        let may: Vec<Done> = case[1..].iter().map(|row| {
            let w = &mut &row[..];
            (parts_(&read_state_(w)).expect("a state of the mapping"), sent_(&read_sent_(w)))
        }).collect();
        difference(&got, &may.iter().collect::<Vec<_>>())
    });
}
"#;
