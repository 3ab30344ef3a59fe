//! `%interact`: what a reader may move in a cell.
//!
//! Enters: a cell that was parsed and applied, and the values that the author allows, where there are any. Leaves: its
//! [`Panel`]. A parameter may be what its declaration says; one that says nothing of it, or a fault, goes from 0 (or the
//! least for which the system can be built) to about twice its value.

use super::command;
use crate::analysis::program::{ExprKind, Program, Type, TypeId};
use crate::analysis::{self, Definitions};
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::report::panel::{After, Knob, KnobKind, Panel, Place, Values};
use crate::span::{SourceId, Span};
use crate::syntax;
use crate::syntax::tree::{
    self, CheckOption, CheckOptionKind, Command, CommandKind, Fault, Item, Line, LineKind, MemberKind, Name,
    Often, Swept, Target, TypeExpr, TypeExprKind,
};

/// So far above its value a number may go that has no range of its own.
const ABOVE: i64 = 10;
/// More values than these are no slider and no list.
const MOST: usize = 1000;

/// The values that the author allows.
pub(super) struct Allowed {
    name: Name,
    values: tree::Expr,
}

/// What follows the magic on its line where that is `NAME in VALUES, …`; `None`: it is the cell itself. `start` to `end`
/// is the magic. Errors: what is wrong with it.
pub(super) fn allowed(
    source: SourceId,
    code: &str,
    (start, end): (usize, usize),
) -> Result<Option<Vec<Allowed>>, Vec<Diagnostic>> {
    let line = code[end..].split('\n').next().unwrap_or_default();
    if line.split_whitespace().nth(1) != Some("in") {
        return Ok(None);
    }
    // The grammar has such a list in one place. Blanks before it keep every place what it is.
    let before = format!("{}{:<width$}", " ".repeat(start), "sweep", width = end - start);
    let (cell, found) = syntax::parse(source, &format!("{before}{line} of Cell"));
    let sound = !found.iter().any(Diagnostic::is_error);
    let swept = cell.items.into_iter().find_map(|item| match item {
        Item::Command(Command { kind: CommandKind::Sweep { swept, .. }, .. }) => Some(swept),
        _ => None,
    });
    let Some(swept) = swept.filter(|_| sound) else {
        let list = line.trim();
        let start = end + line.find(list).unwrap_or(0);
        let span = Span::new(source, start, start + list.len());
        let d = Diagnostic::error(codes::MOVED, span, "expected what may be moved, and its values");
        let help = "write a range or a set for each: `n in 1..5, mode in {strict, loose}, crash in 0..2`";
        return Err(vec![d.help(help)]);
    };
    Ok(Some(swept.into_iter().map(|Swept { param, values }| Allowed { name: param, values }).collect()))
}

/// What may be moved in a cell.
pub(super) struct Asked<'c> {
    /// The text of the cell.
    pub code: &'c str,
    /// The magic.
    pub span: Span,
    /// What the author says of it; `None`: everything that is known.
    pub allowed: Option<&'c [Allowed]>,
}

/// The panel of a cell. `commands`: with the definitions as they are where each stands. Errors: there is nothing to move,
/// or nothing of a name.
pub(super) fn panel(
    asked: &Asked<'_>,
    commands: &[(&Command, Definitions)],
) -> Result<Panel, Vec<Diagnostic>> {
    let mut finder = Finder { asked, found: Vec::new(), errors: Vec::new() };
    for (command, definitions) in commands {
        for target in command::targets(&command.kind) {
            finder.parameters(&command.kind, definitions, target);
        }
        if let Some(target) = command::target(&command.kind) {
            finder.budgets(&command.kind, definitions, target);
        }
    }
    let sound = finder.errors.is_empty();
    for allowed in asked.allowed.filter(|_| sound).into_iter().flatten() {
        if !finder.found.iter().any(|found| found.word == allowed.name.text) {
            finder.errors.push(unknown(&allowed.name, commands));
        }
    }
    let mut knobs: Vec<Knob> = Vec::new();
    for found in finder.found {
        let same = |known: &&mut Knob| {
            let alike = (known.kind, &known.values, known.at) == (found.kind, &found.values, found.at);
            alike && (known.name == found.name || known.name == found.full_name())
        };
        match knobs.iter_mut().find(same) {
            Some(known) => known.places.push(found.place),
            None => {
                let taken = knobs.iter().any(|known| known.name == found.name);
                let name = if taken { found.full_name() } else { found.name };
                let Found { kind, values, at, place, .. } = found;
                knobs.push(Knob { name, kind, values, at, places: vec![place] });
            }
        }
    }
    if knobs.is_empty() && finder.errors.is_empty() {
        let words = "expected a command with parameters or faults in this cell, found none";
        let d = Diagnostic::error(codes::MOVED, asked.span, words);
        finder.errors.push(d.help("write `%interact check SYSTEM { faults { crash 1 } }`"));
    }
    if finder.errors.is_empty() {
        Ok(Panel { code: asked.code.to_owned(), knobs })
    } else {
        Err(finder.errors)
    }
}

