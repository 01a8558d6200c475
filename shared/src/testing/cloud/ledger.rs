//! The ports of ledger, queue and topic.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::faults::error;
use super::invocation::Invocation;
use super::log::Port;
use super::state::State;
use crate::event::hint::Hint;
use crate::ids::{GroupName, InstanceId};
use crate::ledger::{Governor, Incident, Limit, Taking};
use crate::message::{Event, Message};
use crate::ports::{
    BuryMessages, CloudError, CloudErrorClass, Ledger, PublishEvents, ReadLedger, SendHints,
    TellPeople, Written,
};
use crate::testing::faults::Fault;
use crate::testing::invariants::messages_outlive_their_work;
use crate::world::{GroupMemory, Memory};

/// Events that one request takes.
const EVENTS_AT_ONCE: usize = 10;

impl ReadLedger for Invocation<'_> {
    async fn read(&self) -> Result<Memory, CloudError> {
        let torn = self.cloud.state.borrow_mut().strikes(Fault::LedgerTorn);
        let before = self.call(Port::Read, |state| Ok(state.ledger.memory(self.version()))).await?;
        let Some(mut draw) = torn else { return Ok(before) };
        let after = self.call(Port::Read, |state| Ok(state.ledger.memory(self.version()))).await?;
        let (of_incidents, state) =
            if draw.chance(500) { (before, after) } else { (after, before) };
        Ok(halves(of_incidents, state))
    }

    async fn incidents_of(&self, instance: &InstanceId) -> Result<Vec<Incident>, CloudError> {
        self.call(Port::IncidentsOf, |state| {
            let all = state.ledger.open.values().chain(state.ledger.closed.values());
            let mut found: Vec<Incident> =
                all.filter(|incident| &incident.key.instance == instance).cloned().collect();
            found.sort_by_key(|incident| incident.first_seen);
            Ok(found)
        })
        .await
    }
}

/// A reading is two queries: one for the incidents, one for everything else.
fn halves(of_incidents: Memory, state: Memory) -> Memory {
    let Memory { incidents, untold, unread, .. } = of_incidents;
    Memory { incidents, untold, unread, ..state }
}

/// Somebody else is at the same items at the same moment (`TransactionConflict` among the reasons
/// of a `TransactionCanceledException`, `API_TransactWriteItems`, read 2026-11): nothing is written.
fn meets_another(state: &mut State) -> bool {
    state.strikes(Fault::LedgerConflict).is_some()
}

