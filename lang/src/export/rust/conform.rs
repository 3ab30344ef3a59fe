//! A definition as a table that Rust compares a function with.
//!
//! Enters: what a definition comes to on some of its inputs, as numbers. Leaves: the text of a crate that calls a function on
//! them, catches its panics and loops, and names the first difference.

use super::domain::Domain;
use super::{Module, ident, write};
use crate::analysis::program::{DefId, Program, Type, TypeId};
use std::collections::BTreeSet;

/// What a definition comes to.
#[derive(Debug, Clone)]
pub struct Table {
    /// Of which program.
    pub def: DefId,
    /// The numbers of inputs: each of all parameters together, the first the lowest digit.
    pub inputs: Vec<u64>,
    /// All inputs there are.
    pub all: u64,
    /// The number of what it comes to; `None`: it has no value there.
    pub expected: Vec<Option<u64>>,
}

/// The text of the crate's `lib.rs`: `pub fn conform(name, function)`. The types are those of the crate `reconverge`.
pub fn conforming(program: &Program, table: &Table) -> String {
    let module = Module { program, serde: false };
    let codec = Codec { module: &module, domain: Domain::new(program) };
    let def = &program.defs[table.def.index()];
    let types: Vec<TypeId> = def.params.iter().map(|local| program.locals[local.index()].ty).collect();
    let mut text = format!(
        "//! Written by Reconverge: a definition, to be compared with.\n\
         #![allow(unused, non_snake_case, clippy::all)]\nuse reconverge::{}::*;\n",
        ident(&program.name)
    );
    let mut known = BTreeSet::new();
    for ty in types.iter().copied().chain([def.ty]) {
        codec.write(ty, &mut known, &mut text);
    }
    let numbers = |list: &mut dyn Iterator<Item = String>| list.collect::<Vec<_>>().join(",");
    let inputs = numbers(&mut table.inputs.iter().map(u64::to_string));
    let expected = numbers(&mut table.expected.iter().map(|e| e.unwrap_or(u64::MAX).to_string()));
    let count = table.inputs.len();
    write(
        &mut text,
        format_args!(
            "static INPUTS: [u64; {count}] = [{inputs}];\nstatic EXPECTED: [u64; {count}] = [{expected}];\n"
        ),
    );
    let arguments: Vec<String> = (0..types.len()).map(|i| format!("a{i}")).collect();
    let mut decode = String::new();
    for (argument, ty) in arguments.iter().zip(&types) {
        let size = codec.size(*ty);
        write(
            &mut decode,
            format_args!("let {argument} = nth_{0}(number % {size}); number /= {size}; ", ty.0),
        );
    }
    let shown: Vec<String> =
        arguments.iter().zip(&types).map(|(a, ty)| format!("show_{}(&{a})", ty.0)).collect();
    let parameters = types.iter().map(|ty| module.ty(*ty)).collect::<Vec<_>>().join(", ");
    let whole = if table.inputs.len() as u64 == table.all {
        format!("all {count} inputs")
    } else {
        format!("{count} of {} inputs, spread over all of them", table.all)
    };
    text.push_str(
        &TEMPLATE
            .replace("@PARAMETERS@", &parameters)
            .replace("@RESULT@", &module.ty(def.ty))
            .replace("@DECODE@", &decode)
            .replace("@ARGUMENTS@", &arguments.join(", "))
            .replace(
                "@CLONES@",
                &arguments.iter().map(|a| format!("{a}.clone()")).collect::<Vec<_>>().join(", "),
            )
            .replace("@SHOWN@", &shown.join(", "))
            .replace("@OF@", &def.ty.0.to_string())
            .replace("@DEF@", &def.name)
            .replace("@SYSTEM@", &program.name)
            .replace("@WHOLE@", &whole),
    );
    text
}

/// Names in `@…@` are put in. The function runs on a thread of its own, which is watched.
const TEMPLATE: &str = r#"
const WHAT: &str = "`@DEF@` of @SYSTEM@";
/// Seconds that one call may take.
const PATIENCE: u64 = 10;

fn call(name: &str, number: u64) -> ::std::string::String {
    let mut number = number;
    @DECODE@
    let arguments: ::std::vec::Vec<::std::string::String> = ::std::vec![@SHOWN@];
    ::std::format!("%%rust\nuse reconverge::@SYSTEM@::*;\n{name}({})", arguments.join(", "))
}