fn unknown(name: &Name, commands: &[(&Command, Definitions)]) -> Diagnostic {
    let all = Asked { code: "", span: name.span, allowed: None };
    let known: Vec<String> = panel(&all, commands)
        .map(|panel| panel.knobs.into_iter().map(|knob| knob.name).collect())
        .unwrap_or_default();
    let words = format!("`{}` is neither a parameter nor a fault of this cell", name.text);
    let d = Diagnostic::error(codes::MOVED, name.span, words);
    let list =
        if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
    d.meant_among(&name.text, known.iter().map(String::as_str), list)
}

/// One place of a value.
struct Found {
    /// By which the author allows values.
    word: String,
    name: String,
    system: String,
    kind: KnobKind,
    values: Values,
    at: usize,
    place: Place,
}

impl Found {
    fn full_name(&self) -> String {
        format!("{} ({})", self.name, self.system)
    }
}

struct Finder<'c> {
    asked: &'c Asked<'c>,
    found: Vec<Found>,
    errors: Vec<Diagnostic>,
}

impl Finder<'_> {
    /// Those of a system; what a `sweep` goes through is none of the reader's.
    fn parameters(&mut self, kind: &CommandKind, definitions: &Definitions, target: &Target) {
        let (program, wrong) = analysis::analyse(definitions, target);
        let Some(mut program) = program else {
            // The command would say the same, and that it has nothing to move would be beside the point.
            let told = |d: &Diagnostic| self.errors.iter().any(|e| (e.code, e.span) == (d.code, d.span));
            let wrong: Vec<Diagnostic> = wrong.into_iter().filter(|d| d.is_error() && !told(d)).collect();
            return self.errors.extend(wrong);
        };
        let Some(definition) = definitions.get(&target.name.text) else { return };
        let swept = |name: &Name| match kind {
            CommandKind::Sweep { swept, .. } => swept.iter().any(|s| s.param.text == name.text),
            _ => false,
        };
        for entry in &definition.entries {
            let MemberKind::Param { name, ty, range, .. } = &entry.member.kind else { continue };
            let Some(value) = value_of(&program, &name.text).filter(|_| !swept(name)) else { continue };
            let values = match self.allows(&name.text) {
                Some(allowed) => self.read(&mut program, allowed),
                None if self.asked.allowed.is_some() => None,
                None => match ranged(&mut program, ty.as_ref(), range.as_ref()) {
                    Declared::Are(values) => Some(values),
                    Declared::Integer => Some(nearby(definitions, target, name, &value)),
                    Declared::Other => None,
                },
            };
            let Some(values) = values else { continue };
            let (values, at) = with(values, &value);
            let place = self.given(target, name);
            self.found.push(Found {
                word: name.text.clone(),
                name: name.text.clone(),
                system: target.name.text.clone(),
                kind: KnobKind::Parameter,
                values,
                at,
                place,
            });
        }
    }

    /// How often each fault may happen that is written with a number, or with none.
    fn budgets(&mut self, kind: &CommandKind, definitions: &Definitions, target: &Target) {
        let (Some(mut program), _) = analysis::analyse(definitions, target) else { return };
        for fault in faults(kind) {
            let number = match &fault.often {
                None => Some((1, Place::Behind(fault.name.span.end as usize))),
                Some(Often::Times(e)) => {
                    analysis::constant(&mut program, e).0.map(|n| (n, Place::Over(e.span.range())))
                }
                Some(_) => None,
            };
            let Some((number, place)) = number.filter(|(n, _)| *n >= 0 && fault.lasts.is_none()) else {
                continue;
            };
            let values = match self.allows(&fault.name.text) {
                Some(allowed) => self.read(&mut program, allowed),
                None if self.asked.allowed.is_some() => None,
                None => Some(Values::Numbers { least: 0, most: (number * 2).clamp(2, number + ABOVE) }),
            };
            let Some(values) = values else { continue };
            let (values, at) = with(values, &number.to_string());
            self.found.push(Found {
                word: fault.name.text.clone(),
                name: words(fault),
                system: target.name.text.clone(),
                kind: KnobKind::Budget,
                values,
                at,
                place,
            });
        }
    }

    /// Where a parameter has its value, or would have it.
    fn given(&self, target: &Target, name: &Name) -> Place {
        if let Some((_, value)) = target.args.iter().find(|(known, _)| known.text == name.text) {
            return Place::Over(value.span.range());
        }
        let name = name.text.clone();
        let end = target.span.end as usize;
        let closed = self.asked.code.get(target.span.range()).is_some_and(|text| text.ends_with(')'));
        match target.args.last() {
            Some((_, last)) => Place::Given { at: last.span.end as usize, name, after: After::Value },
            None if closed => Place::Given { at: end - 1, name, after: After::Parenthesis },
            None => Place::Given { at: target.name.span.end as usize, name, after: After::Name },
        }
    }
}

