//! Chance that a seed repeats, and that stays the same where some of it is taken away.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{Fault, Rates};

/// One opportunity of a fault: the first one that it had in a run is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Occurrence {
    /// The fault.
    pub fault: Fault,
    /// Which of its opportunities.
    pub opportunity: u64,
}

/// What decides whether a fault strikes.
///
/// Each opportunity has a number of its own that depends on nothing but seed, fault and place. So
/// one fault more or less leaves the others where they were, and a failing run can be reduced.
#[derive(Debug, Clone)]
pub struct Dice {
    seed: u64,
    rates: Vec<u32>,
    opportunities: Vec<u64>,
    fired: Vec<u64>,
    only: Option<BTreeSet<Occurrence>>,
    struck: Vec<Occurrence>,
}

impl Dice {
    /// Dice that let these faults strike.
    pub fn new(seed: u64, rates: &Rates) -> Self {
        let nothing = vec![0; Fault::ALL.len()];
        let mut dice = Self {
            seed,
            rates: Vec::new(),
            opportunities: nothing.clone(),
            fired: nothing,
            only: None,
            struck: Vec::new(),
        };
        dice.change(rates);
        dice
    }

    /// From now on faults strike so often.
    pub fn change(&mut self, rates: &Rates) {
        self.rates = Fault::ALL.iter().map(|fault| rates.of(*fault)).collect();
    }

    /// From now on a fault strikes so often, of a thousand.
    pub fn set(&mut self, fault: Fault, rate: u32) {
        self.rates[fault as usize] = rate;
    }

    /// Only these occurrences strike, of those that would.
    pub fn only(&mut self, occurrences: BTreeSet<Occurrence>) {
        self.only = Some(occurrences);
    }

    /// An opportunity for a fault: the numbers of this occurrence where it strikes.
    pub fn strikes(&mut self, fault: Fault) -> Option<Draw> {
        let place = fault as usize;
        let rate = self.rates[place];
        if rate == 0 {
            return None;
        }
        let opportunity = self.opportunities[place];
        self.opportunities[place] += 1;
        let mut draw = Draw(mix(mix(self.seed, place as u64 + 1), opportunity));
        if draw.below(1_000) >= u64::from(rate) {
            return None;
        }
        let occurrence = Occurrence { fault, opportunity };
        if self.only.as_ref().is_some_and(|only| !only.contains(&occurrence)) {
            return None;
        }
        self.fired[place] += 1;
        self.struck.push(occurrence);
        Some(draw)
    }

    /// How often a fault struck.
    pub fn fired(&self, fault: Fault) -> u64 {
        self.fired[fault as usize]
    }

    /// What struck, in order.
    pub fn struck(&self) -> &[Occurrence] {
        &self.struck
    }
}

/// The numbers of one occurrence, one after the other.
#[derive(Debug, Clone)]
pub struct Draw(u64);

impl Draw {
    /// Numbers that a seed repeats.
    pub fn new(seed: u64) -> Self {
        Self(mix(seed, 0))
    }

    /// The next 64 bits. Steele, Lea and Flood's `SplitMix64` (OOPSLA 2014).
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        scramble(self.0)
    }

    /// A number from 0 to `bound - 1`; 0 where the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits().checked_rem(bound).unwrap_or(0)
    }

    /// A number between two, both included; the least where they are the wrong way round.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        let span = u64::from(most.saturating_sub(least)) + 1;
        least + u32::try_from(self.below(span)).unwrap_or(0)
    }

    /// So many seconds, both bounds included.
    pub fn seconds(&mut self, least: u32, most: u32) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.between(least, most)))
    }

    /// True in so many of a thousand cases.
    pub fn chance(&mut self, permille: u32) -> bool {
        self.below(1_000) < u64::from(permille)
    }

    /// One of them.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let place = self.below(from.len() as u64);
        from[usize::try_from(place).unwrap_or(0)].clone()
    }
}

fn mix(seed: u64, with: u64) -> u64 {
    scramble(seed ^ scramble(with.wrapping_add(0x9E37_79B9_7F4A_7C15)))
}

fn scramble(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn often(rate: u32) -> Dice {
        let rates = Rates { message_lost: rate, answer_lost: rate, ..Rates::default() };
        Dice::new(7, &rates)
    }

    fn strikes(dice: &mut Dice, fault: Fault, times: usize) -> Vec<Option<u64>> {
        (0..times).map(|_| dice.strikes(fault).map(|mut draw| draw.bits())).collect()
    }

    #[test]
    fn a_fault_without_a_rate_never_strikes_and_one_in_ten_strikes_about_so_often() {
        let mut dice = often(100);
        strikes(&mut dice, Fault::CallThrottled, 1_000);
        strikes(&mut dice, Fault::MessageLost, 1_000);
        assert_eq!(dice.fired(Fault::CallThrottled), 0);
        let fired = dice.fired(Fault::MessageLost);
        assert!((70..130).contains(&fired), "{fired}");
        assert_eq!(dice.struck().len() as u64, fired);
    }

    #[test]
    fn one_fault_more_or_less_leaves_the_others_where_they_were() {
        let alone = strikes(&mut often(300), Fault::MessageLost, 50);
        let mut both = often(300);
        strikes(&mut both, Fault::AnswerLost, 17);
        assert_eq!(strikes(&mut both, Fault::MessageLost, 50), alone);
    }

    #[test]
    fn what_is_not_among_the_only_ones_does_not_strike() {
        let mut dice = often(300);
        let all = strikes(&mut dice, Fault::MessageLost, 50);
        let second = dice.struck()[1];
        let mut dice = often(300);
        dice.only([second].into());
        let left = strikes(&mut dice, Fault::MessageLost, 50);
        assert_eq!(left.iter().flatten().count(), 1);
        let place = usize::try_from(second.opportunity).unwrap();
        assert_eq!(left[place], all[place]);
        assert_eq!(dice.struck(), [second]);
    }
}
