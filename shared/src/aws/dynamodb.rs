//! The ledger on `DynamoDB`. Its layout is in `dynamodb_items.rs`, its conditional writes in
//! `dynamodb_transactions.rs`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::aws::Cloud;
use crate::aws::dynamodb_items::{
    CLOSED, FORMAT, Item, KEEPS_FORMAT, NOTICE, OPEN, READABLE, STATE, UNREAD, group_key, growth,
    incident, notice_expiry, number, remember, text, told_update,
};
use crate::aws::dynamodb_transactions::{MOST_ITEMS, Transacted, key};
use crate::aws::error::classify;
use crate::aws::paging::{PAGES, without_end};
use crate::ids::{GroupName, InstanceId};
use crate::ledger::format::{KNOWN, WRITTEN};
use crate::ledger::{Governor, Incident, Limit, Taking};
use crate::ports::{CloudError, Ledger, ReadLedger, Written};
use crate::world::{GroupMemory, Memory};

/// Places of the items of [`Ledger::begin`] that are not limits; the limits follow. The switch is
/// first in [`Ledger::proceed`], too.
const SWITCH: usize = 0;
const BEFORE_LIMITS: usize = 3;

impl ReadLedger for Cloud {
    async fn read(&self) -> Result<Memory, CloudError> {
        let (open, state) = tokio::join!(self.query(OPEN, None), self.query(STATE, None));
        let mut memory = Memory::default();
        for item in open?.into_iter().chain(state?) {
            remember(&mut memory, &item);
        }
        Ok(memory)
    }

    async fn incidents_of(&self, instance: &InstanceId) -> Result<Vec<Incident>, CloudError> {
        let prefix = format!("{instance}/");
        let open = self.query(OPEN, Some(&prefix));
        let (open, closed) = tokio::join!(open, self.query(CLOSED, Some(&prefix)));
        // What cannot be read has no story; that it is there, every look tells.
        let items = open?.into_iter().chain(closed?);
        let mut incidents: Vec<_> = items.filter_map(|item| incident(&item).ok()).collect();
        incidents.sort_by_key(|incident| incident.first_seen);
        Ok(incidents)
    }
}

impl Ledger for Cloud {
    async fn save(&self, incidents: &[Incident]) -> Result<Vec<Written>, CloudError> {
        let mut written = Vec::with_capacity(incidents.len());
        // A closed incident takes two items, so half the limit always fits.
        for together in incidents.chunks(MOST_ITEMS / 2) {
            written.extend(self.save_together(together).await?);
        }
        Ok(written)
    }

    async fn begin(
        &self,
        incident: &Incident,
        takes: &[Taking],
        governor: &Governor,
        now: Timestamp,
    ) -> Result<Written, CloudError> {
        // An item may stand only once in a transaction; of two takings the narrower one counts.
        let mut narrowest: BTreeMap<&Limit, &Taking> = BTreeMap::new();
        for taking in takes {
            let known = narrowest.entry(&taking.limit).or_insert(taking);
            *known = taking.min(*known);
        }
        if let Some(closed) = narrowest.values().find(|taking| taking.capacity == 0) {
            return Ok(Written::LimitFull(closed.limit.clone()));
        }
        let mut items = vec![self.not_stopped()?];
        items.extend(self.incident_writes(incident)?);
        items.push(self.governor_write(governor.version, &governor.with_act(now))?);
        for taking in narrowest.values() {
            items.push(self.take(taking, &incident.key)?);
        }
        let limits: Vec<&Limit> = narrowest.into_keys().collect();
        Ok(match self.transact(&incident.key.to_string(), items).await? {
            Transacted::Yes => Written::Yes,
            Transacted::Refused(places) => refusal(&places, &limits),
        })
    }

    async fn proceed(&self, incident: &Incident) -> Result<Written, CloudError> {
        let mut items = vec![self.not_stopped()?];
        items.extend(self.incident_writes(incident)?);
        Ok(match self.transact(&incident.key.to_string(), items).await? {
            Transacted::Yes => Written::Yes,
            Transacted::Refused(places) => refusal(&places, &[]),
        })
    }

    async fn release(
        &self,
        incident: &Incident,
        freed: &BTreeSet<Limit>,
    ) -> Result<Written, CloudError> {
        let mut items = self.incident_writes(incident)?;
        for limit in freed {
            items.push(self.free(limit, &incident.key)?);
        }
        Ok(match self.transact(&incident.key.to_string(), items).await? {
            Transacted::Yes => Written::Yes,
            Transacted::Refused(_) => Written::LostTheRace,
        })
    }

    async fn remember(&self, group: &GroupName, memory: &GroupMemory) -> Result<(), CloudError> {
        let Some((expression, values)) = growth(memory) else { return Ok(()) };
        self.update(&group_key(group), &expression, None, values).await.map(drop)
    }

    async fn remember_told(&self, told: &BTreeSet<String>) -> Result<(), CloudError> {
        let (expression, values) = told_update(told);
        self.update(UNREAD, &expression, None, values).await.map(drop)
    }

    async fn claim_look_again(&self, due: Timestamp, now: Timestamp) -> Result<bool, CloudError> {
        let free = "attribute_not_exists(due) OR due > :due OR due <= :now";
        let times = [(":due", due), (":now", now)];
        let values = times.map(|(name, time)| (name.to_owned(), number(time.as_second())));
        let expression = format!("SET due = :due, {KEEPS_FORMAT}");
        self.update("look-again", &expression, Some(free), values.into()).await
    }