/// Calls the function on every input; what it does otherwise than the definition is a panic with the first of those inputs.
pub fn conform<F: Fn(@PARAMETERS@) -> @RESULT@ + Send + 'static>(name: &'static str, function: F) {
    use ::std::sync::atomic::{AtomicUsize, Ordering};
    let at = ::std::sync::Arc::new(AtomicUsize::new(0));
    let (sender, ended) = ::std::sync::mpsc::channel();
    let here = at.clone();
    ::std::thread::spawn(move || {
        for (index, input) in INPUTS.iter().copied().enumerate() {
            here.store(index, Ordering::Relaxed);
            let mut number = input;
            @DECODE@
            let made = ::std::panic::catch_unwind(::std::panic::AssertUnwindSafe(|| function(@ARGUMENTS@)));
            let expected = EXPECTED[index];
            let wrong = match made {
                Err(_) => ::std::option::Option::Some("panics".to_string()),
                Ok(made) if expected != u64::MAX && number_@OF@(&made) != ::std::option::Option::Some(expected) => {
                    ::std::option::Option::Some(::std::format!("gives {}, {WHAT} is {}", show_@OF@(&made), show_@OF@(&nth_@OF@(expected))))
                }
                Ok(_) => ::std::option::Option::None,
            };
            if let ::std::option::Option::Some(wrong) = wrong {
                let _ = sender.send(::std::option::Option::Some((index, wrong)));
                return;
            }
        }
        let _ = sender.send(::std::option::Option::None);
    });
    let (mut seen, mut seconds) = (0, 0);
    loop {
        match ended.recv_timeout(::std::time::Duration::from_secs(1)) {
            Ok(::std::option::Option::None) => {
                let without = EXPECTED.iter().filter(|e| **e == u64::MAX).count();
                let without = if without > 0 { ::std::format!(" ({without} of them have no value there)") } else { ::std::string::String::new() };
                ::std::println!("{name} does what {WHAT} says: @WHOLE@{without}");
                return;
            }
            Ok(::std::option::Option::Some((index, wrong))) => {
                ::std::panic!("{name} {wrong}, at input {} of {}; as a cell:\n{}", index + 1, INPUTS.len(), call(name, INPUTS[index]))
            }
            Err(::std::sync::mpsc::RecvTimeoutError::Disconnected) => ::std::panic!("{name} ended its thread"),
            Err(::std::sync::mpsc::RecvTimeoutError::Timeout) => {
                let now = at.load(Ordering::Relaxed);
                (seen, seconds) = if now == seen { (seen, seconds + 1) } else { (now, 0) };
                if seconds >= PATIENCE {
                    ::std::eprintln!("{name} does not come back within {PATIENCE} s, at input {} of {}; as a cell:\n{}", now + 1, INPUTS.len(), call(name, INPUTS[now]));
                    // Nothing else ends a thread that loops.
                    ::std::process::exit(101);
                }
            }
        }
    }
}
"#;

const SOME: &str = "::std::option::Option::Some";
const LIST: &str = "collect::<::std::vec::Vec<_>>().join(\", \")";

struct Codec<'m> {
    module: &'m Module<'m>,
    domain: Domain<'m>,
}

