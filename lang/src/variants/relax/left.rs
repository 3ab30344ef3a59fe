//! Whether all that asks for an order was taken out of a looser system.
//!
//! Enters: a system with an order and without it. Leaves: the first place that still asks, in a condition or in what is read. It errs
//! on one side: what it names need not matter, and where it names nothing, nothing written in one of the known ways is left.

use super::{Loosening, Looser, conditions};
use crate::analysis::program::{Action, Expr, NodeFieldId, Order, Program, Stmt, StmtKind};
use crate::analysis::walk::Mentions;
use crate::span::Span;
use crate::variants::weaken::is_written;

/// What still asks for what an order says, where it could not be taken out: that nobody misses the order proves nothing then.
/// `written`: the system as it is written, `loose`: without the order.
pub fn left(written: &Program, loose: &Program, looser: &Looser) -> Option<Span> {
    let order = written.orders.iter().find(|order| order.header.name == looser.order)?;
    let system = Systems { written, loose, order };
    match looser.loosening {
        Loosening::NotCompared => system.comparing(),
        Loosening::Deposed => system.entitled(),
        Loosening::Older => system.reading(),
        // These are steps of their own and properties of links, which nothing has to ask for.
        Loosening::Swapped | Loosening::SwappedApart { .. } | Loosening::Overtaking => None,
    }
}

struct Systems<'p> {
    written: &'p Program,
    loose: &'p Program,
    order: &'p Order,
}

impl Systems<'_> {
    fn mentions<'e>(&self, all: impl Iterator<Item = &'e Expr>) -> Mentions {
        let mut found = Mentions::default();
        all.for_each(|e| found.read(self.written, e));
        found
    }

    /// The value and the version.
    fn registers(&self) -> Mentions {
        self.mentions(self.order.value.iter().chain(&self.order.version))
    }

    /// A condition of a step that writes, which asks for what is there.
    fn comparing(&self) -> Option<Span> {
        let asked = self.registers();
        let is_left = |e: &Expr| Mentions::of(self.loose, e).overlap(&asked);
        let mut ids = self.order.writes.iter().flat_map(|write| &write.actions);
        ids.find_map(|id| asking(&self.loose.actions[id.index()], &is_left))
    }

    /// A condition of a step that appends, which asks for all that is said of who writes, and not an epoch alone that it speaks
    /// of as well. What notes who was entitled is none of the mapping's.
    fn entitled(&self) -> Option<Span> {
        let by = self.order.by.as_ref()?;
        let asked = self.mentions(by.filter.iter().map(|filter| &**filter));
        let log = self.mentions(self.order.views.iter().map(|views| &views.value));
        let flag = NodeFieldId(self.loose.node_fields.len() as u32 - 1);
        let is_left = |e: &Expr| {
            let read = Mentions::of(self.loose, e);
            let all_of_it = asked.states.iter().all(|state| read.states.contains(state))
                && asked.node_fields.iter().all(|field| read.node_fields.contains(field));
            read.overlap(&asked) && all_of_it && !within(e.span, by.span) && !read.node_fields.contains(&flag)
        };
        let is_bare = log.states.is_empty() && log.node_fields.is_empty();
        let mut all = self.loose.actions.iter();
        all.find_map(|action| {
            let written = Mentions::written(&action.body);
            let appends = is_bare || written.overlap(&log);
            let is_one = is_written(action) && appends && !written.overlap(&asked);
            is_one.then(|| asking(action, &is_left)).flatten()
        })
    }

    /// What is read of the newest version by a step that does not write it. Who reads it is there twice: the second, which came
    /// later, reads the version before.
    fn reading(&self) -> Option<Span> {
        let asked = self.registers();
        let (first, twins) = self.loose.actions.split_at(self.written.actions.len());
        let is_read = |e: &Expr| Mentions::of(self.loose, e).overlap(&asked);
        let is_twice = |action: &Action| twins.iter().any(|twin| twin.span == action.span);
        let once = first.iter().filter(|action| {
            is_written(action) && !is_twice(action) && !Mentions::written(&action.body).overlap(&asked)
        });
        twins.iter().chain(once).find_map(|action| reading(action, &is_read))
    }
}

fn within(inner: Span, outer: Span) -> bool {
    inner.source == outer.source && outer.start <= inner.start && inner.end <= outer.end
}

/// A condition of an action, or a value that is named in it, of which something is so.
fn asking(action: &Action, is_it: &dyn Fn(&Expr) -> bool) -> Option<Span> {
    let (mut action, mut found) = (action.clone(), None);
    conditions(&mut action, &mut |condition| {
        let mut all = condition.conjuncts().into_iter();
        found = found.or_else(|| all.find(|part| is_it(part)).map(|part| part.span));
    });
    let named = |stmt: &Stmt, found: &mut Option<Span>| {
        if let StmtKind::Let { value, .. } = &stmt.kind
            && is_it(value)
        {
            found.get_or_insert(value.span);
        }
    };
    action.body.iter().for_each(|stmt| stmt.walk(&mut |stmt| named(stmt, &mut found)));
    found
}

/// Anything in an action of which something is so.
fn reading(action: &Action, is_it: &dyn Fn(&Expr) -> bool) -> Option<Span> {
    let mut found = action.guards.iter().find(|guard| is_it(guard)).map(|guard| guard.span);
    let mut look = |e: &Expr| {
        if found.is_none() && is_it(e) {
            found = Some(e.span);
        }
    };
    action.body.iter().for_each(|stmt| stmt.walk(&mut |stmt| stmt.parts(&mut look)));
    found
}
