//! AWS's clock. EC2 compares its dates with its own time, so *now* is the `Date` header of AWS's
//! newest answer, carried on by the time passed since. The local clock stands in until the first
//! answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context as interceptors;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::{DateTime, Format};
use jiff::{SignedDuration, Timestamp};

/// Clocks that differ by more than this are reported.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// Reads the `Date` of every answer of every client that has it as an interceptor. Clones share one
/// reading.
#[derive(Debug, Clone, Default)]
pub(super) struct AwsClock {
    newest: Arc<Mutex<Option<Reading>>>,
}

/// AWS's time at a moment of the local monotonic clock.
#[derive(Debug, Clone, Copy)]
struct Reading {
    date: Timestamp,
    at: Instant,
    /// How far the local clock was ahead of AWS's; negative when it was behind.
    ahead: SignedDuration,
}

impl Reading {
    fn carried_on(&self, now: Instant) -> Timestamp {
        let passed = now.saturating_duration_since(self.at).as_secs();
        let passed = SignedDuration::from_secs(i64::try_from(passed).unwrap_or(0));
        self.date.checked_add(passed).unwrap_or(self.date)
    }
}

impl AwsClock {
    /// AWS's time now, to a second: a `Date` has no fractions, and may be a second older than the
    /// answer.
    pub(super) fn now(&self) -> Timestamp {
        let (local, monotonic) = local_clocks();
        self.newest().map_or(local, |reading| reading.carried_on(monotonic))
    }

    /// How far the local clock is ahead of AWS's (negative: behind), if that is more than 60 s;
    /// `None` also before the first answer.
    pub(super) fn disagreement(&self) -> Option<SignedDuration> {
        self.newest().map(|reading| reading.ahead).filter(|ahead| ahead.abs() > TOLERANCE)
    }

    /// Takes the `Date` of an answer. The newest answer wins even where its date is older: a clock
    /// that AWS sets back is still the clock that AWS acts on.
    fn read(&self, header: &str) {
        let date = DateTime::from_str(header, Format::HttpDate);
        let Some(date) = date.ok().and_then(|date| timestamp(&date)) else { return };
        let (local, at) = local_clocks();
        let reading = Reading { date, at, ahead: local.duration_since(date) };
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(reading);
    }

    fn newest(&self) -> Option<Reading> {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Intercept for AwsClock {
    fn name(&self) -> &'static str {
        "AwsClock"
    }

    fn read_before_deserialization(
        &self,
        context: &interceptors::BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(header) = context.response().headers().get("date") {
            self.read(header);
        }
        Ok(())
    }
}

/// An SDK date; `None` beyond the years that a timestamp holds.
pub(super) fn timestamp(date: &DateTime) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(date.subsec_nanos()).ok()?;
    Timestamp::new(date.secs(), nanoseconds).ok()
}

#[allow(clippy::disallowed_methods, reason = "the one place that reads a clock")]
fn local_clocks() -> (Timestamp, Instant) {
    let local = Timestamp::try_from(SystemTime::now()).unwrap_or_default();
    (local, Instant::now())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn now_is_the_date_of_the_newest_answer() {
        let clock = AwsClock::default();
        for (header, expected) in [
            ("Tue, 15 Nov 2033 08:12:31 GMT", "2033-11-15T08:12:31Z"),
            ("Tue, 15 Nov 2033 08:11:00 GMT", "2033-11-15T08:11:00Z"),
            ("yesterday", "2033-11-15T08:11:00Z"),
        ] {
            clock.read(header);
            let passed = clock.now().duration_since(expected.parse().unwrap());
            assert!((0..60).contains(&passed.as_secs()), "{header}: {passed}");
        }
    }

    #[test]
    fn a_reading_is_carried_on_by_the_time_passed() {
        let (date, at) = ("2033-11-15T08:12:31Z".parse().unwrap(), Instant::now());
        let reading = Reading { date, at, ahead: SignedDuration::ZERO };
        let later = reading.carried_on(at + Duration::from_secs(90));
        assert_eq!(later.to_string(), "2033-11-15T08:14:01Z");
    }

    #[test]
    fn a_disagreement_of_more_than_a_minute_is_remembered() {
        let clock = AwsClock::default();
        assert_eq!(clock.disagreement(), None);
        clock.read("Tue, 15 Nov 1994 08:12:31 GMT");
        assert!(clock.disagreement().is_some_and(|ahead| ahead.is_positive()));
        let agreed = DateTime::from(SystemTime::now()).fmt(Format::HttpDate).unwrap();
        clock.read(&agreed);
        assert_eq!(clock.disagreement(), None);
    }
}