impl Ledger for Invocation<'_> {
    /// All at once; where that is refused one by one, and the first failure ends it.
    async fn save(&self, incidents: &[Incident]) -> Result<Vec<Written>, CloudError> {
        self.call(Port::Save, |state| {
            for incident in incidents {
                let verdict = messages_outlive_their_work::forgets(state, incident);
                state.record.take(verdict);
            }
            let some = state.does_only(incidents.len());
            let mut written = Vec::with_capacity(incidents.len());
            for incident in incidents.iter().take(some.unwrap_or(incidents.len())) {
                let incident = self.version().written(incident, state.renews);
                // Nobody is at an item that nobody wrote yet, but whoever writes it now.
                let met = incident.version > 0 && meets_another(state);
                let lost = met.then_some(Written::LostTheRace);
                written.push(lost.unwrap_or_else(|| state.ledger.save(&incident)));
            }
            match some {
                Some(_) => Err(error(Port::Save, CloudErrorClass::Unavailable)),
                None => Ok(written),
            }
        })
        .await
    }

    async fn begin(
        &self,
        incident: &Incident,
        takes: &[Taking],
        governor: &Governor,
        now: Timestamp,
    ) -> Result<Written, CloudError> {
        self.call(Port::Begin, |state| {
            if meets_another(state) {
                return Ok(Written::LostTheRace);
            }
            let written = self.version().written(incident, state.renews);
            Ok(state.ledger.begin(&written, takes, governor, now))
        })
        .await
    }

    async fn proceed(&self, incident: &Incident) -> Result<Written, CloudError> {
        self.call(Port::Proceed, |state| {
            if meets_another(state) {
                return Ok(Written::LostTheRace);
            }
            let written = self.version().written(incident, state.renews);
            Ok(state.ledger.proceed(&written))
        })
        .await
    }

    async fn release(
        &self,
        incident: &Incident,
        freed: &BTreeSet<Limit>,
    ) -> Result<Written, CloudError> {
        self.call(Port::Release, |state| {
            if meets_another(state) {
                return Ok(Written::LostTheRace);
            }
            let written = self.version().written(incident, state.renews);
            Ok(state.ledger.release(&written, freed))
        })
        .await
    }

    async fn remember(&self, group: &GroupName, memory: &GroupMemory) -> Result<(), CloudError> {
        self.call(Port::Remember, |state| {
            state.ledger.remember(group, memory);
            Ok(())
        })
        .await
    }

    async fn remember_told(&self, told: &BTreeSet<String>) -> Result<(), CloudError> {
        self.call(Port::RememberTold, |state| {
            state.ledger.unread_told.clone_from(told);
            Ok(())
        })
        .await
    }

    async fn claim_look_again(&self, due: Timestamp, now: Timestamp) -> Result<bool, CloudError> {
        self.call(Port::ClaimLookAgain, |state| Ok(state.ledger.claim_look_again(due, now))).await
    }

    async fn notice_seen(&self, key: &str) -> Result<bool, CloudError> {
        self.call(Port::NoticeSeen, |state| Ok(state.ledger.notices.contains(key))).await
    }

    async fn record_notice(&self, key: &str, _now: Timestamp) -> Result<(), CloudError> {
        self.call(Port::RecordNotice, |state| {
            let verdict = messages_outlive_their_work::remembered(state, key);
            state.record.take(verdict);
            state.ledger.notices.insert(key.to_owned());
            Ok(())
        })
        .await
    }
}

impl SendHints for Invocation<'_> {
    async fn send(&self, hint: &Hint, delay_seconds: u32) -> Result<(), CloudError> {
        assert!(delay_seconds <= 900, "SQS delays a message by 900 s at most, not {delay_seconds}");
        self.call(Port::Send, |state| {
            state.send_hint(hint, SignedDuration::from_secs(i64::from(delay_seconds)));
            Ok(())
        })
        .await
    }
}

impl BuryMessages for Invocation<'_> {
    async fn bury(&self, message: &str, reason: &str) -> Result<(), CloudError> {
        self.call(Port::Bury, |state| {
            state.queues.of_mut(self.function()).bury(message, reason);
            Ok(())
        })
        .await
    }
}

impl TellPeople for Invocation<'_> {
    async fn tell(&self, message: &Message) -> Result<(), CloudError> {
        self.call(Port::Tell, |state| {
            state.told.push(message.clone());
            Ok(())
        })
        .await
    }
}

/// The identifier by which a reader drops what he has read already.
fn id_of(event: &Event) -> Option<String> {
    let detail: serde_json::Value = serde_json::from_str(&event.detail).ok()?;
    detail.get("id")?.as_str().map(str::to_owned)
}

impl PublishEvents for Invocation<'_> {
    async fn publish(&self, events: &[Event]) -> Vec<Result<(), CloudError>> {
        let mut published = Vec::new();
        for together in events.chunks(EVENTS_AT_ONCE) {
            let call = self.call(Port::Publish, |state| {
                let some = state.does_only(together.len()).unwrap_or(together.len());
                let refused = |event: &Event| {
                    state.deaf_to.as_ref().is_some_and(|words| event.detail.contains(words))
                };
                let heard = |(place, event)| place < some && !refused(event);
                let taken: Vec<bool> = together.iter().enumerate().map(heard).collect();
                for (event, _) in together.iter().zip(&taken).filter(|(_, taken)| **taken) {
                    state.heard.extend(id_of(event));
                    state.published.push(event.clone());
                }
                Ok(taken)
            });
            match call.await {
                Ok(taken) => published.extend(taken.into_iter().map(|taken| {
                    taken
                        .then_some(())
                        .ok_or_else(|| error(Port::Publish, CloudErrorClass::Throttled))
                })),
                Err(error) => published.extend(vec![Err(error); together.len()]),
            }
        }
        published
    }
}
