//! A bounded buffer: two producers, one consumer, a queue of values.

use crate::yardstick::Packed;

/// Bits: two for each of three hands (0 = empty, v + 1), five for the length, then one for each value in the queue.
pub struct Buffer {
    pub capacity: u32,
}

const LENGTH: u32 = 6;
const QUEUE: u32 = LENGTH + 5;

impl Packed for Buffer {
    fn init(&self) -> u128 {
        0
    }

    fn successors(&self, s: u128, visit: &mut impl FnMut(u128)) {
        let length = (s >> LENGTH & 31) as u32;
        for producer in 0..2 {
            let hand = s >> (2 * producer) & 3;
            if hand == 0 {
                visit(s | 1 << (2 * producer));
                visit(s | 2 << (2 * producer));
            } else if length < self.capacity {
                let value = hand - 1;
                visit((s & !(3 << (2 * producer))) + (1 << LENGTH) | value << (QUEUE + length));
            }
        }
        if s >> 4 & 3 == 0 {
            if length > 0 {
                let queue = s >> QUEUE;
                let low = s & ((1 << QUEUE) - 1);
                visit(low - (1 << LENGTH) | ((queue & 1) + 1) << 4 | queue >> 1 << QUEUE);
            }
        } else {
            visit(s & !(3 << 4));
        }
    }

    fn holds(&self, s: u128) -> bool {
        (s >> LENGTH & 31) as u32 <= self.capacity
    }
}
