//! One member of a search, and the timely worker that carries its messages.
//!
//! Enters: messages of rounds. Leaves: for each round what all others have sent, once timely knows that no more can come. A
//! round is a timestamp; the worker has a thread of its own, because it can neither be lent nor moved.

use super::guarded::Fate;
use reconverge_lang::engine::machine::Word;
use reconverge_lang::engine::shared::{Gone, Member, Received};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, Thread};
use std::time::Duration;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::operator::Operator;
use timely::dataflow::operators::{Input, Probe};
use timely::worker::Worker;

/// Some words on their way.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Parcel {
    round: u64,
    from: u32,
    to: u32,
    /// `None`: nothing more comes in this round. Who has ended early says nothing, and timely would not mind.
    words: Option<Vec<Word>>,
}

/// From a member to its worker.
enum Order {
    Send { to: u32, words: Vec<Word> },
    Finish,
}

/// By round, by sender.
type Boxes = Rc<RefCell<BTreeMap<u64, Vec<Letters>>>>;

/// What has come from one member in a round.
#[derive(Debug, Default, Clone)]
struct Letters {
    received: Received,
    whole: bool,
}

impl Letters {
    /// Some words, or that there are no more.
    fn take(&mut self, words: Option<Vec<Word>>) {
        match words {
            Some(words) => self.received.push(words),
            None => self.whole = true,
        }
    }
}

/// How long a worker sleeps at most: so long a process that is gone may not be noticed.
const NAP: Duration = Duration::from_millis(20);

/// A member.
pub(super) struct Pump {
    index: usize,
    members: usize,
    orders: Sender<Order>,
    rounds: Receiver<Result<Vec<Received>, Gone>>,
    /// Of its worker.
    thread: Thread,
    fate: Arc<Fate>,
}

/// What the worker of a member holds.
pub(super) struct Ends {
    orders: Receiver<Order>,
    rounds: Sender<Result<Vec<Received>, Gone>>,
    thread: Sender<Thread>,
    fate: Arc<Fate>,
    /// Members of one process.
    here: usize,
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.fate.worker_is_done();
    }
}

/// A member that has no worker yet.
pub(super) struct Unborn {
    orders: Sender<Order>,
    rounds: Receiver<Result<Vec<Received>, Gone>>,
    thread: Receiver<Thread>,
    fate: Arc<Fate>,
}

/// A member and what its worker is to hold.
pub(super) fn ends(fate: &Arc<Fate>, here: usize) -> (Unborn, Ends) {
    let (orders, taken) = channel();
    let (ended, rounds) = channel();
    let (runs, thread) = channel();
    let ends = Ends { orders: taken, rounds: ended, thread: runs, fate: fate.clone(), here };
    (Unborn { orders, rounds, thread, fate: fate.clone() }, ends)
}

impl Unborn {
    /// Once its worker runs. `None`: it never will.
    pub(super) fn born(self, index: usize, members: usize) -> Option<Pump> {
        let Unborn { orders, rounds, thread, fate } = self;
        Some(Pump { index, members, orders, rounds, thread: thread.recv().ok()?, fate })
    }
}

impl Pump {
    /// Nothing more will be sent.
    pub(super) fn end(self) {
        drop(self.orders);
        self.thread.unpark();
    }

    fn order(&self, order: Order) {
        // Where the worker has ended, `finish` says so.
        let _ = self.orders.send(order);
        self.thread.unpark();
    }

    fn gone(&self) -> Gone {
        Gone::Ended(self.fate.gone().unwrap_or_default() as u32)
    }
}

impl Member for Pump {
    fn index(&self) -> usize {
        self.index
    }

    fn members(&self) -> usize {
        self.members
    }

    fn send(&mut self, to: usize, words: Vec<Word>) {
        self.order(Order::Send { to: to as u32, words });
    }

    fn finish(&mut self) -> Result<Vec<Received>, Gone> {
        if self.fate.gone().is_some() {
            return Err(self.gone());
        }
        self.order(Order::Finish);
        self.rounds.recv().unwrap_or_else(|_| Err(self.gone()))
    }
}

/// Carries messages until there are no orders any more and all others are done, or one is gone.
pub(super) fn carry(worker: &mut Worker, ends: &Ends) {
    let Ends { orders, rounds: ended, thread, fate, here } = ends;
    let (index, members) = (worker.index(), worker.peers());
    let _ = thread.send(thread::current());
    let boxes = Boxes::default();
    let into = boxes.clone();
    let (mut input, probe) = worker.dataflow::<u64, _, _>(move |scope| {
        let (input, parcels) = scope.new_input::<Vec<Parcel>>();
        let to = Exchange::new(|parcel: &Parcel| u64::from(parcel.to));
        let taken = parcels.unary::<timely::container::CapacityContainerBuilder<Vec<()>>, _, _, _>(
            to,
            "boxes",
            move |_, _| {
                move |input, _| {
                    input.for_each(|_, parcels| {
                        let mut boxes = into.borrow_mut();
                        for Parcel { round, from, words, .. } in parcels.drain(..) {
                            let round =
                                boxes.entry(round).or_insert_with(|| vec![Letters::default(); members]);
                            round[from as usize].take(words);
                        }
                    });
                }
            },
        );
        let (probe, _) = taken.probe();
        (input, probe)
    });
    let (mut round, mut waits) = (0, false);
    loop {
        let done = loop {
            match orders.try_recv() {
                Ok(Order::Send { to, words }) => {
                    input.send(Parcel { round, from: index as u32, to, words: Some(words) });
                }
                Ok(Order::Finish) => {
                    for to in 0..members as u32 {
                        input.send(Parcel { round, from: index as u32, to, words: None });
                    }
                    round += 1;
                    input.advance_to(round);
                    waits = true;
                }
                Err(TryRecvError::Empty) => break false,
                Err(TryRecvError::Disconnected) => break true,
            }
        };
        if done {
            break;
        }
        input.flush();
        worker.step_or_park(Some(NAP));
        if fate.gone().is_some() {
            break;
        }
        if waits && !probe.less_than(&round) {
            waits = false;
            let boxes =
                boxes.borrow_mut().remove(&(round - 1)).unwrap_or_else(|| vec![Letters::default(); members]);
            let missing = boxes.iter().position(|from| !from.whole);
            let received = boxes.into_iter().map(|from| from.received).collect();
            let _ =
                ended.send(missing.map_or(Ok(received), |member| Err(Gone::Ended((member / here) as u32))));
        }
    }
    fate.member_is_done();
    drop(input);
    leave(worker, fate);
}

fn leave(worker: &mut Worker, fate: &Fate) {
    while worker.has_dataflows() && fate.gone().is_none() {
        worker.step_or_park(Some(NAP));
    }
    // Where somebody is gone it would never be done.
    worker.installed_dataflows().into_iter().for_each(|dataflow| worker.drop_dataflow(dataflow));
}
