//! Steps in words: who did what, with which choices, which messages went where.
//!
//! Enters: packed steps. Leaves: descriptions, for traces, and for commands that look for a step.

use crate::analysis::program::{ActionId, ActionKind, LinkId, MessageId, STALE};
use crate::concepts::{Fault, StepKind};
use crate::engine::machine::{Step, StepClass, Trap, Word};
use crate::engine::steps::steps;
use crate::model::Model;
use crate::model::form::instance::{ChoiceNote, InstanceKind, LinkSlot, Wall, action_of};
use crate::model::form::layout::{Ends, LinkPlace};
use crate::model::form::names::node_name;
use crate::model::form::shape::mask;
use crate::model::run::machine::{Chosen, Scratch};
use crate::value::Value;

/// A step, for people and for commands.
#[derive(Debug, Clone)]
pub struct StepDescription {
    /// `produce(a) at broker1`, `deliver Fetch { offset: 0 } from broker2 to broker1`, `crash broker1`
    pub label: String,
    /// Who takes it.
    pub kind: StepKind,
    /// What fairness and convergence make of it.
    pub class: StepClass,
    /// Index into [`Model::lanes`].
    pub lane: usize,
    /// `produce`, `on Fetch`, `crash`, `partition`…
    pub name: String,
    /// The action, of anything but faults.
    pub action: Option<ActionId>,
    /// Parameters of an action, by name (without `at`).
    pub params: Vec<(String, Value)>,
    /// The node at which it happens, as a lane: also the node that crashes or restarts.
    pub at: Option<usize>,
    /// What its body chose.
    pub choices: Vec<(String, Value)>,
    /// The message that it delivers, loses or duplicates.
    pub received: Option<MessageView>,
    /// Messages that it put into links.
    pub sent: Vec<MessageView>,
    /// For a partition: the sides, as lanes.
    pub sides: Vec<Vec<usize>>,
    /// Only messages from the first side to the second are stopped.
    pub one_way: bool,
}

/// A message with its ends.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageView {
    /// The link that carries it.
    pub link: LinkId,
    /// Its kind.
    pub message: MessageId,
    /// Name of its kind.
    pub name: String,
    /// Names and values, in order.
    pub fields: Vec<(String, Value)>,
    /// As lanes.
    pub from: usize,
    /// Lane of the receiver.
    pub to: usize,
    /// `Fetch { offset: 0 }`
    pub text: String,
    names: (String, String),
}

impl MessageView {
    /// `Fetch { offset: 0 } from broker2 to broker1`
    pub fn whole(&self) -> String {
        format!("{} from {} to {}", self.text, self.names.0, self.names.1)
    }
}

/// One way to go on from a state.
#[derive(Debug, Clone)]
pub struct Way {
    /// Number of the instance.
    pub instance: u32,
    /// Counts the successors and traps of the instance, from 0.
    pub choice: u32,
    /// The successor, or why there is none.
    pub state: Result<Vec<Word>, Trap>,
}

impl Model {
    /// Every way to go on from a state, in the order of `expand`.
    pub fn ways(&self, scratch: &mut Scratch, state: &[Word]) -> Vec<Way> {
        let mut ways: Vec<Way> = Vec::new();
        steps(self, scratch, state, |step| {
            let state = step.result.map(|successor| successor.state.to_vec());
            ways.push(Way { instance: step.instance, choice: step.choice, state });
        });
        ways
    }

    /// What a step is; its choices are found by taking it again.
    pub fn describe_step(&self, scratch: &mut Scratch, step: Step<'_>) -> StepDescription {
        let choices = self.choice_values(scratch, step);
        let mut description = self.describe_instance(step.before, step.instance);
        if !choices.is_empty() {
            let words: Vec<_> = choices.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            description.label.push_str(&format!(" with {}", words.join(", ")));
        }
        description.choices = choices;
        description.sent = self.sent(step, description.received.as_ref());
        description
    }

    /// What each successor of an instance chose, by its number; of one that has no value, what it chose before that.
    pub fn every_choice(
        &self,
        scratch: &mut Scratch,
        state: &[Word],
        instance: u32,
    ) -> Vec<Vec<(String, Value)>> {
        let notes = &self.instances[instance as usize].choices;
        let mut all = Vec::new();
        self.each_choice(&mut scratch.other, state, instance, &mut |chosen| {
            all.push(chosen.iter().map(|choice| self.choice(notes, choice)).collect());
            true
        });
        all
    }

