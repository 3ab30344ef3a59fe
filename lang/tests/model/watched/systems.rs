//! Random small systems, each with one member: state only or with messages, with crashes, copies and losses.
//!
//! Guards and effects are anything; what a member of its type needs is put in more often than not, so that about as many
//! hold as are violated.

use std::collections::BTreeMap;

mod more;

pub const TYPES: [&str; 13] = [
    "retry",
    "dedupe",
    "merge",
    "abort",
    "reject",
    "plain reject",
    "compensate",
    "fence",
    "append",
    "leader",
    "compare_and_set",
    "versioned",
    "monotonicity",
];

pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        (0..8).for_each(|_| {
            dice.below(2);
        });
        dice
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % n as u64) as usize
    }

    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    fn pick<'s>(&mut self, of: &[&'s str]) -> &'s str {
        of[self.below(of.len())]
    }
}

/// What statements may name.
#[derive(Clone, Default)]
struct Scope {
    numbers: Vec<String>,
    truths: Vec<String>,
    /// May be written.
    places: Vec<String>,
    /// Nodes of kind A.
    nodes: Vec<String>,
}

impl Scope {
    fn add(&mut self, place: String, number: bool) {
        if number { &mut self.numbers } else { &mut self.truths }.push(place.clone());
        self.places.push(place);
    }
}

/// Whether each field is a number, by name; the others are true or false.
type Fields = BTreeMap<String, bool>;

#[derive(Clone, Copy, PartialEq)]
enum At {
    A,
    B,
    Nowhere,
}

struct System {
    dice: Dice,
    /// Of kind A there are one or two nodes; of kind B, which is there where there are messages, one.
    count: usize,
    messages: bool,
    /// Messages have a field.
    numbered: bool,
    of_a: Fields,
    of_b: Fields,
    states: Vec<String>,
    /// A list at each node of kind A; a list of all.
    lists: Option<&'static str>,
    log: Option<&'static str>,
    /// Declarations and actions that the member needs.
    needs: Vec<String>,
    /// Messages that the member handles itself.
    handled: Vec<&'static str>,
}

/// A system as text, `check S` included. Its member is `m`.
pub fn system(seed: u64, ty: &str) -> String {
    let mut dice = Dice::new(seed);
    let messages = dice.percent(50);
    let mut system = System {
        count: if dice.percent(66) { 2 } else { 1 },
        messages,
        numbered: dice.percent(50),
        of_a: Fields::new(),
        of_b: Fields::new(),
        states: vec!["y".into()],
        lists: None,
        log: None,
        needs: Vec::new(),
        handled: Vec::new(),
        dice,
    };
    system.fields();
    let member = system.member(ty);
    system.text(&member)
}

impl System {
    fn fields(&mut self) {
        for i in 0..1 + self.dice.below(2) {
            let number = self.dice.percent(66);
            self.of_a.insert(format!("p{i}"), number);
        }
        if self.messages {
            for i in 0..1 + self.dice.below(2) {
                let number = self.dice.percent(66);
                self.of_b.insert(format!("q{i}"), number);
            }
        }
        if self.dice.percent(50) {
            self.states.push("z".into());
        }
    }

