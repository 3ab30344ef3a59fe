//! What a scenario expects of members: which properties one run can break, and what it does not show.
//!
//! Enters: an expectation of a line. Leaves: its plan, or diagnostics; of a way, whether it is met.

use super::looked::not_looked_at;
use super::plan::{Plan, Planner};
use super::steps::Reason;
use super::ways::WayId;
use super::{Member, Player};
use crate::concepts::ExpectedVerdict;
use crate::diag::Diagnostic;
use crate::diag::codes::session as codes;
use crate::obligations::property::{Property, PropertyKind};
use crate::span::Span;
use crate::syntax::tree::{Expectation, Name};
use crate::value::Value;

impl Planner<'_> {
    pub(super) fn verdict(&mut self, expectation: &Expectation) -> Option<Plan> {
        use ExpectedVerdict::{Asked, Diverges, Failed, Holds, Vacuous, Violated};
        let Expectation { verdict, verdict_span, names, .. } = expectation;
        let violated = match verdict {
            Violated => true,
            Holds | Asked => false,
            Failed => {
                let d = Diagnostic::error(codes::LINE, *verdict_span, "expected the step that has no value");
                self.diagnostics.push(d.help("write `expect failed NAME at NODE`"));
                return None;
            }
            Diverges(_) | Vacuous => {
                let words = format!("expected `violated` or `holds`, found `{}`", verdict.word());
                let d = Diagnostic::error(codes::LINE, *verdict_span, words);
                let help = "whether something is stuck, unreachable or flapping is a question to `check`: one run cannot tell";
                self.diagnostics.push(d.help(help));
                return None;
            }
        };
        if names.is_empty() && *verdict == Holds {
            let word = Name { text: verdict.word().to_string(), span: *verdict_span };
            self.both(&word, "for what is declared, write `expect holds == true`; for a member, name it");
        }
        if violated && names.is_empty() {
            let d = Diagnostic::error(codes::LINE, *verdict_span, "expected what is violated");
            self.diagnostics.push(d.help("write `expect violated NAME`"));
            return None;
        }
        let members: Vec<_> = names.iter().map(|name| self.judged(name, violated)).collect();
        let mut members = members.into_iter().collect::<Option<Vec<_>>>()?;
        if names.is_empty() {
            let all = super::members(self.program);
            for known in &all {
                if self.breaks_beside(known.member) {
                    self.partly(&known.name, *verdict_span, known.member);
                }
            }
            let all = all.into_iter();
            let judged = all.map(|known| (known.name, self.judgeable(|p| known.member.states(p))));
            members.extend(judged.filter(|(_, properties)| !properties.is_empty()));
            if members.is_empty() {
                let words = format!("{} has no member that one run could break", self.program.name);
                let d = Diagnostic::error(codes::LINE, *verdict_span, words);
                let help = "say what is to be true here: `expect P`; members are judged by `check`";
                self.diagnostics.push(d.help(help));
                return None;
            }
        }
        Some(match verdict {
            Asked => Plan::Asked { named: !names.is_empty(), members },
            _ => Plan::Verdict { violated, named: !names.is_empty(), members },
        })
    }

    fn judgeable(&self, of: impl Fn(&Property) -> bool) -> Vec<u32> {
        let all = self.properties.iter().enumerate();
        all.filter(|(_, p)| p.on_one_run() && of(p)).map(|(i, _)| i as u32).collect()
    }

    /// Whether one run shows what a property says, by another that says the same.
    fn shows(&self, property: &Property) -> bool {
        let same = |p: &Property| (p.concept, p.member) == (property.concept, property.member);
        self.properties.iter().any(|p| same(p) && p.on_one_run() && p.words == property.words)
    }

    /// Whether a run may break a member beside what it shows by itself.
    fn breaks_beside(&self, member: Member) -> bool {
        self.all.iter().any(|p| member.states(p) && p.beside_one_run() && !self.shows(p))
    }

    /// Says what one run does not show of a member.
    fn partly(&mut self, name: &str, span: Span, member: Member) {
        let beyond = |p: &&Property| {
            let checked = !matches!(p.kind, PropertyKind::NotChecked(_));
            member.states(p) && !p.on_one_run() && checked && !self.shows(p)
        };
        let words: Vec<&str> = self.all.iter().filter(beyond).map(|p| p.words.as_str()).collect();
        if words.is_empty() {
            return;
        }
        let message = format!("one run does not show all that `{name}` says");
        let d = Diagnostic::warning(codes::PARTLY_JUDGED, span, message);
        self.diagnostics.push(d.help(format!("`check` judges this too: {}", words.join(", "))));
    }

    /// Why no run shows whether a member is violated, and what does.
    fn beyond(&self, name: &str, member: Member, verdict: ExpectedVerdict) -> (String, String) {
        let own = |p: &&Property| member.states(p);
        let verdict = verdict.word();
        let check = format!("write `check {} {{ expect {verdict} {name} }}`", self.program.name);
        if self.all.iter().filter(own).any(|p| p.watched_by.is_some()) {
            let why =
                format!("`{name}` is judged on each attempt, watched through every run, not on one run");
            return (why, format!("{check}; the lines of its trace are a scenario"));
        }
        if self.all.iter().filter(own).any(Property::beside_one_run) {
            let why = format!("`{name}` is judged on all values that meet, not on one run");
            return (why, format!("{check}; the lines of its trace are a scenario"));
        }
        if self.all.iter().filter(own).any(|p| !matches!(p.kind, PropertyKind::NotChecked(_))) {
            return (format!("one run cannot break `{name}`: it is judged on all runs"), check);
        }
        (
            format!("`{name}` is only stated"),
            "there is nothing to judge yet: `check` says what to add".to_string(),
        )
    }

    /// The properties of a member that one run can violate.
    fn judged(&mut self, name: &Name, violated: bool) -> Option<(String, Vec<u32>)> {
        let members = super::members(self.program);
        let Some(member) = members.iter().find(|m| m.name == name.text).map(|m| m.member) else {
            let known: Vec<&str> = members.iter().map(|m| m.name.as_str()).collect();
            let words = format!("unknown order, invariant, resolution or reconciler `{}`", name.text);
            let d = Diagnostic::error(codes::UNKNOWN_STEP, name.span, words);
            let words = format!("there are {}", known.join(", "));
            self.diagnostics.push(if known.is_empty() { d } else { d.meant_among(&name.text, known, words) });
            return None;
        };
        let found = self.judgeable(|p| member.states(p));
        if found.is_empty() {
            let expected = if violated { ExpectedVerdict::Violated } else { ExpectedVerdict::Holds };
            let (words, help) = self.beyond(&name.text, member, expected);
            self.diagnostics.push(Diagnostic::error(codes::LINE, name.span, words).help(help));
            return None;
        }
        if !violated && self.breaks_beside(member) {
            let (words, help) = self.beyond(&name.text, member, ExpectedVerdict::Holds);
            self.diagnostics.push(Diagnostic::error(codes::LINE, name.span, words).help(help));
            return None;
        }
        self.partly(&name.text, name.span, member);
        Some((name.text.clone(), found))
    }
}

