//! The definitions as they are at each place of a cell, from its first item to its last.
//!
//! Enters: all definitions, those of the cell among them. Leaves: the same without what stands below a place. A cell may
//! define thousands of systems with a command between any two, so that each place begins with what the last one had.

use super::{Contribution, Definition, Definitions, contribution};
use crate::syntax::tree::Item;

/// The definitions, place by place.
pub struct Growing<'c> {
    all: Definitions,
    cell: &'c str,
    items: &'c [Item],
    /// What follows the last definition has all of them.
    last: Option<usize>,
    so_far: Option<SoFar>,
}

struct SoFar {
    definitions: Definitions,
    /// Of how many items.
    items: usize,
    /// No other cell follows, whose systems would come after.
    is_last: bool,
}

impl<'c> Growing<'c> {
    /// `all`: with everything that the cell defines.
    pub fn new(all: Definitions, cell: &'c str, items: &'c [Item]) -> Growing<'c> {
        let last = items.iter().rposition(|item| matches!(item, Item::System(_) | Item::Extend(_)));
        Growing { all, cell, items, last, so_far: None }
    }

    /// What counts at the item of this index, which is no smaller than before.
    pub fn at(&mut self, index: usize) -> &Definitions {
        if self.last.is_none_or(|last| last < index) {
            return &self.all;
        }
        let so_far = self.so_far.get_or_insert_with(|| {
            let mut definitions = self.all.clone();
            let (_, at) = definitions.drop_cell(self.cell);
            definitions.derive();
            let is_last = at.is_none_or(|at| at == definitions.contributions.len());
            SoFar { definitions, items: 0, is_last }
        });
        let fresh = self.items[so_far.items..index].iter().filter_map(|item| contribution(self.cell, item));
        for fresh in fresh {
            if !(so_far.is_last && so_far.definitions.grow(fresh)) {
                so_far.definitions = self.all.clone();
                so_far.definitions.apply(self.cell, &self.items[..index]);
                break;
            }
        }
        so_far.items = index;
        &so_far.definitions
    }
}

impl Definitions {
    /// Adds what touches one system alone, and says whether it is so.
    fn grow(&mut self, fresh: Contribution) -> bool {
        let name = &fresh.name.text;
        let is_base = |definition: &Definition| definition.base.as_ref() == Some(name);
        if self.systems.contains_key(name) == fresh.system.is_some() || self.systems.values().any(is_base) {
            return false;
        }
        if let Some(definition) = self.systems.get_mut(name) {
            definition.take(&fresh);
        } else {
            let base = fresh.system.as_ref().and_then(|head| head.base.as_ref());
            let parent = base.and_then(|base| self.systems.get(&base.name.text)).cloned();
            let mut definition = self.start(&fresh, parent);
            let extends = self.contributions.iter().filter(|c| c.name.text == *name);
            extends.chain([&fresh]).for_each(|c| definition.take(c));
            self.systems.insert(name.clone(), definition);
        }
        self.contributions.push(fresh);
        true
    }
}
