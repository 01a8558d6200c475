//! The ports of ledger, queue and topic.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::faults::error;
use super::invocation::Invocation;
use super::log::Port;
use crate::event::hint::Hint;
use crate::ids::{GroupName, InstanceId};
use crate::ledger::{Governor, Incident, Limit, Taking};
use crate::message::{Event, Message};
use crate::ports::{
    BuryMessages, CloudError, CloudErrorClass, Ledger, PublishEvents, ReadLedger, SendHints,
    TellPeople, Written,
};
use crate::testing::invariants::messages_outlive_their_work;
use crate::world::{GroupMemory, Memory};

/// Events that one request takes.
const EVENTS_AT_ONCE: usize = 10;

impl ReadLedger for Invocation<'_> {
    async fn read(&self) -> Result<Memory, CloudError> {
        self.call(Port::Read, |state| Ok(state.ledger.memory(self.version()))).await
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

impl Ledger for Invocation<'_> {
    async fn save(&self, incidents: &[Incident]) -> Result<Vec<Written>, CloudError> {
        self.call(Port::Save, |state| {
            let written = incidents.iter().map(|one| self.version().written(one, state.renews));
            Ok(written.map(|incident| state.ledger.save(&incident)).collect())
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
            let written = self.version().written(incident, state.renews);
            Ok(state.ledger.begin(&written, takes, governor, now))
        })
        .await
    }

    async fn proceed(&self, incident: &Incident) -> Result<Written, CloudError> {
        self.call(Port::Proceed, |state| {
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

impl PublishEvents for Invocation<'_> {
    async fn publish(&self, events: &[Event]) -> Vec<Result<(), CloudError>> {
        let mut published = Vec::new();
        for together in events.chunks(EVENTS_AT_ONCE) {
            let call = self.call(Port::Publish, |state| {
                let refused = |event: &Event| {
                    state.deaf_to.as_ref().is_some_and(|words| event.detail.contains(words))
                };
                let taken: Vec<bool> = together.iter().map(|event| !refused(event)).collect();
                let heard = together.iter().zip(&taken).filter(|(_, taken)| **taken);
                state.published.extend(heard.map(|(event, _)| event.clone()));
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