    fn text(&mut self, member: &str) -> String {
        let crashes = self.dice.percent(30);
        let (copies, losses) =
            (self.messages && self.dice.percent(50), self.messages && self.dice.percent(25));
        let mut lines = vec!["system S {".to_string()];
        let count = if self.count == 2 { "[2]" } else { "" };
        let mut of_a = self.declared(self.of_a.clone(), crashes);
        of_a.extend(self.lists.map(|ty| format!("l: {ty} = []")));
        lines.push(format!("  node A{count} {{ {} }}", of_a.join("  ")));
        if self.messages {
            let of_b = self.declared(self.of_b.clone(), crashes);
            lines.push(format!("  node B {{ {} }}", of_b.join("  ")));
        }
        for state in &self.states {
            let first = self.dice.below(2);
            lines.push(format!("  state {state}: 0..2 = {first}"));
        }
        lines.extend(self.log.map(|ty| format!("  state log: {ty} = []")));
        if self.messages {
            let fields = if self.numbered { "{ v: 0..2 }" } else { "{ }" };
            lines.push(format!("  message M {fields}\n  message N {fields}"));
            let kind = format!(
                "unordered{}{} capacity 3",
                if losses { " lossy" } else { "" },
                if copies { " duplicating" } else { "" }
            );
            lines.push(format!("  link l: M from A to B {kind}"));
            lines.push(format!(
                "  link r: N from B to A {}",
                if self.dice.percent(50) { &kind } else { "unordered capacity 3" }
            ));
        }
        lines.extend(self.needs.clone());
        for i in 0..self.dice.below(3) {
            let fair = if self.dice.percent(30) { "fair " } else { "" };
            lines.push(format!("  {fair}{}", self.action(&format!("do{i}")).0));
        }
        for message in ["M", "N"] {
            if self.messages && !self.handled.contains(&message) {
                lines.extend(self.handlers(message));
            }
        }
        lines.push("  invariant i: safety { y <= 2 }".into());
        lines.push(member.to_string());
        let end = lines.len();
        lines.push("}".into());
        let mut faults = Vec::new();
        // Which of them is told from what was thrown before: no other part of a system depends on it.
        let stops = ["crash 1", "crash 1", "wipe 1", "crash 1 of A", "wipe 1 of A", "crash 1, wipe 1 of A"];
        faults.extend(crashes.then(|| stops[self.dice.below(stops.len())]));
        faults.extend(copies.then_some("duplicate 1"));
        faults.extend(losses.then_some("lose 1"));
        let faults = match faults.is_empty() {
            true => String::new(),
            false => format!(" {{ faults {{ {} }} }}", faults.join(", ")),
        };
        lines.push(format!("check S{faults}\n"));
        self.more(&mut lines, end, crashes);
        lines.join("\n")
    }

    fn declared(&mut self, fields: Fields, crashes: bool) -> Vec<String> {
        let one = |(name, number): (String, bool)| {
            let kind = if crashes && self.dice.percent(50) { "volatile " } else { "" };
            match number {
                true => format!(
                    "{kind}{name}: 0..2 = {}",
                    if name.starts_with('p') { self.dice.below(2) } else { 0 }
                ),
                false => format!("{kind}{name}: bool = {}", name.starts_with('p') && self.dice.percent(33)),
            }
        };
        fields.into_iter().map(one).collect()
    }

    // ---- expressions and statements ----

    fn scope(&self, at: At, node: &str) -> Scope {
        let mut scope = Scope::default();
        self.states.iter().for_each(|s| scope.add(s.clone(), true));
        let (fields, alone) = match at {
            At::A => (&self.of_a, node),
            At::B => (&self.of_b, node),
            At::Nowhere if self.count == 1 => (&self.of_a, "a"),
            At::Nowhere => return scope,
        };
        fields.iter().for_each(|(f, number)| scope.add(format!("{alone}.{f}"), *number));
        if at == At::A {
            scope.nodes.push(node.into());
        }
        scope
    }

    fn one(&mut self, of: &[String]) -> String {
        of[self.dice.below(of.len())].clone()
    }

    fn number(&mut self, scope: &Scope, depth: u32) -> String {
        match self.dice.below(20) {
            0..7 => self.one(&scope.numbers),
            7..10 => self.dice.below(3).to_string(),
            _ if depth == 0 => self.one(&scope.numbers),
            _ => {
                let (a, b) = (self.number(scope, depth - 1), self.number(scope, 0));
                match self.dice.below(6) {
                    0 => format!("min(2, {a} + 1)"),
                    1 => format!("({a} + 1) % 3"),
                    2 => format!("2 - {a}"),
                    3 => format!("max(0, {a} - 1)"),
                    4 => format!("max({a}, {b})"),
                    _ => format!("if {} then {a} else {b}", self.truth(scope, 0)),
                }
            }
        }
    }

    fn truth(&mut self, scope: &Scope, depth: u32) -> String {
        let chance = self.dice.below(100);
        if !scope.truths.is_empty() && chance < 35 {
            return format!("{}{}", self.dice.pick(&["", "not "]), self.one(&scope.truths));
        }
        if chance < 85 || depth == 0 {
            let (a, b) = (self.one(&scope.numbers), self.one(&scope.numbers));
            let b = if self.dice.percent(50) { b } else { self.dice.below(3).to_string() };
            return format!("{a} {} {b}", self.dice.pick(&["<", "==", "!=", ">", "<="]));
        }
        let (a, b) = (self.truth(scope, depth - 1), self.truth(scope, depth - 1));
        format!("({a} {} {b})", self.dice.pick(&["and", "or"]))
    }

