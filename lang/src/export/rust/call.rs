//! The Rust that calls code, and what it needs there.
//!
//! Enters: a function or a type of Rust cells by its path, steps. Leaves: the text of a cell in which each call stands on lines
//! of its own; of each line what must be there, as Rust that can be typed.

use super::flat::Codec;
use super::steps::{Method, Passed};
use super::{Module, ident};
use crate::analysis::program::{DefId, Program};

/// A cell that calls code.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// Its text; the first line is empty.
    pub text: String,
    /// In the order of the text.
    pub needs: Vec<Need>,
}

/// What one line needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Which line, from 1.
    pub line: usize,
    /// As Rust names it: `my_join`, `on_deliver`.
    pub name: String,
    /// What it stands for: `` `join` of Counter ``.
    pub of: String,
    /// `fn my_join(a: i64, b: i64) -> i64`
    pub signature: String,
}

impl Call {
    pub(super) fn begin() -> Call {
        Call { text: "\n".to_string(), needs: Vec::new() }
    }

    /// Lines that need nothing.
    pub(super) fn lines(&mut self, lines: &str) {
        self.text.push_str(lines);
        self.text.push('\n');
    }

    /// Lines that need all the same.
    pub(super) fn needing(&mut self, lines: &str, (name, of, signature): (&str, &str, &str)) {
        for text in lines.lines() {
            let line = self.text.matches('\n').count() + 1;
            let [name, of, signature] = [name, of, signature].map(str::to_string);
            self.needs.push(Need { line, name, of, signature });
            self.lines(text);
        }
    }
}

/// The call of a function in the place of a definition.
pub(super) fn definition(module: &Module<'_>, id: DefId, code: &str) -> Call {
    let program = module.program;
    let def = &program.defs[id.index()];
    let locals = || def.params.iter().map(|local| &program.locals[local.index()]);
    let types: Vec<String> = locals().map(|local| module.ty(local.ty)).collect();
    let shown = Module { program, prefix: String::new() };
    let params = locals().map(|local| format!("{}: {}", ident(&local.name), typed(&shown.ty(local.ty))));
    let params = params.collect::<Vec<_>>().join(", ");
    let name = last(code);
    let signature = format!("fn {name}({params}) -> {}", typed(&shown.ty(def.ty)));
    let of = format!("`{}` of {}", def.name, program.name);
    let mut call = Call::begin();
    call.lines(&format!("reconverge_conform::conform({code:?}, |{}| {{", arguments(&types)));
    let body = format!("let made = {code}({});\nmade", names(types.len()));
    call.needing(&body, (name, &of, &signature));
    call.lines("});");
    call
}

/// The call of a function in the place of a step.
pub(super) fn step(module: &Module<'_>, method: &Method, code: &str) -> Call {
    let program = module.program;
    let types: Vec<String> = method.params.iter().map(|param| passed(module, *param)).collect();
    let of = format!("`{}` of {}", method.name, program.name);
    let first = format!("state: &mut {}", module.ours("State"));
    let name = last(code);
    let signature = signature(program, method, name, &first);
    let state = format!("state: &mut {}{}", module.prefix, module.ours("State"));
    let all: Vec<String> = std::iter::once(state).chain(typed_names(&types)).collect();
    let given: Vec<String> = std::iter::once("state".to_string()).chain(numbered(types.len())).collect();
    let mut call = Call::begin();
    call.lines(&format!("reconverge_conform::conform({code:?}, |{}| {{", all.join(", ")));
    let sends = format!("{}{}", module.prefix, module.ours("Sends"));
    let body = format!("let sent = {code}({});\n{sends}::list(sent)", given.join(", "));
    call.needing(&body, (name, &of, &signature));
    call.lines("});");
    call
}

/// The calls of a type in the place of a system: by the numbers of its methods, those that are called.
pub(super) fn system(
    codec: &Codec<'_>,
    methods: &[(usize, &Method, String)],
    (code, at): (&str, &str),
) -> Call {
    let (module, program) = (codec.module, codec.module.program);
    let [state, sends] = ["State", "Sends"].map(|name| format!("{}{}", module.prefix, module.ours(name)));
    let (plain, of) = (module.ours("State"), &program.name);
    let mut call = Call::begin();
    call.lines(&format!("reconverge_conform::conform({code:?},\n|first: &{state}| {{"));
    let new = format!("fn new(first: &{plain}) -> Self");
    call.needing(&format!("let made: {code} = {at}::new(first);\nmade"), ("new", of, &new));
    call.lines(&format!("}},\n|code: &mut {code}, method, w| match method {{"));
    for (number, method, read) in methods {
        let name = method.rust_name();
        let signature = signature(program, method, &name, "&mut self");
        let of = format!("`{}` of {of}", method.name);
        let read = read.replace("read_", "reconverge_conform::read_");
        call.lines(&format!("{number} => {{ {read}"));
        let body = format!("let sent = code.{name}({});\n{sends}::list(sent)", names(method.params.len()));
        call.needing(&body, (&name, &of, &signature));
        call.lines("}");
    }
    call.lines(&format!("_ => ::std::vec::Vec::new() }},\n|code: &{code}, state: &mut {state}| {{"));
    let view = format!("fn view(&self, state: &mut {plain})");
    call.needing("let shown = code.view(state);\nlet () = shown;", ("view", of, &view));
    call.lines("});");
    call
}

/// How the function of a step is declared.
fn signature(program: &Program, method: &Method, name: &str, first: &str) -> String {
    let module = Module { program, prefix: String::new() };
    let mut all = vec![first.to_string()];
    for (param, known) in method.params.iter().zip(&method.names) {
        let taken = all.iter().any(|other| other.split(':').next() == Some(known));
        let behind = if taken { "_" } else { "" };
        all.push(format!("{known}{behind}: {}", typed(&passed(&module, *param))));
    }
    let sent = if method.sends { format!(" -> Vec<{}>", module.ours("Sent")) } else { String::new() };
    format!("fn {name}({}){sent}", all.join(", "))
}

fn passed(module: &Module<'_>, param: Passed) -> String {
    match param {
        Passed::Value(ty) => module.ty(ty),
        Passed::Anyone => format!("{}{}", module.prefix, module.ours("Node")),
    }
}

/// A type as people write it.
fn typed(ty: &str) -> String {
    let short = ty.replace("::std::option::", "").replace("::std::vec::", "");
    short.replace("::std::collections::", "std::collections::")
}

fn numbered(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|i| format!("a{i}"))
}

fn names(count: usize) -> String {
    numbered(count).collect::<Vec<_>>().join(", ")
}

fn typed_names(types: &[String]) -> impl Iterator<Item = String> {
    types.iter().enumerate().map(|(i, ty)| format!("a{i}: {ty}"))
}

fn arguments(types: &[String]) -> String {
    typed_names(types).collect::<Vec<_>>().join(", ")
}

/// The last name of a path, without what makes it of one type.
fn last(code: &str) -> &str {
    let plain = code.split("::<").next().unwrap_or(code);
    plain.rsplit("::").next().unwrap_or(plain)
}

/// A type where something in it is named.
pub(super) fn of_type(code: &str) -> String {
    if code.contains('<') { format!("<{code}>") } else { code.to_string() }
}
