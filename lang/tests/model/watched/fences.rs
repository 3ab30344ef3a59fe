//! `fence` and `merge`, by their definitions.

use super::judge::{Found, Seen, Watch, judge};
use super::world::{Locals, Step, World};
use crate::random::naive::{Naive, State, Trap};
use reconverge_lang::analysis::program::*;
use reconverge_lang::value::Value;
use std::collections::BTreeSet;

pub fn fence(world: &World<'_>, resolution: &Resolution) -> Found {
    judge(world, Fence { resolution, moved: false, older: false })
}

struct Fence<'r> {
    resolution: &'r Resolution,
    moved: bool,
    older: bool,
}

fn int(value: &Value) -> i64 {
    match value {
        Value::Int(i) => *i,
        value => panic!("{value} is no token here"),
    }
}

/// Of each that has a token: who it is, the token, whether it counts.
type Tokens = Vec<(Value, i64, bool)>;

impl Fence<'_> {
    fn token(&self) -> &Token {
        self.resolution.token.as_ref().expect("every fence here has a token")
    }

    /// Whether what is protected belongs to those who have the tokens.
    fn of_each(&self) -> bool {
        let (Some(binder), Some(protects)) = (&self.token().binder, &self.resolution.protects) else {
            return false;
        };
        let mut found = false;
        protects.walk(&mut |e| found |= matches!(e.kind, ExprKind::Local(l) if l == binder.local));
        found
    }

    fn tokens(&self, world: &World<'_>, state: &State) -> Result<Tokens, Trap> {
        let Token { value: e, binder } = self.token();
        let Some(binder) = binder else {
            return Ok(vec![(Value::None, int(&world.eval(state, &Locals::new(), e)?), true)]);
        };
        let all = Binder { filter: None, ..binder.clone() };
        let counts = world.each(state, &Locals::new(), binder)?;
        let mut tokens = Vec::new();
        for (who, locals) in world.each(state, &Locals::new(), &all)? {
            let token = int(&world.eval(state, &locals, e)?);
            let counts = counts.iter().any(|(other, _)| *other == who);
            tokens.push((who, token, counts));
        }
        Ok(tokens)
    }

    /// What is protected, of one who has a token where it belongs to them.
    fn protected(&self, world: &World<'_>, state: &State, who: &Value) -> Result<Value, Trap> {
        let e = self.resolution.protects.as_ref().expect("every fence here protects");
        let local = self.token().binder.as_ref().map(|b| (b.local, who.clone()));
        world.eval(state, &local.into_iter().collect(), e)
    }

    /// What a step of an action carries, where it is a declared write.
    fn carried(
        &self,
        world: &World<'_>,
        state: &State,
        action: ActionId,
        locals: &Locals,
    ) -> Result<Option<i64>, Trap> {
        let pairs = self.resolution.writes.iter().flat_map(|w| w.actions.iter().zip(&w.values));
        match pairs.into_iter().find(|(a, _)| **a == action) {
            Some((_, e)) => Ok(Some(int(&world.eval(state, locals, e)?))),
            None => Ok(None),
        }
    }

    /// Whose token counts for a step that changes what belongs to `who`: theirs, else that of its node, else any.
    fn whose<'t>(
        &self,
        world: &World<'_>,
        (action, locals): (ActionId, &Locals),
        who: &Value,
        tokens: &'t Tokens,
    ) -> Vec<&'t (Value, i64, bool)> {
        let here = world.p.actions[action.index()].at.map(|at| &locals[&at]);
        let wanted = if self.of_each() { Some(who) } else { here };
        let one: Vec<_> = tokens.iter().filter(|(other, ..)| Some(other) == wanted).collect();
        if one.is_empty() { tokens.iter().collect() } else { one }
    }
}