    fn assignment(&mut self, scope: &Scope) -> String {
        let place = self.one(&scope.places);
        if scope.truths.contains(&place) {
            let value = self.truth(scope, 0);
            return format!("{place} := {}", self.dice.pick(&["true", "false", &value]));
        }
        match self.dice.below(5) {
            0 | 1 => format!("{place} := {}", self.number(scope, 1)),
            2 => format!("{place} := min(2, {place} + 1)"),
            3 => format!("{place} := max(0, {place} - 1)"),
            _ => format!("if {place} < 2 {{ {place} += 1 }}"),
        }
    }

    fn sending(&mut self, scope: &Scope, from: At) -> String {
        let (message, to) = match from {
            At::A => ("M", "b".to_string()),
            _ => {
                let mut nodes = scope.nodes.clone();
                nodes.extend(if self.count == 2 { vec!["a1".into(), "a2".into()] } else { vec!["a".into()] });
                ("N", self.one(&nodes))
            }
        };
        let fields = if self.numbered { format!("{{ v: {} }}", self.number(scope, 0)) } else { "{ }".into() };
        let few = match self.dice.below(4) {
            0 if self.numbered => {
                format!(" and in_flight({message} to {to} where v != {}) < 1", self.dice.below(3))
            }
            1 => format!(" and in_flight({message} to {to}) < 1"),
            _ => String::new(),
        };
        format!("if in_flight({message}) < 2{few} {{ send {message} {fields} to {to} }}")
    }

    fn body(&mut self, scope: &Scope, at: At, most: usize, depth: u32) -> String {
        let mut all = Vec::new();
        for _ in 0..1 + self.dice.below(most) {
            let chance = self.dice.below(100);
            all.push(if self.messages && at != At::Nowhere && chance < 30 {
                self.sending(scope, at)
            } else if depth > 0 && chance < 45 {
                let condition = self.truth(scope, 1);
                let then = self.body(scope, at, 1, 0);
                format!("if {condition} {{ {then} }}")
            } else if depth > 0 && chance < 52 && self.count == 2 {
                let mut inner = scope.clone();
                self.of_a.iter().for_each(|(f, number)| inner.add(format!("o.{f}"), *number));
                inner.nodes.push("o".into());
                let filter = self.truth(&inner, 0);
                let filter = self.dice.pick(&["", &format!(" where {filter}")]).to_string();
                let word = self.dice.pick(&["for", "choose"]);
                let body = self.body(&inner, at, 1, 0);
                format!("{word} o in A{filter} {{ {body} }}")
            } else {
                self.assignment(scope)
            });
        }
        all.join("  ")
    }

    // ---- actions ----

    fn action(&mut self, name: &str) -> (String, At) {
        let at = match (self.messages, self.dice.below(5)) {
            (true, 0) => At::B,
            (_, 1) => At::Nowhere,
            _ => At::A,
        };
        let params = self.dice.percent(25);
        let mut scope = self.scope(at, if at == At::B { "x" } else { "n" });
        if params {
            scope.numbers.push("k".into());
        }
        let guard = self.truth(&scope, 1);
        let guard = if self.dice.percent(80) { format!(" when {guard}") } else { String::new() };
        let node = match at {
            At::A => " at n in A",
            At::B => " at x in B",
            At::Nowhere => "",
        };
        let params = if params { "(k: 0..1)" } else { "" };
        let body = self.body(&scope, at, 2, 1);
        (format!("action {name}{params}{node}{guard} {{ {body} }}"), at)
    }

    /// An act of the member; `before`: what it needs to be possible, and what it does first.
    fn act(&mut self, at: At, before: Option<(&str, &str)>) -> String {
        let scope = self.scope(at, if at == At::B { "x" } else { "n" });
        let node = match at {
            At::A => "at n in A",
            At::B => "at x in B",
            At::Nowhere => "act",
        };
        let guard = self.truth(&scope, 1);
        let (guard, first) = match before {
            Some((needs, first)) => (format!(" when {needs} and {guard}"), format!("{first}  ")),
            None if self.dice.percent(90) => (format!(" when {guard}"), String::new()),
            None => Default::default(),
        };
        format!("    {node}{guard} {{ {first}{} }}", self.body(&scope, at, 2, 1))
    }

