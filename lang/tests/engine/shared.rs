//! A search that members of several processes share: in every process the result of one machine, to the last byte. Here
//! processes are threads, and messages lie in boxes.

use crate::random::Explicit;
use crate::small::Of;
use crate::systems::TwoPhase;
use reconverge_lang::engine::machine::{Clients, Judged, Machine, StepClass, Word};
use reconverge_lang::engine::shared::{self, Gone, Member, Peers, Received};
use reconverge_lang::engine::{Exploration, Limits, Outcome, Stop, Unobserved, Why, explore};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex};

/// What has been sent and not taken yet: by receiver, by sender.
struct Boxes {
    messages: Vec<Mutex<Vec<Received>>>,
    round: Barrier,
    rounds: AtomicU64,
    /// From this round on the last process is gone.
    until: u64,
}

impl Boxes {
    fn new(members: usize, until: u64) -> Arc<Self> {
        let empty = |_| Mutex::new(vec![Received::new(); members]);
        let messages = (0..members).map(empty).collect();
        Arc::new(Boxes { messages, round: Barrier::new(members), rounds: AtomicU64::new(0), until })
    }
}

struct InBox {
    index: usize,
    boxes: Arc<Boxes>,
}

impl Member for InBox {
    fn index(&self) -> usize {
        self.index
    }

    fn members(&self) -> usize {
        self.boxes.messages.len()
    }

    fn send(&mut self, to: usize, words: Vec<Word>) {
        self.boxes.messages[to].lock().unwrap()[self.index].push(words);
    }

    fn finish(&mut self) -> Result<Vec<Received>, Gone> {
        let Boxes { messages, round, rounds, until } = &*self.boxes;
        if round.wait().is_leader() {
            rounds.fetch_add(1, Ordering::SeqCst);
        }
        let taken = std::mem::replace(
            &mut *messages[self.index].lock().unwrap(),
            vec![Received::new(); messages.len()],
        );
        round.wait();
        if rounds.load(Ordering::SeqCst) > *until { Err(Gone::Ended(1)) } else { Ok(taken) }
    }
}

struct Process {
    first: usize,
    members: usize,
    boxes: Arc<Boxes>,
}

impl Peers for Process {
    fn lend(&self, search: &mut dyn FnMut(Vec<&mut dyn Member>)) {
        let of = |index| InBox { index, boxes: self.boxes.clone() };
        let mut members: Vec<InBox> = (self.first..self.first + self.members).map(of).collect();
        search(members.iter_mut().map(|member| member as &mut dyn Member).collect());
    }
}

/// What each of some processes finds, of so many members each.
pub fn together<M: Machine>(
    machine: &M,
    limits: &Limits,
    (processes, members): (usize, usize),
    until: u64,
) -> Vec<Exploration> {
    let boxes = Boxes::new(processes * members, until);
    std::thread::scope(|scope| {
        let process = |number| {
            let peers = Process { first: number * members, members, boxes: boxes.clone() };
            scope.spawn(move || shared::explore(machine, limits, &Unobserved, (&peers, 0)))
        };
        let all: Vec<_> = (0..processes).map(process).collect();
        all.into_iter().map(|process| process.join().unwrap()).collect()
    })
}

/// The same as on one machine, however many share it.
#[track_caller]
pub fn same<M: Machine>(machine: &M, limits: &Limits) {
    let one = explore(machine, limits, &Unobserved);
    for shape in [(1, 2), (2, 1), (3, 2)] {
        for found in together(machine, limits, shape, u64::MAX) {
            assert_eq!(Exploration { bytes: one.bytes, ..found }, one, "{shape:?}");
        }
    }
}

#[test]
fn random_machines() {
    let judged = [
        Judged::State,
        Judged::Step,
        Judged::Converges(Clients::Stop),
        Judged::LeadsTo(Clients::GoOn),
        Judged::Eventually,
        Judged::Repairs,
    ];
    let classes = [StepClass::Client, StepClass::System, StepClass::Recovery, StepClass::Fault];
    for (seed, judged) in (0..120).zip(judged.into_iter().cycle()) {
        same(&Of::new(Explicit::random(seed, judged, &classes), 1), &Limits::default());
    }
}

#[test]
fn two_phase_commit() {
    let machine = Of::new(TwoPhase { n: 6 }, 1);
    same(&machine, &Limits::default());
    same(&machine, &Limits { states: Some(20_000), ..Limits::default() });
}

#[test]
fn what_was_covered_is_said_where_a_process_ends() {
    let machine = Of::new(TwoPhase { n: 5 }, 1);
    let whole = explore(&machine, &Limits::default(), &Unobserved);
    let mut before = 0;
    for until in [0, 5, 20, 40, 60] {
        let found = together(&machine, &Limits::default(), (2, 1), until);
        assert_eq!(found[0], found[1]);
        let gone = Stop::Gone(1);
        assert_eq!(found[0].stopped, Some(gone));
        assert_eq!(found[0].outcomes, vec![Outcome::Incomplete(Why::Stopped(gone))]);
        let states = found[0].states_distinct;
        assert!((before..=whole.states_distinct).contains(&states), "{states}");
        before = states;
    }
    assert!(before > 100);
}
