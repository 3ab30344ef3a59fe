//! Commands, options and scenario lines as lines.
//!
//! Enters: trees. Leaves: lines of the printer.

use super::expr::{expr, fields, list, operand, set_of, standing, text};
use super::layout::Printer;
use super::{between, duration, names};
use crate::concepts::ExpectedVerdict;
use crate::syntax::token::Body;
use crate::syntax::tree::*;

/// `Kafka(brokers = 2)`
pub(super) fn target(t: &Target) -> String {
    if t.args.is_empty() {
        return t.name.text.clone();
    }
    let args: Vec<String> = t.args.iter().map(|(name, e)| format!("{} = {}", name.text, expr(e))).collect();
    format!("{}({})", t.name.text, args.join(", "))
}

fn targets(list: &[Target]) -> String {
    list.iter().map(target).collect::<Vec<_>>().join(", ")
}

impl Printer<'_> {
    /// A command that ends at the byte `end`.
    pub(super) fn command(&mut self, kind: &CommandKind, end: u32) {
        match kind {
            CommandKind::Check { target: t, options } => {
                // By itself it needs no braces.
                if let [CheckOption { kind: CheckOptionKind::Profile, .. }] = options.as_slice() {
                    return self.line(&format!("check {} profile", target(t)));
                }
                self.options(&format!("check {}", target(t)), end, options)
            }
            CommandKind::Refine { target: t, specification, options } => {
                self.options(&format!("check {} refines {}", target(t), target(specification)), end, options)
            }
            CommandKind::Audit { target: t, options } => self.headed("audit", t, end, options),
            CommandKind::Graph { target: t, options } => self.headed("graph", t, end, options),
            CommandKind::Scenario { title, target: t, lines } => {
                self.lines(&format!("scenario {} on {}", text(&title.value), target(t)), end, lines);
            }
            CommandKind::Start { target: t, lines } => match lines.as_slice() {
                [only] if self.fits(&format!("start {} {{ {} }}", target(t), line(&only.kind)), end) => {
                    self.line(&format!("start {} {{ {} }}", target(t), line(&only.kind)));
                }
                _ => self.lines(&format!("start {}", target(t)), end, lines),
            },
            CommandKind::Find { target: t, goal, within, options } => {
                let within =
                    within.as_ref().map_or(String::new(), |n| format!(" within {} steps", operand(n)));
                self.options(&format!("find {} {{ {} }}{within}", target(t), expr(goal)), end, options);
            }
            CommandKind::Simulate { target: t, time, runs, seed, options } => {
                let runs = runs.as_ref().map_or(String::new(), |n| format!(", runs {}", operand(n)));
                let seed = seed.as_ref().map_or(String::new(), |n| format!(", seed {}", operand(n)));
                self.options(
                    &format!("simulate {} for {}{runs}{seed}", target(t), duration(time)),
                    end,
                    options,
                );
            }
            CommandKind::Sweep { swept, target: t, options } => {
                let swept = swept.iter().map(|s| format!("{} in {}", s.param.text, set_of(&s.values)));
                let head = format!("sweep {} of {}", swept.collect::<Vec<_>>().join(", "), target(t));
                self.options(&head, end, options);
            }
            CommandKind::Relax { order, target: t, options } => {
                let order = order.as_ref().map_or(String::new(), |order| format!("{} of ", order.text));
                self.options(&format!("relax {order}{}", target(t)), end, options);
            }
            CommandKind::Mutate { target: t, options } => self.headed("mutate", t, end, options),
            CommandKind::Why { member, target: t, options } => {
                self.options(&format!("why {} of {}", member.text, target(t)), end, options);
            }
            CommandKind::Grade { target: t, against, options } => {
                self.options(&format!("grade {} against {}", target(t), targets(against)), end, options);
            }
            CommandKind::Error => {}
            CommandKind::Compare { .. }
            | CommandKind::Beside
            | CommandKind::Diagram { .. }
            | CommandKind::Do(_)
            | CommandKind::Enabled
            | CommandKind::Undo { .. }
            | CommandKind::Show { .. }
            | CommandKind::Save { .. }
            | CommandKind::Ask(_)
            | CommandKind::Expression(_) => {
                let line = short(kind);
                self.line(&line);
            }
        }
    }

    fn lines(&mut self, head: &str, end: u32, lines: &[Line]) {
        if lines.is_empty() {
            return self.line(head);
        }
        self.body(head, end, lines, |p, l| {
            let line = line(&l.kind);
            p.line(&line);
        });
    }

    fn headed(&mut self, word: &str, of: &Target, end: u32, options: &[CheckOption]) {
        self.options(&format!("{word} {}", target(of)), end, options);
    }

    fn options(&mut self, head: &str, end: u32, options: &[CheckOption]) {
        match options {
            [] => self.line(head),
            [only] if self.fits(&format!("{head} {{ {} }}", option(&only.kind)), end) => {
                self.line(&format!("{head} {{ {} }}", option(&only.kind)));
            }
            _ => self.body(head, end, options, |p, o| p.line(&option(&o.kind))),
        }
    }
}

