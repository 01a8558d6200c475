//! How a number lies over many runs.

use std::collections::BTreeMap;
use std::fmt;

/// Every value that was seen, and how often: exact, whatever their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distribution {
    seen: BTreeMap<u64, u64>,
    count: u64,
}

impl Distribution {
    /// A value was seen.
    pub fn add(&mut self, value: u64) {
        *self.seen.entry(value).or_default() += 1;
        self.count += 1;
    }

    /// The least value that at least so many of a hundred do not exceed; 0 where nothing was seen.
    /// 0 asks for the minimum, 50 for the median, 100 for the maximum.
    pub fn percentile(&self, percent: u64) -> u64 {
        let rank = (self.count * percent).div_ceil(100).max(1);
        let mut passed = 0;
        let reaches = |(_, times): &(&u64, &u64)| {
            passed += *times;
            passed >= rank
        };
        self.seen.iter().find(reaches).map_or(0, |(value, _)| *value)
    }

    /// The value in the middle; the lower one of two.
    pub fn median(&self) -> u64 {
        self.percentile(50)
    }

    /// The greatest value.
    pub fn maximum(&self) -> u64 {
        self.percentile(100)
    }

    /// All values together.
    pub fn sum(&self) -> u64 {
        self.seen.iter().map(|(value, times)| value * times).sum()
    }
}

/// A number with its thousands apart.
pub fn grouped(number: u64) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        let digits = number.to_string();
        let (first, rest) = digits.split_at((digits.len() - 1) % 3 + 1);
        f.write_str(first)?;
        rest.as_bytes()
            .chunks(3)
            .try_for_each(|three| write!(f, ",{}", String::from_utf8_lossy(three)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u64]) -> Distribution {
        let mut distribution = Distribution::default();
        for value in values {
            distribution.add(*value);
        }
        distribution
    }

    fn marks(distribution: &Distribution) -> [u64; 4] {
        [0, 50, 90, 100].map(|percent| distribution.percentile(percent))
    }

    #[test]
    fn percentiles_are_values_that_were_seen_whatever_their_order() {
        let up: Vec<u64> = (1..=10).collect();
        let down: Vec<u64> = (1..=10).rev().collect();
        assert_eq!(marks(&of(&up)), [1, 5, 9, 10]);
        assert_eq!(of(&up), of(&down));
        assert_eq!(marks(&of(&[7])), [7; 4]);
        assert_eq!(marks(&of(&[])), [0; 4]);
        assert_eq!(marks(&of(&[3, 3, 3, 3, 3, 3, 3, 3, 3, 40])), [3, 3, 3, 40]);
        assert_eq!(of(&[2, 2, 5]).sum(), 9);
    }

    #[test]
    fn thousands_stand_apart() {
        let written = [0, 999, 1_000, 20_000, 1_234_567].map(|number| grouped(number).to_string());
        assert_eq!(written, ["0", "999", "1,000", "20,000", "1,234,567"]);
    }
}
