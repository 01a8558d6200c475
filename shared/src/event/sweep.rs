//! The tick of the schedule: look at everything that is managed.
//!
//! It comes as the input that our template gives to EventBridge Scheduler, which delivers it word
//! for word; a scheduled rule of EventBridge, should an owner prefer one, says the same.
//!
//! ```json
//! {"reberth": "sweep"}
//! {"detail-type": "Scheduled Event", "source": "aws.events", "detail": {}}
//! ```

use super::fields::Fields;
use super::unreadable::Unreadable;
use super::{Event, Shape};

pub(super) fn recognises(shape: &Shape) -> bool {
    matches!(
        shape,
        Shape::Own { word: "sweep" }
            | Shape::Bus { source: "aws.events", detail_type: "Scheduled Event" }
    )
}

/// A tick says nothing but that it is time, so nothing in it can be wrong.
#[expect(clippy::unnecessary_wraps, reason = "the signature of every row of the table of kinds")]
pub(super) fn decode(_event: &Fields<'_>) -> Result<Event, Unreadable> {
    Ok(Event::Sweep)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{only, sample};
    use super::*;

    #[test]
    fn both_schedulers_mean_the_same() {
        for name in ["schedule", "scheduled-rule"] {
            assert_eq!(only(&sample("sweep", name)), Ok(Event::Sweep), "{name}");
        }
    }
}
