//! One search on several machines: the processes of a hosts file, tied together by timely dataflow.
//!
//! Enters: addresses, which of them is this process, a secret, what is run. Leaves: a [`Cluster`], through which
//! explorations are shared. Sockets are opened and authenticated here and then handed to timely, which has no
//! authentication and no fault tolerance of its own: a process that ends is noticed at its socket
//! (`kernel/src/distributed/guarded.rs`), and every exploration from then on is incomplete.

mod dataflow;
mod guarded;
mod handshake;
mod hosts;
mod meeting;

pub use hosts::{Hosts, secret};

use dataflow::{Ends, Pump, carry, ends};
use guarded::{Fate, Guarded};
use handshake::Claims;
use reconverge_lang::engine::shared::{Member, Peers};
use sha2::{Digest, Sha256};
use std::any::Any;
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use timely::WorkerConfig;
use timely::communication::allocator::ProcessBuilder;
use timely::communication::allocator::zero_copy::initialize::initialize_networking_from_sockets;
use timely::communication::{AllocatorBuilder, Hooks, WorkerGuards};
use timely::execute::execute_from;

/// Why processes do not come together, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Apart(pub String);

/// How this process takes part.
#[derive(Debug, Clone)]
pub struct Part {
    /// Of all processes.
    pub hosts: Hosts,
    /// Which of them this is.
    pub process: usize,
    /// Members of each process; the same everywhere.
    pub threads: usize,
    /// Who does not know it is refused.
    pub secret: Vec<u8>,
    /// How long the others are waited for.
    pub wait: Duration,
}

/// This process among the others, until it is dropped.
pub struct Cluster {
    /// Of this process; lent to one search at a time.
    pumps: Mutex<Vec<Pump>>,
    fate: Arc<Fate>,
    workers: Mutex<Option<WorkerGuards<()>>>,
}

impl Cluster {
    /// Meets all others. `texts`: what is run, which must be the same everywhere. `tell`: whom it waits for. Errors: an
    /// address cannot be listened on, a process does not come, or has other texts, threads or another version.
    pub fn meet<'t>(
        part: &Part,
        texts: impl Iterator<Item = &'t str>,
        tell: &(dyn Fn(&str) + Sync),
    ) -> Result<Cluster, Apart> {
        let Part { hosts, process, threads, .. } = part;
        let claims = Claims {
            version: env!("CARGO_PKG_VERSION"),
            processes: hosts.len() as u32,
            process: *process as u32,
            threads: *threads as u32,
            texts: digest(texts),
        };
        let fate = Arc::new(Fate::new(*process, *threads));
        let builders = ProcessBuilder::new_typed_vector(*threads, Hooks::default().refill, None);
        let (builders, guard): (Vec<_>, Box<dyn Any + Send>) = match hosts.len() {
            1 => (builders.into_iter().map(AllocatorBuilder::Process).collect(), Box::new(())),
            _ => {
                let listener = listen(hosts, *process)?;
                let sockets = meeting::meet(part, &claims, &listener, tell)?;
                let cannot = |e| Apart(format!("cannot begin to speak with the others: {e}"));
                let sockets = Guarded::all(sockets, &fate).map_err(cannot)?;
                let (builders, guard) = initialize_networking_from_sockets(
                    builders,
                    sockets,
                    *process,
                    *threads,
                    Hooks::default(),
                )
                .map_err(cannot)?;
                (builders.into_iter().map(AllocatorBuilder::Tcp).collect(), Box::new(guard))
            }
        };
        let (unborn, ends): (Vec<_>, Vec<_>) = (0..*threads).map(|_| ends(&fate, *threads)).unzip();
        let (members, first) = (hosts.len() * threads, process * threads);
        let held: Vec<Mutex<Option<Ends>>> = ends.into_iter().map(|ends| Mutex::new(Some(ends))).collect();
        let workers = execute_from(builders, guard, WorkerConfig::default(), move |worker| {
            let ends = held[worker.index() - first].lock().unwrap_or_else(PoisonError::into_inner).take();
            ends.into_iter().for_each(|ends| carry(worker, &ends));
        });
        let workers = workers.map_err(|e| Apart(format!("cannot start a thread: {e}")))?;
        let pumps = unborn.into_iter().enumerate().map(|(place, member)| member.born(first + place, members));
        let pumps: Option<Vec<Pump>> = pumps.collect();
        let pumps = pumps.ok_or_else(|| Apart("a thread ended before it began".to_string()))?;
        Ok(Cluster { pumps: Mutex::new(pumps), fate, workers: Mutex::new(Some(workers)) })
    }

    /// Bytes sent to other processes so far.
    pub fn sent(&self) -> u64 {
        self.fate.sent()
    }
}

impl Peers for Cluster {
    fn lend(&self, search: &mut dyn FnMut(Vec<&mut dyn Member>)) {
        let mut pumps = self.pumps.lock().unwrap_or_else(PoisonError::into_inner);
        search(pumps.iter_mut().map(|pump| pump as &mut dyn Member).collect());
    }
}

impl Drop for Cluster {
    /// Waits until all others are done too, unless one is gone.
    fn drop(&mut self) {
        let pumps = std::mem::take(&mut *self.pumps.lock().unwrap_or_else(PoisonError::into_inner));
        pumps.into_iter().for_each(Pump::end);
        let workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(workers) = workers else { return };
        while !self.fate.is_over() {
            thread::sleep(Duration::from_millis(1));
        }
        if self.fate.gone().is_some() {
            self.fate.wait_until_told();
            // A thread of timely's waits for a socket from which nothing will come; it ends with the process.
            std::mem::forget(workers);
        } else {
            // Where somebody is killed at this very moment, timely panics; all that was to be found is found.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(workers.join())));
        }
    }
}

/// What tells texts apart.
pub(crate) fn digest<'t>(texts: impl Iterator<Item = &'t str>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().into()
}

/// On the address that the hosts file gives to this process, and on no other.
fn listen(hosts: &Hosts, process: usize) -> Result<TcpListener, Apart> {
    let host = &hosts[process];
    TcpListener::bind(host.as_str()).map_err(|e| {
        Apart(format!(
            "cannot listen on {host}, the address of process {process}: {e}; `--process` is the line of the hosts file, \
             counted from 0, that names this machine"
        ))
    })
}
