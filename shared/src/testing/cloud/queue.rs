//! A queue of SQS with its dead letters: at least once, in any order, invisible for a while to
//! everybody but whoever received it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use super::owes::Owes;

/// What a queue does with its messages, as the template sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::testing) struct Attributes {
    /// Who received a message has it to itself for so long, unless it deletes it before.
    pub visibility_timeout: SignedDuration,
    /// A message that was received so often, and comes once more, goes to the dead letters.
    pub max_receive_count: u32,
}

/// A message that is somewhere in a queue.
#[derive(Debug, Clone)]
pub(in crate::testing) struct Queued {
    /// SQS's id.
    pub id: String,
    /// The text.
    pub body: Rc<str>,
    /// What whoever deletes it must have done.
    pub owes: Owes,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// From when on it was to be received.
    pub arrives_at: Timestamp,
    /// How often it was received.
    pub receives: u32,
    visible_at: Timestamp,
}

/// The leave to delete a message: of its last receipt. An older one deletes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::testing) struct Receipt {
    number: u64,
    receives: u32,
}

/// A message that was given up, with the reason.
#[derive(Debug, Clone)]
pub(in crate::testing) struct DeadLetter {
    /// The text.
    pub body: Rc<str>,
    /// Why, in the words of whoever gave it up.
    pub reason: String,
    /// What it owes if it is sent again.
    owes: Owes,
}

/// A queue.
#[derive(Debug, Clone)]
pub(in crate::testing) struct Queue {
    attributes: Attributes,
    sent: u64,
    messages: BTreeMap<u64, Queued>,
    by_visibility: BTreeSet<(Timestamp, u64)>,
    /// What could not be used, oldest first.
    pub dead: Vec<DeadLetter>,
}

impl Queue {
    /// An empty queue.
    pub fn new(attributes: Attributes) -> Self {
        let (messages, by_visibility) = (BTreeMap::new(), BTreeSet::new());
        Self { attributes, sent: 0, messages, by_visibility, dead: Vec::new() }
    }

    /// Puts a message, to be seen from a time on.
    pub fn put(&mut self, now: Timestamp, visible_at: Timestamp, body: Rc<str>, owes: Owes) {
        self.sent += 1;
        let id = format!("message-{:08}", self.sent);
        let (sent_at, arrives_at) = (now, visible_at);
        let receives = 0;
        let message = Queued { id, body, owes, sent_at, arrives_at, receives, visible_at };
        self.messages.insert(self.sent, message);
        self.by_visibility.insert((visible_at, self.sent));
    }

    /// When so many messages are to be had at once, or the first of them has waited for the rest;
    /// absent where the queue is empty.
    pub fn batch_at(&self, most: usize, window: SignedDuration) -> Option<Timestamp> {
        let (first, _) = self.by_visibility.first()?;
        let waited = *first + window;
        let full = self.by_visibility.iter().nth(most - 1).map(|(at, _)| *at);
        Some(full.map_or(waited, |full| full.min(waited)))
    }