    fn choice(&self, notes: &[ChoiceNote], chosen: &Chosen) -> (String, Value) {
        let note = &notes[chosen.note];
        (note.name.clone(), self.decoder().register(&chosen.words, note.ty))
    }

    /// What a step chose, as its label says it.
    pub fn choice_values(&self, scratch: &mut Scratch, step: Step<'_>) -> Vec<(String, Value)> {
        let notes = &self.instances[step.instance as usize].choices;
        let chosen = self.choices_of(&mut scratch.other, step);
        let shown = |(name, value): &(String, Value)| name != STALE || *value != Value::Bool(false);
        chosen.iter().map(|choice| self.choice(notes, choice)).filter(shown).collect()
    }

    /// An instance that is enabled in a state, or that trapped there: what it is, without its choices and effects.
    pub fn describe_instance(&self, state: &[Word], instance: u32) -> StepDescription {
        let known = &self.instances[instance as usize];
        let word = known.fault().map_or("", Fault::word);
        let mut description = StepDescription {
            label: String::new(),
            kind: known.fault().map_or(StepKind::Action, StepKind::Fault),
            class: known.info.class,
            lane: self.layout.nodes as usize,
            name: word.into(),
            action: action_of(&known.kind),
            params: Vec::new(),
            at: None,
            choices: Vec::new(),
            received: None,
            sent: Vec::new(),
            sides: Vec::new(),
            one_way: false,
        };
        match &known.kind {
            InstanceKind::Act { action, .. } => self.describe_act(state, instance, *action, &mut description),
            InstanceKind::Deliver { action, slot } => {
                let words = match known.fault() {
                    Some(_) => word,
                    None => {
                        description.kind = StepKind::Deliver;
                        "deliver"
                    }
                };
                description.name = self.program.actions[action.index()].name.clone();
                self.describe_message(state, *slot, words, &mut description);
            }
            InstanceKind::Lose(slot) | InstanceKind::Duplicate(slot) => {
                self.describe_message(state, *slot, word, &mut description);
            }
            InstanceKind::Node(_, node) | InstanceKind::Restart(_, node) => {
                description.label = format!("{} {}", description.name, node_name(&self.program, *node));
                description.lane = *node as usize;
                description.at = Some(*node as usize);
            }
            InstanceKind::Partition(sides, wall) => {
                let side = |on: u64| {
                    let nodes = (0..self.layout.nodes).filter(|n| sides >> n & 1 == on);
                    nodes.map(|n| node_name(&self.program, n)).collect::<Vec<_>>().join(", ")
                };
                let (from, to) = if *wall == Wall::FromSecond { (1, 0) } else { (0, 1) };
                description.one_way = *wall != Wall::BothWays;
                let between = if description.one_way { "-|" } else { "|" };
                description.label = format!("partition {{{}}} {between} {{{}}}", side(from), side(to));
                let lanes =
                    |on: u64| (0..self.layout.nodes as usize).filter(|n| sides >> n & 1 == on).collect();
                description.sides = vec![lanes(from), lanes(to)];
            }
            InstanceKind::Heal => {
                description.kind = StepKind::Heal;
                description.name = "heal".into();
                description.label = "heal".into();
            }
        }
        description
    }

    fn describe_act(
        &self,
        state: &[Word],
        instance: u32,
        action: ActionId,
        description: &mut StepDescription,
    ) {
        let action = &self.program.actions[action.index()];
        description.name = action.name.clone();
        description.kind = match action.kind {
            ActionKind::Resolution(_) => StepKind::Resolution,
            ActionKind::ReconcilerObserve { .. }
            | ActionKind::ReconcilerAct(_)
            | ActionKind::ReconcilerLook(_)
            | ActionKind::Sync(_) => StepKind::Reconciler,
            ActionKind::Client | ActionKind::Handler { .. } | ActionKind::Restart(_) => StepKind::Action,
            ActionKind::Tick => StepKind::Tick,
        };
        let mut at = None;
        for (local, words) in self.bindings(state, instance) {
            let ty = self.program.locals[local.index()].ty;
            let value = self.decoder().register(&words, ty);
            if action.at == Some(local) {
                if let crate::analysis::program::Type::Node(kind) = self.shapes.get(ty) {
                    let node = self.layout.node(*kind, words[0] as u32) as usize;
                    (description.at, description.lane) = (Some(node), node);
                }
                at = Some(value);
            } else {
                description.params.push((self.program.locals[local.index()].name.clone(), value));
            }
        }
        description.label = action.name.clone();
        if !description.params.is_empty() {
            let words: Vec<_> = description.params.iter().map(|(_, v)| v.to_string()).collect();
            description.label.push_str(&format!("({})", words.join(", ")));
        }
        if let Some(at) = at {
            description.label.push_str(&format!(" at {at}"));
        }
    }