    async fn notice_seen(&self, notice: &str) -> Result<bool, CloudError> {
        let call = self.dynamodb().get_item().table_name(self.table()).consistent_read(true);
        let found = call.set_key(Some(key(NOTICE, notice))).send().await;
        let found = found.map_err(|error| classify("GetItem", notice, &error))?;
        Ok(found.item.is_some())
    }

    async fn record_notice(&self, notice: &str, now: Timestamp) -> Result<(), CloudError> {
        let call = self.dynamodb().put_item().table_name(self.table());
        let call = call.set_item(Some(key(NOTICE, notice)));
        let call = call.item(FORMAT, number(WRITTEN));
        let done = call.item("expires_at", number(notice_expiry(now))).send().await;
        done.map(drop).map_err(|error| classify("PutItem", notice, &error))
    }
}

impl Cloud {
    /// Writes up to 50 incidents. Most often nobody else wrote any of them, so one transaction
    /// does; where somebody did, it is refused as a whole and each is written alone.
    async fn save_together(&self, incidents: &[Incident]) -> Result<Vec<Written>, CloudError> {
        let writes: Result<Vec<_>, _> =
            incidents.iter().map(|incident| self.incident_writes(incident)).collect();
        let writes = writes?;
        let object = format!("{} incidents", incidents.len());
        let all = writes.iter().flatten().cloned().collect();
        if self.transact(&object, all).await? == Transacted::Yes {
            return Ok(vec![Written::Yes; incidents.len()]);
        }
        if incidents.len() == 1 {
            return Ok(vec![Written::LostTheRace]);
        }
        let mut written = Vec::with_capacity(incidents.len());
        for (incident, items) in incidents.iter().zip(writes) {
            written.push(match self.transact(&incident.key.to_string(), items).await? {
                Transacted::Yes => Written::Yes,
                Transacted::Refused(_) => Written::LostTheRace,
            });
        }
        Ok(written)
    }

    /// All items of a partition, or those whose sort key begins with a prefix, read strongly
    /// consistently.
    async fn query(&self, partition: &str, prefix: Option<&str>) -> Result<Vec<Item>, CloudError> {
        let condition = match prefix {
            None => "pk = :pk",
            Some(_) => "pk = :pk AND begins_with(sk, :prefix)",
        };
        let mut items = Vec::new();
        let mut from = None;
        for _ in 0..PAGES {
            let call = self.dynamodb().query().table_name(self.table()).consistent_read(true);
            let mut call = call
                .key_condition_expression(condition)
                .expression_attribute_values(":pk", text(partition))
                .set_exclusive_start_key(from);
            if let Some(prefix) = prefix {
                call = call.expression_attribute_values(":prefix", text(prefix));
            }
            let page = call.send().await.map_err(|error| classify("Query", partition, &error))?;
            items.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
        Err(without_end("Query", partition))
    }

    /// Updates an item of the partition [`STATE`]; false where a newer version wrote it, which
    /// leaves it as it is, or where the condition does not hold.
    async fn update(
        &self,
        sort: &str,
        expression: &str,
        condition: Option<&str>,
        values: Item,
    ) -> Result<bool, CloudError> {
        let condition = match condition {
            None => READABLE.to_owned(),
            Some(condition) => format!("({condition}) AND ({READABLE})"),
        };
        let call = self.dynamodb().update_item().table_name(self.table());
        let call = call.set_key(Some(key(STATE, sort))).update_expression(expression);
        let call =
            call.condition_expression(condition).set_expression_attribute_values(Some(values));
        let call = call.expression_attribute_names("#format", FORMAT);
        let call = call.expression_attribute_values(":format", number(WRITTEN));
        let done = call.expression_attribute_values(":known", number(KNOWN)).send().await;
        let Err(error) = done else { return Ok(true) };
        match error.as_service_error() {
            Some(refused) if refused.is_conditional_check_failed_exception() => Ok(false),
            _ => Err(classify("UpdateItem", sort, &error)),
        }
    }
}

/// Why an intent was refused: the switch before the race, the race before the limits, since only a
/// fresh look can tell whether a limit is full after somebody else wrote.
fn refusal(places: &[(usize, bool)], limits: &[&Limit]) -> Written {
    let refused = |place| places.contains(&(place, false));
    let conflict = places.iter().any(|(_, conflict)| *conflict);
    if refused(SWITCH) {
        return Written::Stopped;
    }
    let full = places.iter().filter_map(|(place, _)| limits.get(place.checked_sub(BEFORE_LIMITS)?));
    match full.into_iter().next() {
        Some(limit) if !conflict && !(1..BEFORE_LIMITS).any(refused) => {
            Written::LimitFull((*limit).clone())
        }
        _ => Written::LostTheRace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_comes_before_the_race_and_the_race_before_the_limits() {
        let group = Limit::Group(GroupName::parse("web").unwrap());
        let limits = [&Limit::Account, &group];
        for (places, expected) in [
            (vec![(0, false), (1, false), (4, false)], Written::Stopped),
            (vec![(1, false), (4, false)], Written::LostTheRace),
            (vec![(2, false)], Written::LostTheRace),
            (vec![(3, true), (4, false)], Written::LostTheRace),
            (vec![(0, true)], Written::LostTheRace),
            (vec![(3, false), (4, false)], Written::LimitFull(Limit::Account)),
            (vec![(4, false)], Written::LimitFull(group.clone())),
        ] {
            assert_eq!(refusal(&places, &limits), expected, "{places:?}");
        }
    }
}