    /// When the next message is seen.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.by_visibility.first().map(|(at, _)| *at)
    }

    /// Messages to come, in order, as they will be seen.
    pub fn coming(&self) -> impl Iterator<Item = (Timestamp, &str, u32)> {
        self.by_visibility.iter().filter_map(|(at, number)| {
            let message = self.messages.get(number)?;
            Some((*at, &*message.body, message.receives))
        })
    }

    /// The messages that are to be seen, the longest visible first.
    pub fn visible(&self, now: Timestamp) -> impl Iterator<Item = u64> {
        self.by_visibility.range(..=(now, u64::MAX)).map(|(_, number)| *number)
    }

    /// A message of the queue.
    pub fn message(&self, number: u64) -> Option<&Queued> {
        self.messages.get(&number)
    }

    /// Receives a message; none where it went to the dead letters instead.
    pub fn receive(&mut self, now: Timestamp, number: u64) -> Option<(Receipt, Queued)> {
        let most = self.attributes.max_receive_count;
        if self.messages.get(&number)?.receives >= most {
            let dead = self.take(number)?;
            let reason = format!("received {most} times and never finished");
            self.dead.push(DeadLetter { body: dead.body, reason, owes: dead.owes });
            return None;
        }
        self.hide(number, now + self.attributes.visibility_timeout);
        let message = self.messages.get_mut(&number)?;
        message.receives += 1;
        Some((Receipt { number, receives: message.receives }, message.clone()))
    }

    /// A message is seen again from a time on.
    pub fn hide(&mut self, number: u64, until: Timestamp) {
        let Some(message) = self.messages.get_mut(&number) else { return };
        self.by_visibility.remove(&(message.visible_at, number));
        message.visible_at = until;
        self.by_visibility.insert((until, number));
    }

    /// A message that was received is seen again from a time on.
    pub fn expire(&mut self, receipt: &Receipt, at: Timestamp) {
        self.hide(receipt.number, at);
    }

    /// Deletes a message by its last receipt.
    pub fn delete(&mut self, receipt: &Receipt) -> Option<Queued> {
        let known = self.messages.get(&receipt.number)?;
        if known.receives == receipt.receives { self.take(receipt.number) } else { None }
    }

    fn take(&mut self, number: u64) -> Option<Queued> {
        let message = self.messages.remove(&number)?;
        self.by_visibility.remove(&(message.visible_at, number));
        Some(message)
    }

    /// Somebody buries a message.
    pub fn bury(&mut self, body: &str, reason: &str) {
        let (body, reason) = (body.into(), reason.to_owned());
        self.dead.push(DeadLetter { body, reason, owes: Owes::Burial });
    }

    /// Everything that is in it, dead letters aside.
    pub fn all(&self) -> impl Iterator<Item = &Queued> {
        self.messages.values()
    }

    /// Whatever is on its way arrives now.
    pub fn hasten(&mut self, now: Timestamp) {
        let late: Vec<u64> = self.messages.keys().copied().collect();
        for number in late {
            let Some(message) = self.messages.get_mut(&number) else { continue };
            if message.receives == 0 && message.visible_at > now {
                message.arrives_at = now;
                self.hide(number, now);
            }
        }
    }

    /// Somebody redrives the dead letters. What was buried as unreadable will be so again.
    pub fn redrive(&mut self, now: Timestamp) -> usize {
        let dead = std::mem::take(&mut self.dead);
        let redriven = dead.len();
        for letter in dead {
            self.put(now, now, letter.body, letter.owes);
        }
        redriven
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTRIBUTES: Attributes =
        Attributes { visibility_timeout: SignedDuration::from_secs(240), max_receive_count: 2 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn one() -> Queue {
        let mut queue = Queue::new(ATTRIBUTES);
        queue.put(at(0), at(0), "first".into(), Owes::Nothing);
        queue
    }

    fn seen(queue: &Queue, now: i64) -> Vec<u64> {
        queue.visible(at(now)).collect()
    }

    #[test]
    fn who_received_a_message_has_it_alone_until_its_time_is_over() {
        let mut queue = one();
        let (receipt, message) = queue.receive(at(10), 1).unwrap();
        assert_eq!((message.receives, seen(&queue, 249)), (1, vec![]));
        assert_eq!(seen(&queue, 250), [1]);
        assert!(queue.delete(&receipt).is_some());
        assert_eq!((seen(&queue, 999), queue.all().count()), (vec![], 0));
    }

    #[test]
    fn an_older_receipt_deletes_nothing() {
        let mut queue = one();
        let (first, _) = queue.receive(at(0), 1).unwrap();
        let (second, _) = queue.receive(at(240), 1).unwrap();
        assert!(queue.delete(&first).is_none());
        assert!(queue.delete(&second).is_some());
    }

    #[test]
    fn what_was_received_too_often_goes_to_the_dead_letters_and_comes_back_by_hand() {
        let mut queue = one();
        for _ in 0..2 {
            assert!(queue.receive(at(0), 1).is_some());
        }
        assert!(queue.receive(at(0), 1).is_none());
        assert_eq!((queue.dead.len(), queue.all().count()), (1, 0));
        assert_eq!(queue.redrive(at(9)), 1);
        assert_eq!((queue.dead.len(), seen(&queue, 9)), (0, vec![2]));
    }

    #[test]
    fn a_batch_goes_when_it_is_full_or_its_first_message_has_waited() {
        let mut queue = one();
        let window = SignedDuration::from_secs(5);
        assert_eq!(queue.batch_at(2, window), Some(at(5)));
        queue.put(at(0), at(3), "second".into(), Owes::Nothing);
        assert_eq!(queue.batch_at(2, window), Some(at(3)));
        assert_eq!(Queue::new(ATTRIBUTES).batch_at(2, window), None);
    }
}