    /// One handler, or two with a guard and its contrary.
    fn handlers(&mut self, message: &str) -> Vec<String> {
        let at = if message == "M" { At::B } else { At::A };
        let mut scope = self.scope(at, "x");
        if self.numbered {
            scope.numbers.push("v".into());
        }
        if at == At::B {
            scope.nodes.push("f".into());
        }
        let guard = self.truth(&scope, 0);
        let guards = match self.dice.percent(60) {
            true => vec![String::new()],
            false => vec![format!(" when {guard}"), format!(" when not ({guard})")],
        };
        let mut all = Vec::new();
        for guard in guards {
            let body = if self.dice.percent(90) { self.body(&scope, at, 2, 1) } else { String::new() };
            all.push(format!("  on {message} from f at x{guard} {{ {body} }}"));
        }
        all
    }

    fn own_handlers(&mut self, message: &'static str) -> Vec<String> {
        self.handled.push(message);
        self.handlers(message)
    }

    /// Something to protect.
    fn value(&mut self) -> String {
        let nodes: &[&str] = if self.count == 2 { &["a1", "a2"] } else { &["a"] };
        let mut numbers: Vec<String> = self.states.clone();
        let mut all = numbers.clone();
        for (fields, nodes) in [(&self.of_a, nodes), (&self.of_b, &["b"][..])] {
            for (field, number) in fields {
                for node in nodes {
                    all.push(format!("{node}.{field}"));
                    numbers.extend(number.then(|| format!("{node}.{field}")));
                }
            }
        }
        match self.dice.below(5) {
            0..3 => self.one(&all),
            3 => format!("[{}, {}]", self.one(&numbers), self.one(&numbers)),
            _ => {
                let (field, number) = self.of_a.iter().next().expect("a field");
                format!("{{ m for m in A where m.{field}{} }}", if *number { " > 0" } else { "" })
            }
        }
    }

    fn need(&mut self, line: impl Into<String>) {
        self.needs.push(format!("  {}", line.into()));
    }

    // ---- members ----

    fn member(&mut self, ty: &str) -> String {
        let clauses = match ty {
            "retry" => self.retry(),
            "dedupe" => self.dedupe(),
            "merge" => self.merge(),
            "abort" | "reject" => self.undone("since", "protects"),
            "plain reject" => self.plain_reject(),
            "compensate" => self.undone("undoes", "restores"),
            "fence" => self.fence(),
            "append" => self.append(),
            "leader" => self.leader(),
            "compare_and_set" => self.compare_and_set(),
            "versioned" => self.versioned(),
            "monotonicity" => return self.monotonicity(),
            ty => panic!("no systems for {ty}"),
        };
        let (concept, first) = match ty {
            "append" | "leader" | "compare_and_set" | "versioned" => ("order", "    scope s"),
            _ => ("resolution", "    handles i"),
        };
        let ty = ty.strip_prefix("plain ").unwrap_or(ty);
        format!("  {concept} m: {ty} {{\n{first}\n{}\n  }}", clauses.join("\n"))
    }

    fn retry(&mut self) -> Vec<String> {
        self.of_a.insert("c".into(), true);
        let scope = self.scope(At::A, "n");
        let guard = self.truth(&scope, 0);
        let maybe = format!("if {guard} {{ n.c += 1 }}");
        let mut clauses = Vec::new();
        for _ in 0..1 + self.dice.below(2) {
            let needs = self.dice.pick(&["n.c < 1", "n.c < 2", "n.c < 2"]);
            let first = self.dice.pick(&["n.c += 1", "n.c += 1", "n.c += 1", "n.c += 1", &maybe]).to_string();
            clauses.push(match self.messages && self.dice.percent(60) {
                true => {
                    let send = self.sending(&scope, At::A);
                    format!("    at n in A when {needs} {{ {first}  {send} }}")
                }
                false => self.act(At::A, Some((needs, &first))),
            });
        }
        if self.messages && self.dice.percent(15) {
            clauses.extend(self.own_handlers("N"));
        }
        clauses.push(format!("    attempts n.c at most {}", 1 + self.dice.below(2)));
        if self.dice.percent(50) {
            clauses.push(format!("    protects {}", self.value()));
        }
        if self.dice.percent(30) {
            let fields: Vec<String> = self.of_a.keys().map(|f| format!("n.{f}")).collect();
            let field = self.one(&fields);
            clauses.push(format!("    key {}", self.dice.pick(&["n", "y", &field])));
        }
        clauses
    }

