//! The least time that work could have taken: no plan, however clever, ends before it.
//!
//! Over every limit of so many at once, and every moment at which some of its work became known:
//! from then on all of that work has to go through the limit, and the two longest, one after the
//! other, where there are more pieces than the limit has room. Over the governor: of `n` acts known
//! then, the last begins as many whole hours later as the ones before it fill.

use jiff::{SignedDuration, Timestamp};

/// One piece of work.
#[derive(Debug, Clone)]
pub struct Piece {
    /// When it became known.
    pub released: Timestamp,
    /// How long its place was empty.
    pub lasted: SignedDuration,
}

/// Work that at most `capacity` may do at once is not over before this.
pub fn of_limit(pieces: &[Piece], capacity: usize) -> Option<Timestamp> {
    let releases = pieces.iter().map(|piece| piece.released);
    let bound = |released: Timestamp| {
        let mut left: Vec<i64> =
            known_from(pieces, released).map(|piece| piece.lasted.as_secs()).collect();
        left.sort_unstable_by(|one, other| other.cmp(one));
        let capacity_seconds = i64::try_from(capacity).unwrap();
        let through = left.iter().sum::<i64>() / capacity_seconds;
        // With one more than there is room two of the longest follow each other.
        let pair = left.get(capacity).map_or(0, |after| left[capacity - 1] + after);
        let seconds = through.max(pair).max(left.first().copied().unwrap_or(0));
        released + SignedDuration::from_secs(seconds)
    };
    releases.map(bound).max()
}

/// Work of which at most so many pieces begin within an hour is not over before this.
pub fn of_governor(pieces: &[Piece], acts_per_hour: usize) -> Option<Timestamp> {
    let releases = pieces.iter().map(|piece| piece.released);
    let bound = |released: Timestamp| {
        let acts = known_from(pieces, released).count();
        let shortest = known_from(pieces, released).map(|piece| piece.lasted).min();
        let hours = acts.saturating_sub(1) / acts_per_hour;
        let begins = released + SignedDuration::from_hours(i64::try_from(hours).unwrap());
        begins + shortest.unwrap_or_default()
    };
    releases.map(bound).max()
}

fn known_from(pieces: &[Piece], released: Timestamp) -> impl Iterator<Item = &Piece> {
    pieces.iter().filter(move |piece| piece.released >= released)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(of: &[(i64, i64)]) -> Vec<Piece> {
        let minute = |minutes| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        let piece = |(released, lasted): &(i64, i64)| Piece {
            released: minute(*released),
            lasted: SignedDuration::from_mins(*lasted),
        };
        of.iter().map(piece).collect()
    }

    fn minutes(bound: Option<Timestamp>) -> i64 {
        bound.unwrap().as_second() / 60
    }

    #[test]
    fn work_goes_through_a_limit_from_when_it_is_known() {
        assert_eq!(minutes(of_limit(&pieces(&[(0, 10), (0, 10), (0, 10)]), 1)), 30);
        assert_eq!(minutes(of_limit(&pieces(&[(0, 10), (0, 10), (0, 10)]), 2)), 20);
        assert_eq!(minutes(of_limit(&pieces(&[(0, 10), (0, 25)]), 2)), 25);
        assert_eq!(minutes(of_limit(&pieces(&[(0, 10), (60, 10), (60, 10)]), 1)), 80);
    }

    #[test]
    fn the_governor_lets_so_many_begin_in_each_hour() {
        let known: Vec<_> = (0..100).map(|_| (0, 10)).collect();
        assert_eq!(minutes(of_governor(&pieces(&known), 100)), 10);
        let more: Vec<_> = (0..101).map(|_| (0, 10)).collect();
        assert_eq!(minutes(of_governor(&pieces(&more), 100)), 70);
    }
}
