//! Proposals, put in order.
//!
//! Enters: proposals with how likely they are. Leaves: those that go on from what is typed, the likeliest first.

use crate::session::CompletionItem;

/// How likely a proposal is; within one, the order in which they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// What fits exactly, or goes on with what stands there.
    Fits,
    /// Words that begin what is likely here.
    Likely,
    /// Functions that give what fits.
    Gives,
    /// What leads to something that fits.
    Leads,
    /// What may stand there.
    May,
    Seldom,
}

/// What may stand at a place.
#[derive(Debug, Default)]
pub(super) struct Proposals {
    found: Vec<(Rank, CompletionItem)>,
}

impl Proposals {
    pub(super) fn add(
        &mut self,
        rank: Rank,
        text: impl Into<String>,
        kind: &'static str,
        detail: Option<String>,
    ) {
        let text = text.into();
        self.item(rank, CompletionItem { text, kind, detail, docs: None, snippet: None });
    }

    pub(super) fn item(&mut self, rank: Rank, item: CompletionItem) {
        self.found.push((rank, item));
    }

    /// Those of others that are wanted.
    pub(super) fn take(&mut self, others: Proposals, wanted: impl Fn(Rank, &str) -> bool) {
        self.found.extend(others.found.into_iter().filter(|(rank, item)| wanted(*rank, item.kind)));
    }

    /// Those alone of which the text is wanted.
    pub(super) fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        self.found.retain(|(_, item)| wanted(&item.text));
    }

    /// Those that begin with what is typed (in small letters), each once.
    pub(super) fn items(mut self, typed: &str) -> Vec<CompletionItem> {
        self.found.sort_by_key(|(rank, _)| *rank);
        let mut items: Vec<CompletionItem> = Vec::new();
        for (_, item) in self.found {
            if item.text.to_lowercase().starts_with(typed) && !items.iter().any(|i| i.text == item.text) {
                items.push(item);
            }
        }
        items
    }
}
