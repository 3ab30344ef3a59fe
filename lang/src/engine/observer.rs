//! What a search tells its caller while it runs, and how the caller stops it. The clock is the caller's.
//!
//! Enters: nothing (a trait). Leaves: [`Observer`] and [`Progress`].

/// How far a search has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Steps taken, initial states included; all counts are of what is looked at, of an orbit its representative.
    pub generated: u64,
    /// Distinct states so far, those that watch a run included.
    pub distinct: u64,
    /// Of the states that are expanded.
    pub depth: u32,
    /// Faults used on the way to them: all with fewer have been expanded.
    pub faults: u32,
    /// States found and not yet expanded.
    pub frontier: u64,
    /// Bytes of what is kept of them.
    pub bytes: u64,
    /// How far it may go.
    pub caps: Caps,
}

/// What a search may reach at the most; `None`: there is no such cap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Caps {
    /// Distinct states.
    pub states: Option<u64>,
    /// Steps.
    pub depth: Option<u32>,
    /// Bytes.
    pub bytes: Option<u64>,
}

/// Called now and then by a search, from any of its threads.
pub trait Observer: Sync {
    /// Called every few milliseconds, and seldom enough not to matter.
    fn progress(&self, progress: &Progress);

    /// True as soon as the search should stop with what it has.
    fn cancelled(&self) -> bool;
}
