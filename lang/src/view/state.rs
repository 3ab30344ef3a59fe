//! A state as tables: what each kind of node has, a column for each of its nodes, and what the whole system has.
//!
//! Enters: the lanes and the variables of a state. Leaves: tables of values, in the order of the declarations.

use crate::report::HandReport;
use crate::value::{Value, part_of};

/// A variable of a state, as a table shows it.
pub(super) struct Shown<'r> {
    pub value: &'r Value,
    /// The last step changed it.
    pub changed: bool,
}

/// The nodes of one kind.
pub(super) struct Kind<'r> {
    pub nodes: Vec<&'r str>,
    /// Name of a field, and its value at each node.
    pub fields: Vec<(&'r str, Vec<Option<Shown<'r>>>)>,
}

/// The tables of a state.
#[derive(Default)]
pub(super) struct Tables<'r> {
    pub kinds: Vec<Kind<'r>>,
    pub rest: Vec<(&'r str, Shown<'r>)>,
}

/// The state that a run is in.
pub(super) fn tables(report: &HandReport) -> Tables<'_> {
    let mut tables = Tables::default();
    for lane in &report.lanes {
        if !report.state.iter().any(|(path, _)| field(path, lane).is_some()) {
            continue;
        }
        match tables.kinds.iter_mut().find(|kind| stem(kind.nodes[0]) == stem(lane)) {
            Some(kind) => kind.nodes.push(lane),
            None => tables.kinds.push(Kind { nodes: vec![lane], fields: Vec::new() }),
        }
    }
    for (path, value) in &report.state {
        let within = |change: &String| part_of(change, path).is_some();
        let shown = Shown { value, changed: report.changed.iter().any(within) };
        let place = tables.kinds.iter().enumerate().find_map(|(k, kind)| {
            kind.nodes.iter().enumerate().find_map(|(n, node)| Some((k, n, field(path, node)?)))
        });
        match place {
            Some((k, n, name)) => tables.kinds[k].put(name, n, shown),
            None => tables.rest.push((path, shown)),
        }
    }
    tables
}

impl Tables<'_> {
    /// Whether something in them was changed by the last step: what is under way is no variable of theirs.
    pub(super) fn tells_changes(&self) -> bool {
        let fields = self.kinds.iter().flat_map(|kind| &kind.fields).flat_map(|(_, values)| values).flatten();
        fields.chain(self.rest.iter().map(|(_, shown)| shown)).any(|shown| shown.changed)
    }
}

impl<'r> Kind<'r> {
    fn put(&mut self, name: &'r str, node: usize, shown: Shown<'r>) {
        let at = self.fields.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            let row = (0..self.nodes.len()).map(|_| None).collect();
            self.fields.push((name, row));
            self.fields.len() - 1
        });
        self.fields[at].1[node] = Some(shown);
    }
}

/// `value`, of `replica1.value`
fn field<'p>(path: &'p str, node: &str) -> Option<&'p str> {
    path.strip_prefix(node)?.strip_prefix('.')
}

/// `replica`, of `replica1`
fn stem(node: &str) -> &str {
    node.trim_end_matches(|c: char| c.is_ascii_digit())
}
