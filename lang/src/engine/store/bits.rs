//! A set of state ids.
//!
//! Enters: ids. Leaves: whether an id was among them; all of them, in order.

/// A set of state ids, one bit each; whatever was never set is not in it.
#[derive(Debug, Default)]
pub(crate) struct Bits {
    words: Vec<u64>,
}

impl Bits {
    #[inline]
    pub(crate) fn get(&self, id: u32) -> bool {
        self.words.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1)
    }

    pub(crate) fn set(&mut self, id: u32) {
        let at = id as usize / 64;
        if at >= self.words.len() {
            self.words.resize(at + 1, 0);
        }
        self.words[at] |= 1 << (id % 64);
    }

    /// In order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        let of = |(at, word): (usize, &u64)| {
            let (mut rest, base) = (*word, at as u32 * 64);
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros();
                rest &= rest.wrapping_sub(1);
                (bit < 64).then_some(base + bit)
            })
        };
        self.words.iter().enumerate().flat_map(of)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }
}
