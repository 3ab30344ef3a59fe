//! A definition beside a function in Rust: what it comes to on every input, or on many of them.
//!
//! Enters: the name of a definition, its system. Leaves: the text of a crate that compares a function with it, or why
//! there is none.

use super::Session;
use crate::analysis::program::{DefId, Program, TypeId};
use crate::analysis::walk::Mentions;
use crate::analysis::{self, Definitions};
use crate::diag::{self, Diagnostic};
use crate::engine::machine::{Machine, Word};
use crate::export::rust::{Domain, Table, conforming};
use crate::model::{BuildOptions, Model};
use crate::span::SourceId;
use crate::syntax;
use crate::syntax::tree::{CommandKind, Item, Target};
use crate::value::Value;

/// So many inputs are looked at; of more, so many that are spread over all.
const INPUTS: u64 = 20_000;
/// Inputs that are spread: the golden ratio leaves the most even gaps, whatever the number.
const GOLDEN: f64 = 0.618_033_988_749_894_9;
/// A program takes so many expressions before it is copied anew: each leaves something in it.
const FRESH: usize = 500;

impl Session {
    /// The text of `lib.rs` of the crate that compares a function with the definition `name` of `target` (a system, with
    /// values of parameters where they are wanted). A resolution's name stands for its `merge`. It stops where `cancelled`.
    ///
    /// # Errors
    /// In words: what is not there, or cannot be compared.
    pub fn conform(&self, name: &str, target: &str, cancelled: &dyn Fn() -> bool) -> Result<String, String> {
        let program = program(&self.definitions, target)?;
        let def = definition(&program, name)?;
        let table = table(&program, def, cancelled)?;
        Ok(conforming(&program, &table))
    }
}

fn program(definitions: &Definitions, target: &str) -> Result<Program, String> {
    let target = parsed(target)?;
    let (program, found) = analysis::analyse(definitions, &target);
    program.ok_or_else(|| words(&found))
}

fn parsed(target: &str) -> Result<Target, String> {
    let (cell, found) = syntax::parse(SourceId::default(), &format!("check {target}"));
    if let Some(Item::Command(command)) = cell.items.into_iter().next()
        && let CommandKind::Check { target, .. } = command.kind
        && !found.iter().any(Diagnostic::is_error)
    {
        return Ok(target);
    }
    Err(format!("expected a system behind `of`, found `{target}`"))
}

fn words(found: &[Diagnostic]) -> String {
    let error = found.iter().find(|d| d.is_error());
    let help = |d: &Diagnostic| d.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
    error.map_or("the system has no program".to_string(), |d| format!("{}{}", d.message, help(d)))
}

fn definition(program: &Program, name: &str) -> Result<DefId, String> {
    if let Some(at) = program.defs.iter().position(|def| def.name == name) {
        return Ok(DefId(at as u32));
    }
    let resolution = program.resolutions.iter().find(|r| r.header.name == name);
    if let Some(def) = resolution.and_then(|r| r.merge) {
        return Ok(def);
    }
    let names = program.defs.iter().map(|def| def.name.as_str());
    let near = diag::nearest(name, names.clone()).map(|near| format!("; did you mean `{near}`?"));
    let all = names.map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    let all = if all.is_empty() { "none".to_string() } else { all };
    Err(format!(
        "no definition `{name}` in {}: its definitions are {all}{}",
        program.name,
        near.unwrap_or_default()
    ))
}

fn table(program: &Program, id: DefId, cancelled: &dyn Fn() -> bool) -> Result<Table, String> {
    let def = &program.defs[id.index()];
    let reads = Mentions::of(program, &def.body);
    if !reads.states.is_empty() || !reads.node_fields.is_empty() || reads.surroundings || reads.old {
        return Err(format!(
            "`{}` reads the state: what is compared depends on its parameters alone",
            def.name
        ));
    }
    let types: Vec<TypeId> = def.params.iter().map(|local| program.locals[local.index()].ty).collect();
    let domain = Domain::new(program);
    let sizes: Option<Vec<u64>> = types.iter().map(|ty| domain.size(*ty)).collect();
    let all = sizes.and_then(|sizes| sizes.into_iter().try_fold(1u64, u64::checked_mul));
    let (Some(all), Some(_)) = (all.filter(|all| *all > 0), domain.size(def.ty)) else {
        return Err(format!(
            "`{}` has bags, or more values than can be counted, among its parameters and result",
            def.name
        ));
    };
    let inputs: Vec<u64> = if all <= INPUTS { (0..all).collect() } else { spread(all) };
    let mut evaluator = Evaluator::new(program)?;
    let mut expected = Vec::new();
    for input in &inputs {
        if cancelled() {
            return Err("interrupted".to_string());
        }
        let values = arguments(domain, &types, *input).ok_or("a type has no value")?;
        let value = evaluator.value(&def.name, &values)?;
        expected.push(value.and_then(|value| domain.number(def.ty, &value)));
    }
    Ok(Table { def: id, inputs, all, expected })
}

/// Numbers below `all`, each once, in ascending order.
fn spread(all: u64) -> Vec<u64> {
    let at = |i: u64| ((i as f64 * GOLDEN).fract() * all as f64) as u64;
    // The least and the greatest are where mistakes are.
    let mut found: Vec<u64> = (0..INPUTS).map(|i| at(i).min(all - 1)).chain([0, all - 1]).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn arguments(domain: Domain<'_>, types: &[TypeId], mut number: u64) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    for ty in types {
        let size = domain.size(*ty)?;
        values.push(domain.value(*ty, number % size)?);
        number /= size;
    }
    Some(values)
}

/// What calls come to, in the first initial state, of which they read nothing.
struct Evaluator<'p> {
    plain: &'p Program,
    program: Program,
    used: usize,
    model: Model,
    state: Vec<Word>,
}

impl<'p> Evaluator<'p> {
    fn new(program: &'p Program) -> Result<Evaluator<'p>, String> {
        let model =
            Model::build(program, Vec::new(), &BuildOptions::default()).map_err(|found| words(&found))?;
        let mut state = None;
        model.initial(&mut model.scratch(), &mut |first| {
            state = first.ok().map(<[Word]>::to_vec);
            false
        });
        let state = state.ok_or_else(|| format!("{} has no initial state", program.name))?;
        Ok(Evaluator { plain: program, program: program.clone(), used: 0, model, state })
    }

    /// `None`: it has no value there.
    fn value(&mut self, name: &str, values: &[Value]) -> Result<Option<Value>, String> {
        self.used += 1;
        if self.used.is_multiple_of(FRESH) {
            self.program = self.plain.clone();
        }
        let values = values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
        let text = if values.is_empty() { name.to_string() } else { format!("{name}({values})") };
        let (cell, _) = syntax::parse(SourceId::default(), &text);
        let Some(Item::Command(command)) = cell.items.into_iter().next() else {
            return Err(format!("`{text}` is no expression"));
        };
        let CommandKind::Expression(e) = command.kind else {
            return Err(format!("`{text}` is no expression"));
        };
        let (typed, found) = analysis::expression(&mut self.program, &e);
        let typed = typed.ok_or_else(|| words(&found))?;
        let compiled = self.model.compile_expr(&self.program, &typed).map_err(|d| d.message.clone())?;
        Ok(self.model.eval(&self.program, &compiled, None, &self.state).ok())
    }
}