    fn describe_message(
        &self,
        state: &[Word],
        slot: LinkSlot,
        words: &str,
        description: &mut StepDescription,
    ) {
        let message = self.message(state, slot);
        description.label = format!("{words} {}", message.whole());
        description.lane = message.to;
        description.at = Some(message.to);
        description.received = Some(message);
    }

    /// The occupied slots of one list of a link.
    pub(in crate::model) fn slots(
        &self,
        state: &[Word],
        link: LinkId,
        list: u32,
    ) -> impl Iterator<Item = LinkSlot> + use<> {
        let layout = &self.layout.links[link.index()];
        let start = match &layout.place {
            LinkPlace::Bag(bit) => *bit,
            LinkPlace::Pairs(pairs) => pairs[list as usize].bit,
        };
        let length = match layout.list.length {
            0 => 0,
            width => state[start as usize / 64] >> (start % 64) & mask(width),
        };
        (0..length as u32).map(move |position| LinkSlot { link, list, position })
    }

    /// The message in a slot that is occupied.
    pub fn message(&self, state: &[Word], slot: LinkSlot) -> MessageView {
        let link = &self.layout.links[slot.link.index()];
        let envelope = self.envelope(state, slot);
        let declared = &self.program.links[slot.link.index()];
        let shift = if declared.ordered { 0 } else { 2 * link.endpoint_bits };
        let tag = envelope[0].checked_shr(shift).unwrap_or(0) & mask(link.tag_bits);
        let id = declared.messages[(tag as usize).min(declared.messages.len() - 1)];
        let message = &self.program.messages[id.index()];
        let record = crate::analysis::program::Type::Record(message.record);
        let value = match self.shapes.types.find(&record) {
            Some(ty) => self.decoder().packed(&envelope, link.payload, ty),
            None => Value::None,
        };
        let fields = match value {
            Value::Record(_, fields) => fields,
            _ => Vec::new(),
        };
        let text = Value::Record(message.name.as_str().into(), fields.clone()).to_string();
        let Ends { from, to } = self.ends(state, slot);
        MessageView {
            link: slot.link,
            message: id,
            name: message.name.clone(),
            fields: fields.into_iter().map(|(n, v)| (n.to_string(), v)).collect(),
            from: from as usize,
            to: to as usize,
            text,
            names: (node_name(&self.program, from), node_name(&self.program, to)),
        }
    }

    /// Every message in flight, link by link.
    pub fn messages(&self, state: &[Word]) -> Vec<MessageView> {
        let mut all = Vec::new();
        for (i, link) in self.layout.links.iter().enumerate() {
            if self.program.links[i].shadow {
                continue;
            }
            let lists = match &link.place {
                LinkPlace::Bag(_) => 1,
                LinkPlace::Pairs(pairs) => pairs.len(),
            };
            for list in 0..lists {
                let slots = self.slots(state, LinkId(i as u32), list as u32);
                all.extend(slots.map(|slot| self.message(state, slot)));
            }
        }
        all
    }

    /// What is in flight after the step and was not before, the message that was taken out aside.
    fn sent(&self, step: Step<'_>, received: Option<&MessageView>) -> Vec<MessageView> {
        let kind = &self.instances[step.instance as usize].kind;
        if action_of(kind).is_none() {
            return Vec::new();
        }
        let mut before = self.messages(step.before);
        let taken = received.and_then(|r| before.iter().position(|m| m == r));
        taken.into_iter().for_each(|i| drop(before.remove(i)));
        let mut sent = self.messages(step.after);
        for message in before {
            if let Some(i) = sent.iter().position(|m| *m == message) {
                sent.remove(i);
            }
        }
        sent
    }
}
