//! Events of our own, on the default bus of the account and region.

use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use aws_smithy_types::DateTime;

use crate::aws::Cloud;
use crate::aws::error::{class_of, classify, failed};
use crate::message::Event;
use crate::ports::{CloudError, CloudErrorClass, PublishEvents};

const CALL: &str = "PutEvents";

/// What the call is about, for people: every account has this bus.
const BUS: &str = "the default event bus";

/// Events that one call takes (`API_PutEvents`, read 2026-11). Ten of ours are far below the bytes
/// that it takes.
const MOST_ENTRIES: usize = 10;

impl PublishEvents for Cloud {
    async fn publish(&self, events: &[Event]) -> Vec<Result<(), CloudError>> {
        let mut published = Vec::with_capacity(events.len());
        for together in events.chunks(MOST_ENTRIES) {
            let entries = together.iter().map(entry).collect();
            let call = self.eventbridge().put_events().set_entries(Some(entries)).send().await;
            match call {
                Ok(answer) => published.extend(results(answer.entries(), together.len())),
                Err(error) => {
                    let error = classify(CALL, BUS, &error);
                    published.extend(vec![Err(error); together.len()]);
                }
            }
        }
        published
    }
}

fn entry(event: &Event) -> PutEventsRequestEntry {
    PutEventsRequestEntry::builder()
        .time(DateTime::from_secs(event.time.as_second()))
        .source(Event::SOURCE)
        .detail_type(Event::DETAIL_TYPE)
        .set_resources(Some(event.resources.clone()))
        .detail(&event.detail)
        .build()
}

/// What became of each entry. The answer is `Ok` as a whole even where the bus took none of them.
fn results(
    answered: &[PutEventsResultEntry],
    asked: usize,
) -> impl Iterator<Item = Result<(), CloudError>> {
    (0..asked).map(|place| match answered.get(place) {
        Some(entry) if entry.event_id().is_some() => Ok(()),
        Some(entry) => {
            let code = entry.error_code().unwrap_or_default();
            let words = entry.error_message().unwrap_or_default();
            Err(failed(CALL, BUS, class_of(code, words, 0), &format!("{code}: {words}")))
        }
        None => Err(failed(CALL, BUS, CloudErrorClass::Unavailable, "the entry is not answered")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_that_the_bus_did_not_take_is_an_error_of_its_own() {
        let taken = PutEventsResultEntry::builder().event_id("1").build();
        let throttled = PutEventsResultEntry::builder().error_code("ThrottlingException").build();
        let found: Vec<_> = results(&[taken, throttled], 3)
            .map(|result| result.map_err(|error| error.class))
            .collect();
        let unavailable = Err(CloudErrorClass::Unavailable);
        assert_eq!(found, [Ok(()), Err(CloudErrorClass::Throttled), unavailable]);
    }
}