impl<'c> Finder<'c> {
    fn allows(&self, name: &str) -> Option<&'c Allowed> {
        self.asked.allowed?.iter().find(|allowed| allowed.name.text == name)
    }

    /// What the author allows: a range of numbers, or a set that is written out.
    fn read(&mut self, program: &mut Program, allowed: &Allowed) -> Option<Values> {
        let span = allowed.values.span;
        let values = match &allowed.values.kind {
            tree::ExprKind::Range(low, high) => {
                let mut number = |e| {
                    let (number, found) = analysis::constant(program, e);
                    self.errors.extend(found.into_iter().filter(Diagnostic::is_error));
                    number
                };
                let (least, most) = (number(low)?, number(high)?);
                Values::Numbers { least, most: most.max(least.saturating_sub(1)) }
            }
            tree::ExprKind::Set(items) => {
                let word =
                    |e: &tree::Expr| self.asked.code.get(e.span.range()).unwrap_or_default().to_owned();
                Values::Words(items.iter().map(word).collect())
            }
            _ => {
                let name = &allowed.name.text;
                let d = Diagnostic::error(codes::MOVED, span, format!("expected the values of `{name}`"));
                let help = format!("write a range or a set: `{name} in 1..5`, `{name} in {{1, 4}}`");
                self.errors.push(d.help(help));
                return None;
            }
        };
        let count = values.count();
        if !(1..=MOST).contains(&count) {
            let words = format!("expected 1 to {MOST} values, found {count}");
            let d = Diagnostic::error(codes::MOVED, span, words);
            self.errors.push(d.help("a range is `LO..HI`, both ends included"));
            return None;
        }
        Some(values)
    }
}

/// The values with the one in the cell among them, and its position.
fn with(values: Values, value: &str) -> (Values, usize) {
    if let Some(at) = values.position(value) {
        return (values, at);
    }
    match (values, value.parse::<i64>()) {
        (Values::Numbers { least, most }, Ok(n)) => {
            let values = Values::Numbers { least: least.min(n), most: most.max(n) };
            let at = values.position(value).unwrap_or(0);
            (values, at)
        }
        (Values::Words(mut words), _) => {
            words.insert(0, value.to_owned());
            (Values::Words(words), 0)
        }
        (values, Err(_)) => (values, 0),
    }
}

/// `crash`, `crash of Broker`, `partition one way`
fn words(fault: &Fault) -> String {
    let mut words = fault.name.text.clone();
    if let Some(of) = &fault.of {
        words.push_str(&format!(" of {}", of.text));
    }
    if fault.one_way.is_some() {
        words.push_str(" one way");
    }
    if fault.lasting.is_some() {
        words.push_str(" lasting");
    }
    words
}