/// A command of one line.
fn short(kind: &CommandKind) -> String {
    match kind {
        CommandKind::Compare { targets: t, by: Some(by) } => format!("compare {} by {}", targets(t), by.text),
        CommandKind::Beside => "compare traces".to_string(),
        CommandKind::Compare { targets: t, by: None } => format!("compare {}", targets(t)),
        CommandKind::Diagram { target: t } => format!("diagram {}", target(t)),
        CommandKind::Do(l) => step(&l.kind),
        CommandKind::Enabled => "enabled".to_string(),
        CommandKind::Undo { steps: Some(n) } => format!("undo {n}"),
        CommandKind::Undo { steps: None } => "undo".to_string(),
        CommandKind::Show { step: Some(n) } => format!("show {n}"),
        CommandKind::Show { step: None } => "show".to_string(),
        CommandKind::Save { what, title } => {
            let trace = if *what == Saved::Trace { " trace" } else { "" };
            let title = title.as_ref().map_or(String::new(), |title| format!(" {}", text(&title.value)));
            format!("save{trace} as scenario{title}")
        }
        CommandKind::Ask(name) => format!("?{}", name.text),
        CommandKind::Expression(e) => standing(e, Body::Cell),
        CommandKind::Check { .. }
        | CommandKind::Refine { .. }
        | CommandKind::Scenario { .. }
        | CommandKind::Start { .. }
        | CommandKind::Find { .. }
        | CommandKind::Audit { .. }
        | CommandKind::Simulate { .. }
        | CommandKind::Graph { .. }
        | CommandKind::Sweep { .. }
        | CommandKind::Relax { .. }
        | CommandKind::Mutate { .. }
        | CommandKind::Why { .. }
        | CommandKind::Grade { .. }
        | CommandKind::Error => String::new(),
    }
}

/// A step after `do`, where only actions go without a word of their own.
fn step(kind: &LineKind) -> String {
    let line = line(kind);
    if line.starts_with("do ") { line } else { format!("do {line}") }
}

fn faults(list: &[Fault]) -> String {
    let each: Vec<String> = list
        .iter()
        .map(|f| {
            let often = match &f.often {
                None => String::new(),
                Some(Often::Times(n)) => format!(" {}", operand(n)),
                Some(Often::Every(d)) => format!(" every {}", duration(d)),
                Some(Often::Share(share)) => format!(" {share}"),
                Some(Often::After(time)) => format!(" after {}", between(time)),
                Some(Often::By(d)) => format!(" {}", duration(d)),
            };
            let lasts = f.lasts.as_ref().map_or(String::new(), |time| format!(" for {}", between(time)));
            let of = f.of.as_ref().map_or(String::new(), |kind| format!(" of {}", kind.text));
            let one_way = if f.one_way.is_some() { " one way" } else { "" };
            let lasting = if f.lasting.is_some() { " lasting" } else { "" };
            format!("{}{often}{of}{one_way}{lasting}{lasts}", f.name.text)
        })
        .collect();
    format!("faults {{ {} }}", each.join(", "))
}

