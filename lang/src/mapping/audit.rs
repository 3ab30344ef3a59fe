//! The audit: the debugging checklist of the seed, eight questions, answered from a program and what its check found.
//!
//! Enters: a program and, where there is one, a check of it. Leaves: for each question the answers with their standing
//! and evidence, and at the end the questions that nobody answered: "if you can't answer one, that's the bug".

use super::{assumptions, compare::scope_words, subject};
use crate::analysis::knowledge::{Knowledge, Known, Knows, knowledge};
use crate::analysis::program::{ActionKind, Header, Invariant, Order, Program, Reconciler, Resolution};
use crate::concepts::{ConceptKind, Divergence, Fault, ResolutionType, Topic};
use crate::report::{
    Answer, AuditReport, CheckReport, Finding, Obligation, Question, SimulationReport, Standing, Trace,
    Verdict,
};
use crate::span::{Sources, Span};

/// What is known of a program beyond its text.
#[derive(Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// A check of the same program; without it nothing stands better than stated.
    pub check: Option<&'a CheckReport>,
    /// Whether happening twice was happening once, where no obligation of a resolution says it: by its index.
    pub repetitions: &'a [(usize, Obligation)],
    /// A simulation of the same program.
    pub simulated: Option<&'a SimulationReport>,
}

/// The eight questions for `program`. `sources` says where members stand.
pub fn audit(program: &Program, evidence: Evidence, sources: &Sources) -> AuditReport {
    let Evidence { check, repetitions, simulated } = evidence;
    let audit = Audit { program, check, repetitions, simulated, sources };
    let mut asked = [
        (ConceptKind::Order, "What scope is ordered?", audit.scopes()),
        (ConceptKind::Order, "Is ordering being violated or assumed?", audit.violated_or_assumed()),
        (ConceptKind::Invariant, "Which invariant is broken?", audit.broken()),
        (ConceptKind::Invariant, "Is it actually defined?", audit.defined()),
        (ConceptKind::Resolution, "What action is taken?", audit.taken()),
        (ConceptKind::Resolution, "Is it idempotent?", audit.idempotent()),
        (ConceptKind::Reconciler, "Who detects drift?", audit.detects()),
        (ConceptKind::Reconciler, "How often is repair attempted?", audit.how_often()),
    ];
    let answers: Vec<&Answer> = asked.iter().flat_map(|(.., answers)| answers).collect();
    for finding in audit.unsaid(&answers) {
        // What is broken of each concept.
        let question = match finding.concept {
            ConceptKind::Order => 1,
            ConceptKind::Invariant => 2,
            ConceptKind::Resolution => 4,
            ConceptKind::Reconciler => 6,
        };
        asked[question].2.push(audit.broken_one(finding));
    }
    let questions: Vec<Question> =
        asked.into_iter().map(|(concept, words, answers)| audit.question(concept, words, answers)).collect();
    let mut open = Vec::new();
    for question in &questions {
        for answer in question.answers.iter().filter(|a| a.standing == Standing::Unanswered) {
            let words = format!("{} {}", question.question, answer.words);
            // Several clauses may assume the same.
            if !open.contains(&words) {
                open.push(words);
            }
        }
    }
    let subject = match check {
        Some(check) => check.subject.clone(),
        None => subject(program, Vec::new()),
    };
    let vacuous = check.into_iter().flat_map(|check| &check.findings);
    let vacuous = vacuous.filter(|finding| matches!(finding.wrong(), Some(Verdict::Vacuous { .. })));
    let vacuous = vacuous.map(|finding| finding.name.clone()).collect();
    AuditReport { subject, coverage: check.map(|c| c.coverage.clone()), questions, open, vacuous }
}

struct Audit<'a> {
    program: &'a Program,
    check: Option<&'a CheckReport>,
    repetitions: &'a [(usize, Obligation)],
    simulated: Option<&'a SimulationReport>,
    sources: &'a Sources,
}