/// A member, with the properties of it that one run can break.
type Judgeable = (String, Vec<u32>);

impl Player<'_> {
    /// Whether a way is as expected of members: `named`, or of all together, of which one at least was looked at.
    pub(super) fn verdict(
        &mut self,
        (violated, named): (bool, bool),
        members: &[Judgeable],
        way: WayId,
    ) -> Result<Vec<(String, Value)>, Reason> {
        let broken = &self.ways.get(way).broken;
        let mut aside = Vec::new();
        for (name, properties) in members {
            let found = properties.iter().find(|p| broken.contains(p));
            match (found, violated) {
                (None, true) => {
                    return Err(Reason::new(format!("nothing that one run shows of `{name}` is broken")));
                }
                (Some(property), false) => {
                    let words = &self.world.model.property_list()[self.number(*property)].words;
                    return Err(Reason::new(format!("`{name}` is violated on this run; it says: {words}")));
                }
                (None, false) => aside.extend(self.aside(properties, way).map(|why| (name.as_str(), why))),
                (Some(_), true) => {}
            }
        }
        match aside.first() {
            Some((name, why)) if named || aside.len() == members.len() => {
                let words = format!("that `{name}` holds says nothing of this run: {why}");
                Err(Reason::new(words))
            }
            Some(_) => {
                let names: Vec<String> = aside.iter().map(|(name, _)| format!("`{name}`")).collect();
                Ok(vec![("not looked at".to_string(), Value::Name(names.join(", ").into()))])
            }
            None => Ok(Vec::new()),
        }
    }

    /// Why it says nothing of a way that some properties hold on it.
    fn aside(&self, properties: &[u32], way: WayId) -> Option<String> {
        let looked = &self.ways.get(way).looked;
        properties.iter().find_map(|p| not_looked_at(self.world.model, looked, self.number(*p)))
    }

    /// What is so of members on a way, in the words that are to be written.
    pub(super) fn answer(&self, named: bool, members: &[Judgeable], way: WayId) -> String {
        let broken = &self.ways.get(way).broken;
        let violated = members.iter().filter(|(_, all)| all.iter().any(|p| broken.contains(p)));
        let names: Vec<&str> = violated.map(|(name, _)| name.as_str()).collect();
        if !names.is_empty() {
            return format!("violated {}", names.join(", "));
        }
        let aside: Vec<String> = members.iter().filter_map(|(_, all)| self.aside(all, way)).collect();
        match aside.first() {
            Some(why) if named || aside.len() == members.len() => format!("holds, but vacuously: {why}"),
            _ => "holds".to_string(),
        }
    }
}