impl Codec<'_> {
    /// Every type in use was counted.
    fn size(&self, ty: TypeId) -> u64 {
        self.domain.size(ty).unwrap_or(1).max(1)
    }

    /// The three functions of a type, after those of the types in it.
    fn write(&self, id: TypeId, known: &mut BTreeSet<TypeId>, text: &mut String) {
        if !known.insert(id) {
            return;
        }
        let p = self.module.program;
        let inner: Vec<TypeId> = match p.types.get(id) {
            Type::Option(inner) | Type::Set(inner) | Type::List { element: inner, .. } => vec![*inner],
            Type::Map { key, value } => vec![*key, *value],
            Type::Record(id) => p.records[id.index()].fields.iter().map(|(_, ty)| *ty).collect(),
            Type::Bool
            | Type::Int { .. }
            | Type::Enum(_)
            | Type::Node(_)
            | Type::Bag { .. }
            | Type::Error => Vec::new(),
        };
        for ty in inner {
            self.write(ty, known, text);
        }
        let (name, ty, code) = (id.0, self.module.ty(id), self.code(id));
        write(
            text,
            format_args!(
                "fn nth_{name}(mut i: u64) -> {ty} {{ {} }}\n\
                 fn number_{name}(v: &{ty}) -> ::std::option::Option<u64> {{ {} }}\n\
                 fn show_{name}(v: &{ty}) -> ::std::string::String {{ {} }}\n",
                code.nth, code.number, code.show
            ),
        );
    }

    fn code(&self, id: TypeId) -> Code {
        let p = self.module.program;
        match p.types.get(id) {
            Type::Bool => Code::new("i == 1", &format!("{SOME}(*v as u64)"), "v.to_string()"),
            Type::Int { lo, hi } => Code::new(
                &format!("({lo}) + i as i64"),
                &format!("(({lo})..=({hi})).contains(v).then(|| (*v - ({lo})) as u64)"),
                "v.to_string()",
            ),
            Type::Enum(_) | Type::Node(_) => {
                let name = self.module.ty(id);
                Code::new(
                    &format!("{name}::ALL[i as usize]"),
                    &format!("{name}::ALL.iter().position(|x| x == v).map(|x| x as u64)"),
                    &format!("::std::format!(\"{name}::{{v:?}}\")"),
                )
            }
            Type::Option(t) => Code::new(
                &format!("if i == 0 {{ None }} else {{ {SOME}(nth_{0}(i - 1)) }}", t.0),
                &format!("match v {{ None => {SOME}(0), {SOME}(v) => {SOME}(number_{0}(v)? + 1) }}", t.0),
                &format!(
                    "match v {{ None => \"None\".into(), {SOME}(v) => ::std::format!(\"Some({{}})\", show_{0}(v)) }}",
                    t.0
                ),
            ),
            Type::Record(record) => self.record(&p.records[record.index()].fields, &self.module.ty(id)),
            Type::Set(t) => Code::new(
                &format!("(0..{}).filter(|b| i >> b & 1 == 1).map(nth_{}).collect()", self.size(*t), t.0),
                &format!("v.iter().try_fold(0, |all, x| {SOME}(all | 1 << number_{}(x)?))", t.0),
                &format!(
                    "::std::format!(\"std::collections::BTreeSet::from([{{}}])\", v.iter().map(show_{}).{LIST})",
                    t.0
                ),
            ),
            Type::List { element, max } => self.list(*element, *max),
            Type::Map { key, value } => self.map(*key, *value),
            Type::Bag { .. } | Type::Error => {
                Code::new("::std::unreachable!()", "None", "::std::string::String::new()")
            }
        }
    }

    fn list(&self, t: TypeId, max: u32) -> Code {
        let size = self.size(t);
        Code::new(
            &format!(
                "let (mut n, mut c) = (0, 1u64); while i >= c {{ i -= c; c *= {size}; n += 1; }} \
                 (0..n).map(|_| {{ let x = nth_{}(i % {size}); i /= {size}; x }}).collect()",
                t.0
            ),
            &format!(
                "if v.len() > {max} {{ return None; }} let s: u64 = (0..v.len() as u32).map(|n| {size}u64.pow(n)).sum(); \
                 {SOME}(s + v.iter().rev().try_fold(0, |all, x| {SOME}(all * {size} + number_{}(x)?))?)",
                t.0
            ),
            &format!("::std::format!(\"vec![{{}}]\", v.iter().map(show_{}).{LIST})", t.0),
        )
    }

    fn map(&self, key: TypeId, value: TypeId) -> Code {
        let (keys, values) = (self.size(key), self.size(value));
        Code::new(
            &format!(
                "(0..{keys}).map(|k| {{ let x = nth_{}(i % {values}); i /= {values}; (nth_{}(k), x) }}).collect()",
                value.0, key.0
            ),
            &format!(
                "if v.len() != {keys} {{ return None; }} (0..{keys}).rev().try_fold(0, |all, k| \
                 {SOME}(all * {values} + number_{}(v.get(&nth_{}(k))?)?))",
                value.0, key.0
            ),
            &format!(
                "::std::format!(\"std::collections::BTreeMap::from([{{}}])\", v.iter().map(|(k, x)| \
                 ::std::format!(\"({{}}, {{}})\", show_{}(k), show_{}(x))).{LIST})",
                key.0, value.0
            ),
        )
    }

    fn record(&self, fields: &[(String, TypeId)], name: &str) -> Code {
        let (mut nth, mut number, mut shown) = (String::new(), String::new(), Vec::new());
        for (field, ty) in fields {
            let (field, size, ty) = (ident(field), self.size(*ty), ty.0);
            write(&mut nth, format_args!("let {field} = nth_{ty}(i % {size}); i /= {size}; "));
            number.insert_str(0, &format!("all = all * {size} + number_{ty}(&v.{field})?; "));
            shown.push((format!("{field}: {{}}"), format!("show_{ty}(&v.{field})")));
        }
        let names = fields.iter().map(|(field, _)| ident(field)).collect::<Vec<_>>().join(", ");
        let (forms, values): (Vec<String>, Vec<String>) = shown.into_iter().unzip();
        Code::new(
            &format!("{nth}{name} {{ {names} }}"),
            &format!("let mut all = 0u64; {number}::std::option::Option::Some(all)"),
            &format!("::std::format!(\"{name} {{{{ {} }}}}\", {})", forms.join(", "), values.join(", ")),
        )
    }
}

/// Bodies of the three functions of a type.
struct Code {
    nth: String,
    number: String,
    show: String,
}

impl Code {
    fn new(nth: &str, number: &str, show: &str) -> Code {
        Code { nth: nth.into(), number: number.into(), show: show.into() }
    }
}