impl Audit<'_> {
    fn question(&self, concept: ConceptKind, question: &str, answers: Vec<Answer>) -> Question {
        let worst = answers.iter().map(|a| a.standing).min().unwrap_or(Standing::Unanswered);
        let broken = answers.iter().any(|a| a.standing == Standing::Broken);
        Question {
            concept: concept.area().to_string(),
            question: question.to_string(),
            standing: if broken { Standing::Broken } else { worst },
            answers,
        }
    }

    /// What is broken, and no answer says so.
    fn unsaid(&self, answers: &[&Answer]) -> Vec<&Finding> {
        let all = self.check.into_iter().flat_map(|check| &check.findings);
        let is_broken = |finding: &&Finding| {
            matches!(finding.wrong(), Some(Verdict::Violated { .. } | Verdict::Failed { .. }))
        };
        let is_said = |finding: &&Finding| {
            let of = |a: &&&Answer| a.member.as_ref() == Some(&finding.name);
            answers.iter().filter(of).any(|a| a.standing == Standing::Broken)
        };
        all.filter(is_broken).filter(|finding| !is_said(finding)).collect()
    }

    fn broken_one(&self, finding: &Finding) -> Answer {
        Answer {
            member: Some(finding.name.clone()),
            words: format!(
                "`{}` {}",
                finding.name,
                verdict_words(finding.wrong().unwrap_or(&finding.verdict))
            ),
            standing: Standing::Broken,
            span: Some(finding.span),
            place: self.place(finding.span),
        }
    }

    fn answer(&self, header: &Header, standing: Standing, words: impl Into<String>) -> Answer {
        Answer {
            member: Some(header.name.clone()),
            words: words.into(),
            standing,
            span: Some(header.span),
            place: self.place(header.span),
        }
    }

    fn place(&self, span: Span) -> Option<String> {
        (span != Span::default()).then(|| self.sources.describe(span))
    }

    /// The answer to a question about a concept of which the system has no member.
    fn nobody(&self, words: &str) -> Vec<Answer> {
        vec![Answer {
            member: None,
            words: words.to_string(),
            standing: Standing::Unanswered,
            span: None,
            place: None,
        }]
    }

    fn finding(&self, header: &Header) -> Option<&Finding> {
        self.check?.findings.iter().find(|f| f.concept == header.concept && f.name == header.name)
    }

    // ---- ordering ----

    fn scopes(&self) -> Vec<Answer> {
        if self.program.orders.is_empty() {
            return self.nobody("No order is declared: write `order NAME: append { scope … }`.");
        }
        self.program.orders.iter().map(|order| self.scope(order)).collect()
    }

    fn scope(&self, order: &Order) -> Answer {
        let header = &order.header;
        let Some(scope) = &order.scope else {
            let words = format!(
                "`{}` names no scope: add `scope …`, the smallest that agrees on order.",
                header.name
            );
            return self.answer(header, Standing::Unanswered, words);
        };
        // A word that nothing is held to: what the order covers are its views, and those are checked elsewhere.
        let words = format!("`{}` orders {} ({}).", header.name, scope_words(scope), header.type_words());
        self.answer(header, Standing::Stated, with_sentence(words, header))
    }

    fn violated_or_assumed(&self) -> Vec<Answer> {
        let mut answers: Vec<Answer> = self.program.orders.iter().map(|o| self.kept(&o.header)).collect();
        answers.extend(self.program.orders.iter().filter_map(|o| self.followed(&o.header)));
        for assumption in assumptions(self.program) {
            let words = format!(
                "Assumed: {} compares `{}` with `{}`, which belong to different scopes, and no order covers both.",
                assumption.place, assumption.left, assumption.right
            );
            answers.push(self.assumed(Standing::Unanswered, words, assumption.span));
        }
        answers.extend(self.known_at_once());
        if answers.is_empty() {
            return self.nobody("No order is declared, so none can be checked.");
        }
        answers
    }

    /// Where what somebody expects of a register was looked for.
    fn followed(&self, header: &Header) -> Option<Answer> {
        let about = |o: &&Obligation| o.topic == Topic::Expectation;
        let found = self.finding(header)?.obligations.iter().find(about)?;
        let standing = standing(&found.verdict);
        Some(self.answer(header, standing, format!("`{}`: {}.", header.name, found.words)))
    }

    /// What steps read of others at once: what the mapping says they may, then what it says nothing of.
    fn known_at_once(&self) -> Vec<Answer> {
        let program = self.program;
        let all = knowledge(program);
        let mut answers = Vec::new();
        for Knows { known, sentence, span, .. } in &program.knows {
            let steps = all.iter().filter(|k| k.known.iter().any(|k| known.contains(k)));
            let steps: Vec<String> = steps.map(|k| format!("`{}`", k.step)).collect();
            let words =
                format!("Stated: {} may know {} at once. {sentence}", listed(&steps), named(program, known));
            answers.push(self.assumed(Standing::Stated, words, *span));
        }
        for Knowledge { step, known, span } in &all {
            let said = |known: &Known| program.knows.iter().any(|knows| knows.known.contains(known));
            let unsaid: Vec<Known> = known.iter().copied().filter(|known| !said(known)).collect();
            if !unsaid.is_empty() {
                let words = format!("Assumed: `{step}` knows {} at once.", named(program, &unsaid));
                answers.push(self.assumed(Standing::Unanswered, words, *span));
            }
        }
        answers
    }

    fn assumed(&self, standing: Standing, words: String, span: Span) -> Answer {
        Answer { member: None, words, standing, span: Some(span), place: self.place(span) }
    }

    /// How the obligations of a member stand, in one sentence.
    fn kept(&self, header: &Header) -> Answer {
        match self.finding(header) {
            None => {
                let words = format!("`{}` is stated and has not been checked.", header.name);
                self.answer(header, Standing::Stated, words)
            }
            Some(finding) => {
                let words = format!("`{}` {}", header.name, verdict_words(&finding.verdict));
                self.answer(header, standing(&finding.verdict), words)
            }
        }
    }

    // ---- invariants ----

    fn broken(&self) -> Vec<Answer> {
        if self.program.invariants.is_empty() {
            return self.nobody("No invariant is declared: write `invariant NAME: safety { P }`.");
        }
        let mut answers: Vec<Answer> = self.program.invariants.iter().map(|i| self.kept(&i.header)).collect();
        // Whether it says anything is the next question.
        answers
            .iter_mut()
            .filter(|a| a.standing == Standing::Unanswered)
            .for_each(|a| a.standing = Standing::Stated);
        // A step without a value is no member's, and leaves all of them open.
        let failed = self.check.into_iter().flat_map(|check| &check.findings).filter(|finding| {
            matches!(finding.verdict, Verdict::Failed { .. }) && self.declared(finding).is_none()
        });
        answers.extend(failed.map(|finding| self.broken_one(finding)));
        answers.extend(self.faultless());
        answers
    }

    /// No fault was allowed, and the mapping says what some of them do.
    fn faultless(&self) -> Option<Answer> {
        let check = self.check.filter(|check| check.subject.faults.is_empty())?;
        let Program { links, node_fields, actions, .. } = self.program;
        let forgets = node_fields.iter().any(|field| field.volatile && !field.ghost);
        let restarts = actions.iter().any(|action| matches!(action.kind, ActionKind::Restart(_)));
        let spoken = [
            (Fault::Crash, forgets || restarts),
            (Fault::Lose, links.iter().any(|link| link.lossy)),
            (Fault::Duplicate, links.iter().any(|link| link.duplicating)),
        ];
        let spoken = spoken.into_iter().filter(|(_, is)| *is).map(|(fault, _)| format!("{} 1", fault.word()));
        let faults = spoken.collect::<Vec<_>>().join(", ");
        let words = format!(
            "No fault was allowed, and the mapping says what some do: `audit {} {{ faults {{ {faults} }} }}`.",
            check.subject.system
        );
        (!faults.is_empty()).then_some(Answer {
            member: None,
            words,
            standing: Standing::Unanswered,
            span: None,
            place: None,
        })
    }

    /// The invariant that a finding is about; `None`: it is built in.
    fn declared(&self, finding: &Finding) -> Option<&Invariant> {
        self.program.invariants.iter().find(|i| i.header.name == finding.name)
    }

    /// Whether a member never took a step in what was explored.
    fn never_acted(&self, header: &Header, steps: usize) -> bool {
        let unused = self.check.map_or(&[][..], |check| &check.unused);
        let of = |name: &str| {
            name.strip_prefix(header.name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        let never = unused.iter().filter(|u| u.what == header.concept.word() && of(&u.name)).count();
        steps > 0 && never >= steps
    }

    fn defined(&self) -> Vec<Answer> {
        if self.program.invariants.is_empty() {
            return self.nobody("There is nothing to define: no invariant is declared.");
        }
        self.program.invariants.iter().map(|i| self.is_defined(i)).collect()
    }

    fn is_defined(&self, invariant: &Invariant) -> Answer {
        let header = &invariant.header;
        if invariant.forms.is_empty() {
            let (standing, words) = match &header.sentence {
                Some(_) => (Standing::Stated, format!("`{}` is a sentence without a body.", header.name)),
                None => (
                    Standing::Unanswered,
                    format!("`{}` is a name only: say what must be true.", header.name),
                ),
            };
            return self.answer(header, standing, words);
        }
        match self.finding(header).map(|f| &f.verdict) {
            Some(Verdict::Vacuous { why }) => {
                let words = format!("`{}` has a body that says nothing here: {why}.", header.name);
                self.answer(header, Standing::Unanswered, words)
            }
            Some(Verdict::Failed { why, .. }) => {
                let words = format!("`{}` has no value in some state: {why}.", header.name);
                self.answer(header, Standing::Broken, words)
            }
            Some(Verdict::Holds { .. } | Verdict::HoldsWithinBound { .. } | Verdict::Violated { .. }) => {
                let words = format!("`{}` has a body, and the check put it to the test.", header.name);
                self.answer(header, Standing::Checked, words)
            }
            Some(Verdict::Incomplete { .. } | Verdict::NotChecked { .. } | Verdict::Witnessed { .. })
            | None => {
                let words =
                    format!("`{}` has a body; a check will show whether it says anything.", header.name);
                self.answer(header, Standing::Stated, words)
            }
        }
    }

    // ---- resolution ----

    fn taken(&self) -> Vec<Answer> {
        let program = self.program;
        let mut answers: Vec<Answer> =
            program.invariants.iter().map(|i| self.handler_of(&i.header)).collect();
        let handled = |o: &&Order| program.resolutions.iter().any(|r| handles(r, &o.header.name));
        answers.extend(program.orders.iter().filter(handled).map(|o| self.handler_of(&o.header)));
        for resolution in program.resolutions.iter().filter(|r| r.handles.is_empty()) {
            let header = &resolution.header;
            let words = format!("`{}` does not say what it handles: add `handles NAME`.", header.name);
            answers.push(self.answer(header, Standing::Unanswered, words));
        }
        if answers.is_empty() {
            return self.nobody("No resolution is declared: write `resolution NAME: retry { handles … }`.");
        }
        answers
    }

    /// Which resolutions handle a violation of the member.
    fn handler_of(&self, header: &Header) -> Answer {
        let handlers: Vec<&Resolution> =
            self.program.resolutions.iter().filter(|r| handles(r, &header.name)).collect();
        if handlers.is_empty() {
            let words = format!(
                "Nothing handles a violation of `{}`: add `handles {0}` to a resolution.",
                header.name
            );
            return self.answer(header, Standing::Unanswered, words);
        }
        let one = |r: &&Resolution| match self.finding(&r.header).map(|finding| standing(&finding.verdict)) {
            None => Standing::Stated,
            // What never did anything shows nothing.
            Some(Standing::Checked) if self.never_acted(&r.header, r.actions.len()) => Standing::Stated,
            // Whether it says anything is asked of it below.
            Some(Standing::Unanswered) => Standing::Stated,
            Some(known @ (Standing::Undecided | Standing::Stated | Standing::Checked | Standing::Broken)) => {
                known
            }
        };
        let standings: Vec<Standing> = handlers.iter().map(one).collect();
        let broken = standings.contains(&Standing::Broken);
        let worst =
            if broken { Standing::Broken } else { standings.into_iter().min().unwrap_or(Standing::Stated) };
        let names: Vec<String> =
            handlers.iter().map(|r| format!("`{}` ({})", r.header.name, r.header.type_words())).collect();
        let words = match worst {
            Standing::Broken => {
                format!("`{}` is left to {}, which breaks its own promise.", header.name, names.join(" and "))
            }
            _ => format!("`{}` is handled by {}.", header.name, names.join(" and ")),
        };
        self.answer(header, worst, words)
    }

    fn idempotent(&self) -> Vec<Answer> {
        if self.program.resolutions.is_empty() {
            return self.nobody("No resolution is declared, so nothing can be repeated safely.");
        }
        (0..self.program.resolutions.len()).map(|r| self.is_idempotent(r)).collect()
    }

    fn is_idempotent(&self, index: usize) -> Answer {
        let resolution = &self.program.resolutions[index];
        let header = &resolution.header;
        let name = &header.name;
        let promised =
            self.finding(header).and_then(|f| f.obligations.iter().find(|o| o.topic == Topic::Repetition));
        let tried = self.repetitions.iter().find(|(of, _)| *of == index).map(|(_, tried)| tried);
        let Some(Obligation { words: promise, verdict, .. }) = promised.or(tried) else {
            return if resolution.types().any(promises_repetition) {
                let words = format!("`{name}` is {}, so it should be; not checked.", header.type_words());
                self.answer(header, Standing::Stated, words)
            } else if resolution.actions.is_empty() {
                let words = format!("`{name}` does nothing itself that could happen twice.");
                self.answer(header, Standing::Stated, words)
            } else {
                let words = format!(
                    "Nobody says whether `{name}` may happen twice: add the type `dedupe` or `repair` to have it tried."
                );
                self.answer(header, Standing::Unanswered, words)
            };
        };
        let (standing, words) = match verdict {
            Verdict::Holds { .. } | Verdict::HoldsWithinBound { .. }
                if self.never_acted(header, resolution.actions.len()) =>
            {
                (Standing::Stated, format!("`{name}`: {promise}; it never did anything."))
            }
            Verdict::HoldsWithinBound { .. } => {
                (Standing::Checked, format!("`{name}`: {promise} — {}", verdict_words(verdict)))
            }
            Verdict::Holds { .. } => {
                (Standing::Checked, format!("`{name}`: {}, tried wherever it was enabled.", promise))
            }
            Verdict::Violated { why, trace, .. } => {
                (Standing::Broken, format!("`{name}` is not: {why} ({}).", length_words(trace)))
            }
            Verdict::Vacuous { .. }
            | Verdict::Incomplete { .. }
            | Verdict::Failed { .. }
            | Verdict::NotChecked { .. }
            | Verdict::Witnessed { .. } => {
                (standing(verdict), format!("`{name}`: {} — {}", promise, verdict_words(verdict)))
            }
        };
        self.answer(header, standing, words)
    }

    // ---- reconciliation ----

    fn detects(&self) -> Vec<Answer> {
        if self.program.reconcilers.is_empty() {
            return self
                .nobody("No reconciler is declared: write `reconciler NAME: control_loop { drift … }`.");
        }
        self.program.reconcilers.iter().map(|r| self.sees_drift(r)).collect()
    }

    fn sees_drift(&self, reconciler: &Reconciler) -> Answer {
        let header = &reconciler.header;
        let name = &header.name;
        if reconciler.drift.is_none() {
            let (standing, words) = match &header.sentence {
                Some(_) => {
                    (Standing::Stated, format!("`{name}` is a sentence: it does not say what drift is."))
                }
                None => {
                    (Standing::Unanswered, format!("`{name}` does not say what drift is: add `drift P`."))
                }
            };
            return self.answer(header, standing, with_sentence(words, header));
        }
        let (standing, words) = match self.finding(header).map(|f| &f.verdict) {
            Some(Verdict::Violated { kind, why, trace }) => {
                let how = match kind {
                    Some(Divergence::Stuck) => {
                        "there is drift that nobody sees: the system is quiet and not where it should be"
                    }
                    Some(Divergence::Unreachable) => "there is drift that nobody can repair",
                    Some(Divergence::Livelock) => {
                        "drift is worked on for ever and never ends, though it could"
                    }
                    Some(Divergence::Flapping) => "drift is repaired and undone for ever",
                    None => why.as_str(),
                };
                (Standing::Broken, format!("Not always `{name}`: {how} ({}).", length_words(trace)))
            }
            Some(Verdict::Holds { .. }) if self.never_acted(header, reconciler.actions.len()) => {
                (Standing::Stated, format!("`{name}` never had anything to do: no drift came that it saw."))
            }
            Some(Verdict::Holds { .. }) => {
                (Standing::Checked, format!("`{name}` sees every drift that there is and ends it."))
            }
            Some(verdict) => (standing(verdict), format!("`{name}` {}", verdict_words(verdict))),
            None => (Standing::Stated, format!("`{name}` says what drift is; not checked.")),
        };
        self.answer(header, standing, words)
    }

    fn how_often(&self) -> Vec<Answer> {
        if self.program.reconcilers.is_empty() {
            return self.nobody("Never: no reconciler is declared.");
        }
        let answers = self.program.reconcilers.iter().map(|r| {
            let answer = self.frequency(r);
            match self.measured(r) {
                Some(measured) => Answer { words: format!("{} {measured}", answer.words), ..answer },
                None => answer,
            }
        });
        answers.collect()
    }

    /// What a simulation said of it, where there was one.
    fn measured(&self, reconciler: &Reconciler) -> Option<String> {
        let simulated = self.simulated?;
        let repair = simulated.repairs.iter().find(|repair| repair.name == reconciler.header.name)?;
        Some(format!("In a simulation of {}", repair.summary(simulated)))
    }

    fn frequency(&self, reconciler: &Reconciler) -> Answer {
        let header = &reconciler.header;
        let every = super::every(reconciler);
        let measured = match self.finding(header).map(|f| &f.verdict) {
            Some(Verdict::Holds { note }) => note.clone(),
            _ => None,
        };
        let name = &header.name;
        match (every, measured) {
            (Some(every), Some(note)) => {
                self.answer(header, Standing::Checked, format!("`{name}` runs {every}; {note}."))
            }
            (None, Some(note)) => {
                self.answer(header, Standing::Checked, format!("`{name}` gives no period; {note}."))
            }
            (Some(every), None) => self.answer(header, Standing::Stated, format!("`{name}` runs {every}.")),
            (None, None) => {
                let words = format!("`{name}` gives no period: add `every 1s`.");
                self.answer(header, Standing::Unanswered, words)
            }
        }
    }
}

fn handles(resolution: &Resolution, name: &str) -> bool {
    resolution.handles.iter().any(|(handled, _)| handled == name)
}

/// Whether the name of the type says that it may happen twice.
fn promises_repetition(ty: ResolutionType) -> bool {
    match ty {
        ResolutionType::Retry | ResolutionType::Dedupe | ResolutionType::Repair | ResolutionType::Merge => {
            true
        }
        ResolutionType::Abort
        | ResolutionType::Reject
        | ResolutionType::Compensate
        | ResolutionType::Fence => false,
    }
}

fn standing(verdict: &Verdict) -> Standing {
    match verdict {
        Verdict::Holds { .. } | Verdict::HoldsWithinBound { .. } | Verdict::Witnessed { .. } => {
            Standing::Checked
        }
        Verdict::Violated { .. } | Verdict::Failed { .. } => Standing::Broken,
        Verdict::Vacuous { .. } => Standing::Unanswered,
        Verdict::Incomplete { .. } => Standing::Undecided,
        Verdict::NotChecked { .. } => Standing::Stated,
    }
}

/// What follows the name of a member: `holds in every reachable state.`
fn verdict_words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Holds { .. } => "holds.".to_string(),
        Verdict::HoldsWithinBound { bound, cut } => format!("holds within bound {bound} ({cut} states cut)."),
        Verdict::Vacuous { why } => format!("holds, but vacuously: {why}."),
        Verdict::Violated { why, trace, .. } => format!("is violated ({}): {why}.", length_words(trace)),
        Verdict::Witnessed { .. } => "was found.".to_string(),
        Verdict::Incomplete { why } => format!("is undecided: {why}."),
        Verdict::Failed { why, .. } => format!("has no value somewhere: {why}."),
        Verdict::NotChecked { why } => format!("is not checked: {why}."),
    }
}