fn faults(kind: &CommandKind) -> Vec<&Fault> {
    use CommandKind as C;
    let options: &[CheckOption] = match kind {
        C::Check { options, .. }
        | C::Refine { options, .. }
        | C::Find { options, .. }
        | C::Audit { options, .. }
        | C::Graph { options, .. }
        | C::Sweep { options, .. }
        | C::Relax { options, .. }
        | C::Mutate { options, .. }
        | C::Why { options, .. }
        | C::Grade { options, .. } => options,
        C::Start { lines, .. } => return lines.iter().flat_map(of_line).collect(),
        _ => &[],
    };
    options.iter().flat_map(of_option).collect()
}

fn of_line(line: &Line) -> &[Fault] {
    match &line.kind {
        LineKind::Faults(faults) => faults,
        _ => &[],
    }
}

fn of_option(option: &CheckOption) -> &[Fault] {
    match &option.kind {
        CheckOptionKind::Faults(faults) => faults,
        _ => &[],
    }
}

/// The value of a parameter, as it is typed; `None`: it is made of others.
fn value_of(program: &Program, name: &str) -> Option<String> {
    let value = &program.params.iter().find(|param| param.name == name)?.value;
    match (&value.kind, program.types.get(value.ty)) {
        (ExprKind::Int(n), _) => Some(n.to_string()),
        (ExprKind::Bool(b), _) => Some(b.to_string()),
        (ExprKind::Member(i), Type::Enum(id)) => program.enums[id.index()].variants.get(*i as usize).cloned(),
        _ => None,
    }
}

/// What a declaration says of the values of a parameter.
enum Declared {
    Are(Values),
    /// That they are integers.
    Integer,
    /// Nothing that could be moved.
    Other,
}

fn ranged(
    program: &mut Program,
    ty: Option<&TypeExpr>,
    range: Option<&(tree::Expr, tree::Expr)>,
) -> Declared {
    let mut numbers = |low: &tree::Expr, high: &tree::Expr| {
        let (low, high) = (analysis::constant(program, low).0, analysis::constant(program, high).0);
        match (low, high) {
            (Some(least), Some(most)) => few(Values::Numbers { least, most }),
            _ => Declared::Other,
        }
    };
    match (ty.map(|ty| &ty.kind), range) {
        (_, Some((low, high))) => numbers(low, high),
        (Some(TypeExprKind::Range(low, high)), None) => numbers(low, high),
        (None, None) => Declared::Integer,
        (Some(TypeExprKind::Name(name)), None) if name == "bool" => {
            Declared::Are(Values::Words(vec!["false".to_owned(), "true".to_owned()]))
        }
        (Some(TypeExprKind::Name(name)), None) => {
            let ty = program.type_names.iter().find(|known| known.name == *name).map(|known| known.ty);
            ty.map_or(Declared::Other, |ty| of_type(program, ty))
        }
        _ => Declared::Other,
    }
}

fn of_type(program: &Program, ty: TypeId) -> Declared {
    match program.types.get(ty) {
        Type::Bool => Declared::Are(Values::Words(vec!["false".to_owned(), "true".to_owned()])),
        Type::Int { lo, hi } => few(Values::Numbers { least: *lo, most: *hi }),
        Type::Enum(id) => few(Values::Words(program.enums[id.index()].variants.clone())),
        _ => Declared::Other,
    }
}

fn few(values: Values) -> Declared {
    if (1..=MOST).contains(&values.count()) { Declared::Are(values) } else { Declared::Other }
}

/// From 0, or the least for which the system can be built, to about twice the value, or the greatest for which it can.
fn nearby(definitions: &Definitions, target: &Target, name: &Name, value: &str) -> Values {
    let n: i64 = value.parse().unwrap_or(0);
    let fits = |number: i64| {
        let mut other = target.clone();
        other.args.retain(|(known, _)| known.text != name.text);
        let kind = tree::ExprKind::Int(number);
        other.args.push((name.clone(), tree::Expr { kind, span: name.span, depth: 0 }));
        analysis::analyse(definitions, &other).0.is_some()
    };
    let top = n.saturating_mul(2).max(3).min(n.saturating_add(ABOVE));
    let bottom = n.saturating_sub(ABOVE).max(n.min(0));
    let most = (n.saturating_add(1)..=top).take_while(|n| fits(*n)).last().unwrap_or(n);
    let least = (bottom..n).rev().take_while(|n| fits(*n)).last().unwrap_or(n);
    Values::Numbers { least, most }
}