    fn dedupe(&mut self) -> Vec<String> {
        let mut clauses = Vec::new();
        if self.messages {
            let message = self.dice.pick(&["M", "M", "N"]);
            clauses.extend(self.own_handlers(message));
            if self.numbered && self.dice.percent(20) {
                clauses.push("    key v".into());
            }
        } else {
            (0..1 + self.dice.below(2)).for_each(|_| clauses.push(self.act(At::A, None)));
        }
        if self.dice.percent(60) {
            clauses.push(format!("    protects {}", self.value()));
        }
        clauses
    }

    fn merge(&mut self) -> Vec<String> {
        self.of_a.insert("v".into(), true);
        let join = self.dice.pick(&[
            "max(a, b)",
            "min(a, b)",
            "min(2, a + b)",
            "a",
            "b",
            "(a + b) % 3",
            "if a == 1 or b == 1 then 1 else max(a, b)",
            "abs(a - b)",
            "if a >= 1 then a else b",
            "if a == 2 or b == 2 then 0 else max(a, b)",
        ]);
        self.need(format!("def join(a: 0..2, b: 0..2): 0..2 = {join}"));
        let mut clauses = vec!["    merge join".to_string()];
        if self.count == 2 && self.dice.percent(60) {
            clauses.push(
                "    at n in A when some o in A: o.v != n.v { choose o in A where o.v != n.v { n.v := join(n.v, o.v) } }"
                    .into(),
            );
        } else if self.messages && self.numbered {
            self.handled.push("N");
            clauses.push("    on N from f at x { x.v := join(x.v, v) }".into());
        } else {
            let other = self.dice.pick(&["y", "2", "1"]);
            clauses.push(format!("    at n in A {{ n.v := join(n.v, {other}) }}"));
        }
        if self.dice.percent(40) {
            let first = if self.count == 2 { "a1.v" } else { "a.v" };
            clauses.push(format!("    protects {}", self.dice.pick(&["[o.v for o in A]", "y", first])));
        }
        clauses
    }

    fn undone(&mut self, since: &str, protects: &str) -> Vec<String> {
        let mut clauses = Vec::new();
        if self.messages && self.dice.percent(30) {
            clauses.push(format!("    {since} M"));
            if self.dice.percent(50) {
                clauses.extend(self.own_handlers("N"));
            } else {
                let at = if self.dice.percent(50) { At::A } else { At::B };
                clauses.push(self.act(at, None));
            }
        } else {
            let (begin, at) = self.action("begin");
            self.need(begin);
            clauses.push(format!("    {since} begin"));
            if self.dice.percent(25) {
                let (put, _) = self.action("put");
                self.need(put);
                clauses.push(format!("    {since} put"));
            }
            if self.messages && self.dice.percent(30) {
                let message = self.dice.pick(&["M", "N"]);
                clauses.extend(self.own_handlers(message));
            } else {
                let at = if self.dice.percent(85) { at } else { At::Nowhere };
                (0..1 + self.dice.below(4) / 3).for_each(|_| clauses.push(self.act(at, None)));
            }
            if self.dice.percent(20) {
                clauses.push("    key y".into());
            }
        }
        if self.dice.percent(85) {
            clauses.push(format!("    {protects} {}", self.value()));
        }
        clauses
    }

    fn plain_reject(&mut self) -> Vec<String> {
        let mut clauses = match self.messages {
            true => self.own_handlers("M"),
            false => vec![self.act(At::A, None)],
        };
        if self.dice.percent(80) {
            clauses.push(format!("    protects {}", self.value()));
        }
        clauses
    }