/// `6 steps, 1 crash`
fn length_words(trace: &Trace) -> String {
    let steps = match trace.length() {
        0 => "from the start".to_string(),
        1 => "1 step".to_string(),
        n => format!("{n} steps"),
    };
    let faults: Vec<String> = trace.faults.iter().map(|(fault, n)| format!("{n} {}", fault.word())).collect();
    if faults.is_empty() { steps } else { format!("{steps}, {}", faults.join(", ")) }
}

fn with_sentence(words: String, header: &Header) -> String {
    match &header.sentence {
        Some(sentence) => format!("{words} {sentence}"),
        None => words,
    }
}

/// "`leaders`, and `Broker.log` and `Broker.hw` of others, and `Fetch` in flight"
fn named(program: &Program, known: &[Known]) -> String {
    let all = |belongs: &dyn Fn(&Known) -> bool, where_: &str| {
        let words: Vec<String> =
            known.iter().filter(|k| belongs(k)).map(|known| format!("`{}`", known.words(program))).collect();
        (!words.is_empty()).then(|| format!("{}{where_}", listed(&words)))
    };
    let groups = [
        all(&|known| matches!(known, Known::State(_)), ""),
        all(&|known| matches!(known, Known::Field(_) | Known::Up(_)), " of others"),
        all(&|known| matches!(known, Known::InFlight(_)), " in flight"),
    ];
    groups.into_iter().flatten().collect::<Vec<_>>().join(", and ")
}

fn listed(words: &[String]) -> String {
    match words {
        [] => "nobody".to_string(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