fn option(kind: &CheckOptionKind) -> String {
    match kind {
        CheckOptionKind::Faults(list) => faults(list),
        CheckOptionKind::Only(list) => format!("only {}", names(list)),
        CheckOptionKind::Limit { what, value } => format!("{} <= {}", what.text, operand(value)),
        CheckOptionKind::FromAnyState => "from any state".to_string(),
        CheckOptionKind::Off(what) => format!("{} off", what.text),
        CheckOptionKind::Rate(Rate { action, times, unit }) => {
            let times = match &times.kind {
                ExprKind::Int(n) => n.to_string(),
                _ => format!("({})", expr(times)),
            };
            format!("rate {} {times}/{}", action.text, unit.text)
        }
        CheckOptionKind::Latency(time) => format!("latency {}", between(time)),
        CheckOptionKind::Ticks(d) => format!("ticks {}", duration(d)),
        CheckOptionKind::Spill => "spill".to_string(),
        CheckOptionKind::Profile => "profile".to_string(),
        CheckOptionKind::Map(Mapped { variable, value, node: None }) => {
            format!("map {} = {}", variable.text, expr(value))
        }
        CheckOptionKind::Map(Mapped { variable, value, node: Some(node) }) => {
            let MappedNode { written, name, kind } = node;
            let value = expr(value);
            format!("map {}.{} = {value} for {} in {}", written.text, variable.text, name.text, kind.text)
        }
        CheckOptionKind::Traces(n) => format!("traces {}", operand(n)),
        CheckOptionKind::Threads(n) => format!("threads {}", operand(n)),
        CheckOptionKind::Expect(expectation) => expectation.to_string(),
        CheckOptionKind::ExpectFind(answer) => answer.to_string(),
        CheckOptionKind::Error => String::new(),
    }
}

fn line(kind: &LineKind) -> String {
    match kind {
        LineKind::FromAnyState => "from any state".to_string(),
        LineKind::Init(e) => format!("init {}", expr(e)),
        LineKind::Do { name, observe, args, at, choices: c } => {
            let observe = if *observe { " observe" } else { "" };
            let args = if args.is_empty() { String::new() } else { format!("({})", list(args)) };
            let at = at.as_ref().map_or(String::new(), |e| format!(" at {}", expr(e)));
            format!("do {}{observe}{args}{at}{}", name.text, choices(c))
        }
        LineKind::Deliver(message, c) => format!("deliver {}{}", envelope(message), choices(c)),
        LineKind::Reorder(message, c) => format!("reorder {}{}", envelope(message), choices(c)),
        LineKind::Lose(message, c) => format!("lose {}{}", envelope(message), choices(c)),
        LineKind::Duplicate(message, c) => format!("duplicate {}{}", envelope(message), choices(c)),
        LineKind::Node(fault, e, c) => format!("{} {}{}", fault.word(), expr(e), choices(c)),
        LineKind::Partition { sides, one_way } => {
            let each: Vec<String> = sides.iter().map(|g| format!("{{{}}}", list(g))).collect();
            format!("partition {}", each.join(if *one_way { " -| " } else { " | " }))
        }
        LineKind::Heal => "heal".to_string(),
        LineKind::Run { names: n, until } => {
            let until = match until {
                RunUntil::Quiet => " until quiet".to_string(),
                RunUntil::Condition(e) => format!(" until {}", expr(e)),
                RunUntil::Times(Some(Expr { kind: ExprKind::Int(n), .. })) => format!(" {n} times"),
                RunUntil::Times(Some(e)) => format!(" ({}) times", expr(e)),
                RunUntil::Times(None) => String::new(),
            };
            format!("run {}", names(n)).trim_end().to_string() + &until
        }
        LineKind::Expect(e) => {
            let text = expr(e);
            let clash =
                ExpectedVerdict::all().any(|v| text.starts_with(v.word())) || text.starts_with("enabled");
            if clash { format!("expect ({text})") } else { format!("expect {text}") }
        }
        LineKind::ExpectVerdict(expectation) => expectation.to_string(),
        LineKind::ExpectStep { line: l, is } => {
            let step = line(&l.kind);
            let step = step.strip_prefix("do ").unwrap_or(&step);
            format!("expect {} {step}", is.words())
        }
        LineKind::Faults(list) => faults(list),
        LineKind::Error => String::new(),
    }
}

fn envelope(Envelope { message, fields: values, from, to }: &Envelope) -> String {
    let values = if values.is_empty() { String::new() } else { format!(" {}", fields(values)) };
    let end =
        |word: &str, e: &Option<Expr>| e.as_ref().map_or(String::new(), |e| format!(" {word} {}", expr(e)));
    format!("{}{values}{}{}", message.text, end("from", from), end("to", to))
}

/// ` with x = e, y = e`; empty where nothing is said.
fn choices(choices: &[(Name, Expr)]) -> String {
    let each: Vec<String> = choices.iter().map(|(name, e)| format!("{} = {}", name.text, expr(e))).collect();
    if each.is_empty() { String::new() } else { format!(" with {}", each.join(", ")) }
}
