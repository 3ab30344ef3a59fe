//! Records from several senders, each of which sent them in order, as one sequence in order.
//!
//! Enters: for each sender its messages: records of a key and some words, keys ascending. Leaves: all of them, keys
//! ascending. No two records have the same key.

use super::Received;
use crate::engine::machine::Word;

/// The messages of one sender, and how far they have been read.
struct Stream<'r> {
    messages: &'r [Vec<Word>],
    /// In the first of them.
    at: usize,
}

impl<'r> Stream<'r> {
    /// Of messages whose records begin after `skip` words.
    fn new(messages: &'r [Vec<Word>], skip: usize) -> Self {
        let mut stream = Stream { messages, at: skip };
        stream.settle(skip);
        stream
    }

    /// Goes on to the next message where one is done.
    fn settle(&mut self, skip: usize) {
        while let Some((first, rest)) = self.messages.split_first()
            && self.at >= first.len()
        {
            (self.messages, self.at) = (rest, skip);
        }
    }

    fn key(&self) -> Option<u64> {
        self.messages.first().map(|message| message[self.at])
    }

    /// The first record, which there must be.
    fn record(&mut self, length: usize, skip: usize) -> &'r [Word] {
        let record = &self.messages[0][self.at..self.at + length];
        self.at += length;
        self.settle(skip);
        record
    }
}

/// How the records of some messages lie.
#[derive(Debug, Clone, Copy)]
pub(super) struct Form {
    /// Words of a record, its key included.
    pub(super) length: usize,
    /// Words of a message before its first record.
    pub(super) skip: usize,
}

/// Shows all records in the order of their keys, each with the number of its sender.
pub(super) fn merge<'r>(senders: &'r [Received], form: Form, mut visit: impl FnMut(usize, &'r [Word])) {
    let Form { length, skip } = form;
    let mut streams: Vec<Stream<'r>> = senders.iter().map(|all| Stream::new(all, skip)).collect();
    loop {
        let keys = streams.iter().enumerate().filter_map(|(sender, stream)| Some((stream.key()?, sender)));
        let (mut first, mut second) = (None, None);
        for found in keys {
            if first.is_none_or(|first| found < first) {
                (first, second) = (Some(found), first);
            } else if second.is_none_or(|second| found < second) {
                second = Some(found);
            }
        }
        let Some((_, sender)) = first else { return };
        // What one sender found lies together: it is read as far as nobody else comes between.
        let until = second.map_or(u64::MAX, |(key, _)| key);
        let stream = &mut streams[sender];
        while stream.key().is_some_and(|key| key <= until) {
            visit(sender, stream.record(length, skip));
        }
    }
}