    fn fence(&mut self) -> Vec<String> {
        self.of_a.insert("t".into(), true);
        let other = {
            let scope = self.scope(At::A, "n");
            self.truth(&scope, 1)
        };
        if self.dice.percent(60) {
            self.states.extend(["h".to_string(), "val".to_string()]);
            let given = self.dice.pick(&["min(2, n.t + 1)", "2", "min(2, h + 1)", "max(n.t, 1)"]);
            self.need(format!("action acquire at n in A when n.t < 2 {{ n.t := {given} }}"));
            let guard = self.dice.pick(&["n.t >= h", "n.t >= h", "n.t > h", "true", &other]).to_string();
            let token = self.dice.pick(&["h := max(h, n.t)  ", "h := n.t  ", ""]);
            let write = self.dice.pick(&["val := n.t", "val := (val + 1) % 3", "val := 2 - val"]);
            self.need(format!("action write at n in A when n.t > 0 and {guard} {{ {token}{write} }}"));
            return ["token h", "write write carries n.t", "protects val"].map(|c| format!("    {c}")).into();
        }
        self.of_a.insert("s".into(), true);
        self.states.push("val".into());
        self.need("action acquire at n in A when n.t < 2 { n.t := min(2, n.t + 1) }");
        let guard = self.dice.pick(&["n.t >= n.s", "n.t >= n.s", "n.t > n.s", &other]).to_string();
        let token = self.dice.pick(&["n.s := max(n.s, n.t)", "n.s := n.t", ""]);
        self.need(format!("action write at n in A when n.t > 0 and {guard} {{ {token}  val := 2 - val }}"));
        let only = self.dice.pick(&["", "", " where x.up"]);
        let protects = self.dice.pick(&["val", "x.p0"]);
        vec![
            format!("    token x.s for x in A{only}"),
            "    write write carries n.t".into(),
            format!("    protects {protects}"),
        ]
    }

    fn append(&mut self) -> Vec<String> {
        const LIST: &str = "list<0..1, 2>";
        if self.dice.percent(30) {
            self.log = Some(LIST);
            self.need("action put(k: 0..1) when len(log) < 2 { log.push(k) }");
            if self.dice.percent(30) {
                let to = self.dice.pick(&["[]", "log[..1]", "log[1..len(log)]"]);
                self.need(format!("action cut when len(log) > 0 {{ log := {to} }}"));
            }
            return vec!["    views log".into()];
        }
        self.lists = Some(LIST);
        let first = if self.count == 2 { "a1" } else { "a" };
        let only = format!(" and n == {first}");
        let guard = self.dice.pick(&["", " and y == 0", &only, &only]).to_string();
        self.need(format!("action put(k: 0..1) at n in A when len(n.l) < 2{guard} {{ n.l.push(k) }}"));
        if self.count == 2 {
            let copy = self.dice.pick(&["n.l := a1.l", "n.l := a1.l[..1]", "n.l.push(a1.l[len(n.l)])"]);
            self.need(format!("action copy at n in A when n == a2 and len(n.l) < len(a1.l) {{ {copy} }}"));
        }
        if self.dice.percent(35) {
            let behind = if self.count == 2 { " and n.l != a1.l" } else { "" };
            let guard = self.dice.pick(&["", behind]);
            let to = self.dice.pick(&["[]", "n.l[..1]", "n.l[1..len(n.l)]"]);
            self.need(format!("action cut at n in A when len(n.l) > 0{guard} {{ n.l := {to} }}"));
        }
        vec![format!(
            "    views m.l for m in A{}",
            self.dice.pick(&["", "", " where m.up", " where m.l != []"])
        )]
    }

    fn leader(&mut self) -> Vec<String> {
        self.of_a.extend([("lead".to_string(), false), ("ep".to_string(), true)]);
        let one = self.dice.percent(50);
        let log = if one { "log" } else { "n.l" };
        if one {
            self.log = Some("list<0..2, 2>")
        } else {
            self.lists = Some("list<0..2, 2>")
        }
        let guard = self.dice.pick(&["y < 2", "not n.lead and y < 2", "y == 0"]);
        let depose =
            self.dice.pick(&["for o in A { o.lead := false }  ", "for o in A { o.lead := false }  ", ""]);
        let next = self.dice.pick(&["y := min(2, y + 1)  ", "y := min(2, y + 1)  ", ""]);
        let epoch = self.dice.pick(&["y", "y", "min(2, n.ep + 1)"]);
        self.need(format!(
            "action elect at n in A when {guard} {{ {depose}{next}n.lead := true  n.ep := {epoch} }}"
        ));
        let leads = self.dice.pick(&["n.lead and ", "n.lead and ", ""]);
        self.need(format!("action put at n in A when {leads}len({log}) < 2 {{ {log}.push(n.ep) }}"));
        if !one && self.count == 2 {
            let from = self.dice.pick(&["len(o.l) > len(n.l)", "o.lead and len(o.l) > len(n.l)", "o.lead"]);
            self.need(format!(
                "action copy at n in A {{ choose o in A where o != n and {from} {{ n.l := o.l }} }}"
            ));
        }
        if self.dice.percent(20) {
            self.need(format!("action cut at n in A when len({log}) > 0 {{ {log} := {log}[..1] }}"));
        }
        let mut clauses = vec!["    by n in A where n.lead".to_string()];
        if self.dice.percent(85) {
            clauses.push(format!("    epoch {}", self.dice.pick(&["n.ep", "n.ep", "y"])));
        }
        clauses.push(format!("    views {log} for n in A"));
        clauses
    }

