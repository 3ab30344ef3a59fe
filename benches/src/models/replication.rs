//! A leader replicates its log to followers over an unordered network that loses messages.

use crate::yardstick::Packed;

/// Bits: the leader's length, then for each follower its length and what the leader knows of it (three bits each), then
/// the messages in flight: append(follower, index) and ack(follower, index).
pub struct Replication {
    pub followers: u32,
    pub entries: u32,
}

const NUMBER: u32 = 3;

impl Replication {
    fn length(&self, f: u32) -> u32 {
        NUMBER + f * 2 * NUMBER
    }
    fn append(&self, f: u32, index: u32) -> u32 {
        NUMBER + self.followers * 2 * NUMBER + f * self.entries + index
    }
    fn ack(&self, f: u32, index: u32) -> u32 {
        self.append(self.followers, 0) + f * self.entries + index
    }
}

fn number(s: u128, at: u32) -> u32 {
    (s >> at & 7) as u32
}

impl Packed for Replication {
    fn init(&self) -> u128 {
        0
    }

    fn successors(&self, s: u128, visit: &mut impl FnMut(u128)) {
        let leader = number(s, 0);
        if leader < self.entries {
            visit(s + 1);
        }
        for f in 0..self.followers {
            let at = self.length(f);
            let (length, known) = (number(s, at), number(s, at + NUMBER));
            if known < leader {
                visit(s | 1 << self.append(f, known));
            }
            for index in 0..self.entries {
                let append = 1 << self.append(f, index);
                if s & append != 0 {
                    let received = s & !append;
                    visit(received); // lost
                    let grown = if index == length { received + (1 << at) } else { received };
                    visit(if index <= length { grown | 1 << self.ack(f, index) } else { grown });
                }
                let ack = 1 << self.ack(f, index);
                if s & ack != 0 {
                    let received = s & !ack;
                    visit(received); // lost
                    let newer = (index + 1).max(known);
                    visit(received & !(7 << (at + NUMBER)) | (newer as u128) << (at + NUMBER));
                }
            }
        }
    }

    fn holds(&self, s: u128) -> bool {
        (0..self.followers).all(|f| {
            let at = self.length(f);
            number(s, at + NUMBER) <= number(s, at) && number(s, at) <= number(s, 0)
        })
    }
}
