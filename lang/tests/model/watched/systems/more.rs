//! Forms that are put into a system when all else is thrown: what is thrown before depends on none of them.
//!
//! Enters: the lines of a system. Leaves: the same with recovery, with memory that is made of what is durable, with
//! messages to several kinds of node.

use super::{At, System};

impl System {
    /// `end`: the line with the last brace.
    pub(super) fn more(&mut self, lines: &mut Vec<String>, end: usize, crashes: bool) {
        if crashes && self.dice.percent(60) {
            lines.splice(end..end, self.recovery());
        }
        if crashes && self.dice.percent(60) {
            lines.iter_mut().filter(|line| line.starts_with("  node ")).for_each(|line| self.compute(line));
        }
        if self.messages && self.dice.percent(30) {
            let more = self.both_receive(lines);
            lines.splice(end..end, more);
        }
        if self.messages && self.dice.percent(50) {
            let more = self.views_of_both(lines);
            lines.splice(end..end, more);
        }
    }

    /// An order has views at B as well, which follow those at A.
    fn views_of_both(&mut self, lines: &mut [String]) -> Vec<String> {
        let first = if self.count == 2 { "a1" } else { "a" };
        let (fields, views, follow) = match self.lists {
            Some(ty) => (
                format!("l: {ty} = []"),
                "views x.l for x in B",
                match self.dice.below(5) {
                    0 => "x.l := x.l[..1]".to_string(),
                    1 => format!("x.l := {first}.l[..1]"),
                    2 => format!("x.l := {first}.l[1..len({first}.l)]"),
                    _ => format!("x.l := {first}.l"),
                },
            ),
            None if self.of_a.contains_key("r") && self.of_a.contains_key("v") => (
                "v: 0..2 = 0  r: 0..2 = 0".to_string(),
                "views n.v for n in B",
                match self.dice.below(4) {
                    0 => format!("x.v := {first}.v"),
                    1 => format!("x.r := {first}.r"),
                    _ => format!("x.v := {first}.v  x.r := {first}.r"),
                },
            ),
            None => return Vec::new(),
        };
        let mut found = false;
        for line in lines.iter_mut().filter(|line| line.contains("order m:")) {
            let clause = line.lines().find(|l| l.trim_start().starts_with("views ") && l.contains(" in A"));
            if let Some(clause) = clause.map(str::to_string) {
                *line = line.replace(&clause, &format!("{clause}\n    {views}"));
                found = true;
            }
        }
        if !found {
            return Vec::new();
        }
        for line in lines.iter_mut().filter(|line| line.starts_with("  node B {")) {
            *line = line.replace(" }", &format!("  {fields} }}"));
        }
        let guard = self.truth(&self.scope(At::B, "x"), 0);
        let guard = if self.dice.percent(30) { format!(" when {guard}") } else { String::new() };
        vec![format!("  action follow at x in B{guard} {{ {follow} }}")]
    }

    /// What nodes do as part of their restart.
    fn recovery(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        for _ in 0..1 + self.dice.below(2) {
            let at = if self.messages && self.dice.percent(25) { At::B } else { At::A };
            let name = if at == At::B { "x" } else { "n" };
            let scope = self.scope(at, name);
            let guard = self.truth(&scope, 1);
            let guard = if self.dice.percent(33) { format!(" when {guard}") } else { String::new() };
            let kind = if at == At::B { "B" } else { "A" };
            let body = self.body(&scope, at, 2, 1);
            all.push(format!("  on restart at {name} in {kind}{guard} {{ {body} }}"));
        }
        all
    }

    /// Volatile numbers of a kind of node are made of a durable one.
    fn compute(&mut self, line: &mut String) {
        let (head, fields) = line.split_once(" { ").expect("fields");
        let fields: Vec<&str> = fields.trim_end_matches(" }").split("  ").collect();
        let number = |field: &&str| field.split_once(": 0..2 = ").map(|(name, _)| name.to_string());
        let durable: Vec<String> =
            fields.iter().filter(|f| !f.starts_with("volatile ")).filter_map(number).collect();
        let mut all = Vec::new();
        for field in &fields {
            let lost = number(field).filter(|_| field.starts_with("volatile ") && !durable.is_empty());
            all.push(match lost {
                Some(name) => {
                    let d = self.one(&durable);
                    let of = [
                        d.clone(),
                        format!("2 - {d}"),
                        format!("if {d} > 0 then 1 else 0"),
                        format!("{d} + 1"),
                    ];
                    let of = &of[self.dice.below(8) % of.len()];
                    format!("{name}: 0..2 = {of}")
                }
                None => field.to_string(),
            });
        }
        *line = format!("{head} {{ {} }}", all.join("  "));
    }

    /// M goes to nodes of kind A as well.
    fn both_receive(&mut self, lines: &mut [String]) -> Vec<String> {
        for line in lines {
            *line = line.replace("on M from f at x", "on M from f at x in B");
            *line = line.replace("link l: M from A to B", "link l: M from A to B, A");
        }
        let mut scope = self.scope(At::A, "x");
        if self.numbered {
            scope.numbers.push("v".into());
        }
        scope.nodes.push("f".into());
        let body = self.body(&scope, At::A, 2, 1);
        let (field, other) = match (self.numbered, self.count) {
            (true, 2) => ("v: n.p0", "choose o in A where o != n"),
            (true, _) => ("v: 1", "choose o in A"),
            (false, _) => ("", "choose o in A"),
        };
        let field = if self.of_a.get("p0") == Some(&true) { field } else { &field.replace("n.p0", "y") };
        let guard = self.truth(&self.scope(At::A, "n"), 0);
        vec![
            format!("  on M from f at x in A {{ {body} }}"),
            format!(
                "  action among at n in A when in_flight(M) < 2 and {guard} {{ {other} {{ send M {{ {field} }} to o }} }}"
            ),
        ]
    }
}
