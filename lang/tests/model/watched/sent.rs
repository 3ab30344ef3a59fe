//! What is sent in messages, and what is known of that before it is sent.

use super::orders::Write;
use super::world::{Locals, World};
use crate::random::naive::{State, Trap, all_values};
use reconverge_lang::analysis::program::*;
use reconverge_lang::analysis::walk::Mentions;
use reconverge_lang::value::Value;

/// A step that sends a message, and an expression over that in the names of the step.
pub struct Sent<'p> {
    action: ActionId,
    e: Expr,
    around: Vec<&'p Binder>,
}

/// An expression over the message of a handler, at each step that sends it, and so on where that forwards one.
pub fn from(
    world: &World<'_>,
    (handler, e): (ActionId, &Expr),
    seen: &mut Vec<ActionId>,
    visit: &mut dyn FnMut(&Sent<'_>) -> Result<(), Trap>,
) -> Result<(), Trap> {
    let ActionKind::Handler { message, fields, .. } = &world.p.actions[handler.index()].kind else {
        return Ok(());
    };
    for (index, action) in world.p.actions.iter().enumerate() {
        let mut sites = Vec::new();
        sends(&action.body, *message, (&mut Vec::new(), &mut Vec::new()), &mut sites);
        for (values, around) in sites {
            let Some(values) = values else { continue };
            // Names of the message that is sent, and of one that is taken, may be the same.
            let mut e = e.clone();
            for (i, field) in fields.iter().enumerate() {
                let apart = Expr { kind: ExprKind::Local(LocalId(1 << 20 | i as u32)), ..e.clone() };
                e = e.with_local(*field, &apart);
            }
            for (i, value) in values.iter().enumerate() {
                e = e.with_local(LocalId(1 << 20 | i as u32), value);
            }
            let sent = Sent { action: ActionId(index as u32), e, around };
            visit(&sent)?;
            if sent.forwards(world) && !seen.contains(&sent.action) {
                seen.push(sent.action);
                from(world, (sent.action, &sent.e), seen, visit)?;
            }
        }
    }
    Ok(())
}

/// The fields of what is sent, where nothing that they read was certainly written before in the same step.
type Site<'p> = (Option<Vec<Expr>>, Vec<&'p Binder>);

fn sends<'p>(
    body: &'p [Stmt],
    wanted: MessageId,
    (written, around): (&mut Vec<Mentions>, &mut Vec<&'p Binder>),
    sites: &mut Vec<Site<'p>>,
) {
    let outside = written.len();
    for stmt in body {
        match &stmt.kind {
            StmtKind::Assign { place, .. } if place.path.is_empty() => {
                written.push(Mentions::written(std::slice::from_ref(stmt)));
            }
            StmtKind::Send { message, fields, .. } if *message == wanted => {
                let mut reads = Mentions::default();
                fields.iter().for_each(|e| {
                    e.walk(&mut |e| match &e.kind {
                        ExprKind::State(id) => reads.states.push(*id),
                        ExprKind::NodeField { field, .. } => reads.node_fields.push(*field),
                        _ => {}
                    })
                });
                let known = !written.iter().any(|w| w.overlap(&reads));
                sites.push((known.then(|| fields.clone()), around.clone()));
            }
            StmtKind::If { then, otherwise, .. } => {
                sends(then, wanted, (&mut *written, &mut *around), sites);
                sends(otherwise, wanted, (&mut *written, &mut *around), sites);
            }
            StmtKind::For { binder, body } | StmtKind::Choose { binder, body } => {
                around.push(binder);
                sends(body, wanted, (&mut *written, &mut *around), sites);
                around.pop();
            }
            _ => {}
        }
    }
    written.truncate(outside);
}

impl Sent<'_> {
    fn mentions(&self, local: LocalId) -> bool {
        let mut found = false;
        self.e.walk(&mut |e| found |= matches!(e.kind, ExprKind::Local(l) if l == local));
        found
    }

    fn forwards(&self, world: &World<'_>) -> bool {
        match &world.p.actions[self.action.index()].kind {
            ActionKind::Handler { from, fields, .. } => {
                fields.iter().chain(from).any(|local| self.mentions(*local))
            }
            _ => false,
        }
    }

    /// The values that it may have, by who has them.
    pub fn values(&self, world: &World<'_>, state: &State) -> Result<Vec<(Write, Vec<Value>)>, Trap> {
        let action = &world.p.actions[self.action.index()];
        let around: Vec<&Binder> = self.around.iter().copied().filter(|b| self.mentions(b.local)).collect();
        let reads = |e: &Expr| {
            let reads = Mentions::of(world.p, e);
            !reads.states.is_empty() || !reads.node_fields.is_empty()
        };
        let mut kept = reads(&self.e);
        around.iter().for_each(|b| b.parts(&mut |e| kept |= reads(e)));
        let mut all = Vec::new();
        if self.forwards(world) {
            for (locals, _) in world.instances(state, self.action) {
                all.push((Write::Forwards(self.action), self.each(world, state, &around, locals)?));
            }
            return Ok(all);
        }
        if !kept {
            return Ok(all);
        }
        let mut each = vec![Locals::new()];
        for local in action.params.iter().chain(&action.at) {
            let values = all_values(world.p, world.p.locals[local.index()].ty);
            let with = |known: &Locals, value: &Value| {
                let mut locals = known.clone();
                locals.insert(*local, value.clone());
                locals
            };
            each = each.iter().flat_map(|known| values.iter().map(move |v| with(known, v))).collect();
        }
        for locals in each {
            let node = action.at.map(|at| locals[&at].clone());
            let params = action.params.iter().map(|p| locals[p].clone()).collect();
            let who = Write::Sends(self.action, node, params);
            all.push((who, self.each(world, state, &around, locals)?));
        }
        Ok(all)
    }

    fn each(
        &self,
        world: &World<'_>,
        state: &State,
        around: &[&Binder],
        locals: Locals,
    ) -> Result<Vec<Value>, Trap> {
        let Some((first, rest)) = around.split_first() else {
            return Ok(vec![world.eval(state, &locals, &self.e)?]);
        };
        let mut all = Vec::new();
        for (_, inner) in world.each(state, &locals, first)? {
            all.extend(self.each(world, state, rest, inner)?);
        }
        Ok(all)
    }
}