    fn compare_and_set(&mut self) -> Vec<String> {
        self.states.extend(["val".to_string(), "rev".to_string()]);
        self.of_a.insert("r".into(), true);
        let next = self.dice.pick(&["min(2, rev + 1)", "(rev + 1) % 3", "(rev + 1) % 3", "rev", "2 - rev"]);
        let may = self.dice.pick(&["rev < 2", "rev < 2", "y < 2"]);
        let value = self.dice.pick(&["1 - min(1, val)", "(val + 1) % 3"]);
        let change = format!("val := {value}  rev := {next}");
        self.need("action read at n in A when n.r != rev { n.r := rev }");
        let writes = if self.messages && self.numbered && self.dice.percent(60) {
            self.handled.push("M");
            self.need("action go at n in A when in_flight(M) < 2 { send M { v: n.r } to b }");
            let guard = self.dice.pick(&["v == rev", "v == rev", "v >= rev"]);
            self.need(format!("on M from f at x when {guard} and {may} {{ {change} }}"));
            self.need(format!("on M from f at x when not ({guard} and {may}) {{ }}"));
            "M expects v"
        } else {
            let guard = self.dice.pick(&["n.r == rev", "n.r == rev", "n.r == rev", "n.r <= rev"]);
            self.need(format!("action edit at n in A when {guard} and {may} {{ {change} }}"));
            "edit expects n.r"
        };
        vec!["    value val".into(), "    version rev".into(), format!("    write {writes}")]
    }

    fn versioned(&mut self) -> Vec<String> {
        if self.dice.percent(35) {
            self.states.extend(["val".to_string(), "rev".to_string()]);
            let value = self.dice.pick(&["(val + 1) % 3", "2 - val", "1"]);
            let next = self.dice.pick(&["rev + 1", "rev + 1", "2"]);
            self.need(format!("action edit when rev < 2 {{ val := {value}  rev := {next} }}"));
            return vec![
                self.dice.pick(&["    value val", "    views val"]).into(),
                "    version rev".into(),
            ];
        }
        self.of_a.extend([("v".to_string(), true), ("r".to_string(), true)]);
        let first = if self.count == 2 { " and n == a1" } else { " and n == a" };
        let guard = self.dice.pick(&["", first, " and y == 0"]);
        let value = self.dice.pick(&["k", "(n.v + 1) % 3", "n.r"]);
        self.need(format!(
            "action edit(k: 0..2) at n in A when n.r < 2{guard} {{ n.v := {value}  n.r += 1 }}"
        ));
        if self.count == 2 {
            let from = self.dice.pick(&["o.r > n.r", "o.r >= n.r", "o.r > n.r"]);
            let version = self.dice.pick(&["n.r := o.r", "n.r := o.r", ""]);
            self.need(format!(
                "action copy at n in A {{ choose o in A where {from} {{ n.v := o.v  {version} }} }}"
            ));
        }
        let only = self.dice.pick(&["", "", " where n.up", " where n.r > 0"]);
        vec![format!("    views n.v for n in A{only}"), "    version n.r".into()]
    }

    fn monotonicity(&mut self) -> String {
        let strictly = self.dice.pick(&["", " strictly", " strictly in grow"]);
        let field = self.of_a.iter().find(|(_, number)| **number).map(|(f, _)| f.clone());
        match field.filter(|_| self.dice.percent(50)) {
            Some(f) => {
                self.need(format!("action grow at n in A when n.{f} < 2 {{ n.{f} += 1 }}"));
                format!("  invariant m: monotonicity {{ monotonic o.{f}{strictly} for o in A }}")
            }
            None => {
                self.need("action grow when y < 2 { y += 1 }");
                format!("  invariant m: monotonicity {{ monotonic y{strictly} }}")
            }
        }
    }
}