impl Watch for Fence<'_> {
    /// The newest token seen of each.
    type Past = Vec<(Value, i64)>;

    fn begin(&mut self, world: &World<'_>, state: &State) -> Result<Self::Past, Trap> {
        let tokens = self.tokens(world, state)?;
        Ok(tokens
            .into_iter()
            .map(|(who, token, counts)| (who, if counts { token } else { i64::MIN }))
            .collect())
    }

    fn step(
        &mut self,
        world: &World<'_>,
        past: &Self::Past,
        before: &State,
        step: &Step,
    ) -> Result<Seen<Self::Past>, Trap> {
        let after = &step.next.state;
        let (old, new) = (self.tokens(world, before)?, self.tokens(world, after)?);
        let mut seen = past.clone();
        for (i, ((_, was, counted), (_, is, counts))) in old.iter().zip(&new).enumerate() {
            if *counted && *counts {
                self.moved |= is != was;
                if is < was {
                    return Ok(Seen::Broken);
                }
            }
            if *counts {
                seen[i].1 = seen[i].1.max(*is);
            }
        }
        let Some(action) = step.action() else { return Ok(Seen::Goes(seen)) };
        let carried = self.carried(world, before, action, &step.locals)?;
        let each = if self.of_each() { old.clone() } else { old[..1].to_vec() };
        for (who, ..) in &each {
            if self.protected(world, before, who)? == self.protected(world, after, who)? {
                continue;
            }
            let compared = self.whose(world, (action, &step.locals), who, &old);
            let index =
                |(other, ..): &(Value, i64, bool)| old.iter().position(|(w, ..)| w == other).expect("known");
            match carried {
                Some(carried) => {
                    if compared.iter().any(|known| carried < known.1.max(past[index(known)].1)) {
                        return Ok(Seen::Broken);
                    }
                    for known in compared {
                        let seen = &mut seen[index(known)].1;
                        *seen = carried.max(*seen);
                    }
                }
                None if compared.iter().any(|known| new[index(known)].1 > known.1) => {}
                None => return Ok(Seen::Broken),
            }
        }
        Ok(Seen::Goes(seen))
    }

    fn allows(&mut self, world: &World<'_>, state: &State) -> Result<bool, Trap> {
        let tokens = self.tokens(world, state)?;
        for write in &self.resolution.writes {
            for action in &write.actions {
                for (locals, _) in world.instances(state, *action) {
                    let carried = self.carried(world, state, *action, &locals)?.expect("a declared write");
                    let each = if self.of_each() { tokens.clone() } else { tokens[..1].to_vec() };
                    for (who, ..) in &each {
                        let compared = self.whose(world, (*action, &locals), who, &tokens);
                        let about = !self.of_each()
                            || locals.values().all(|v| tokens.iter().all(|(w, ..)| w != v))
                            || locals.values().any(|v| v == who);
                        // 0 is a token that nobody has been given.
                        self.older |= about && carried > 0 && compared.iter().any(|(_, t, _)| carried < *t);
                    }
                }
            }
        }
        Ok(true)
    }

    fn exercised(&self) -> bool {
        self.moved && self.older
    }
}

// ---- merge ----

/// `domain`: all values of the type that is merged.
pub fn merge(world: &World<'_>, resolution: &Resolution, domain: &[Value]) -> Found {
    let def = resolution.merge.expect("every merge here has a function");
    let everywhere = obeys(world, def, domain).is_ok_and(|obeys| obeys);
    judge(world, Merge { def, everywhere, protects: resolution.protects.as_ref(), met: false })
}

struct Merge<'r> {
    def: DefId,
    /// It obeys its laws over the whole domain.
    everywhere: bool,
    protects: Option<&'r Expr>,
    met: bool,
}

fn merged(world: &World<'_>, def: DefId, a: &Value, b: &Value) -> Result<Value, Trap> {
    let known = &world.p.defs[def.index()];
    let mut naive = Naive::new(world.p, &Vec::new());
    naive.locals = known.params.iter().copied().zip([a.clone(), b.clone()]).collect();
    naive.eval(&known.body)
}

/// Commutative, associative and idempotent over these values.
fn obeys(world: &World<'_>, def: DefId, values: &[Value]) -> Result<bool, Trap> {
    let f = |a: &Value, b: &Value| merged(world, def, a, b);
    for a in values {
        if f(a, a)? != *a {
            return Ok(false);
        }
        for b in values {
            if f(a, b)? != f(b, a)? {
                return Ok(false);
            }
            for c in values {
                if f(&f(a, b)?, c)? != f(a, &f(b, c)?)? {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

impl Watch for Merge<'_> {
    type Past = ();

    fn step(&mut self, world: &World<'_>, _: &(), before: &State, step: &Step) -> Result<Seen<()>, Trap> {
        let (Some(e), Some(_)) = (self.protects, step.action()) else { return Ok(Seen::Goes(())) };
        let of = |state| world.eval(state, &Locals::new(), e);
        let pairs = match (of(before)?, of(&step.next.state)?) {
            (Value::List(a), Value::List(b)) => a.into_iter().zip(b).collect(),
            pair => vec![pair],
        };
        for (a, b) in pairs {
            if a != b && merged(world, self.def, &a, &b)? != b {
                return Ok(Seen::Broken);
            }
        }
        Ok(Seen::Goes(()))
    }

    /// What would meet in the steps that are possible here, and what comes of it.
    fn allows(&mut self, world: &World<'_>, state: &State) -> Result<bool, Trap> {
        let mut met = BTreeSet::new();
        for id in (0..world.p.actions.len() as u32).map(ActionId) {
            for (locals, message) in world.instances(state, id) {
                if !world.enabled(state, id, &locals)? {
                    continue;
                }
                let taken = message.as_ref().and_then(|m| world.without(state, m));
                let operands = world.calls(taken.as_ref().unwrap_or(state), (id, self.def), &locals)?;
                self.met |= operands.iter().any(|pair| pair[0] != pair[1]);
                met.extend(operands.into_iter().flatten());
            }
        }
        if self.everywhere {
            return Ok(true);
        }
        loop {
            let mut more = met.clone();
            for a in &met {
                for b in &met {
                    more.insert(merged(world, self.def, a, b)?);
                }
            }
            if more == met {
                return obeys(world, self.def, &met.into_iter().collect::<Vec<_>>());
            }
            met = more;
        }
    }

    fn exercised(&self) -> bool {
        self.met
    }
}
