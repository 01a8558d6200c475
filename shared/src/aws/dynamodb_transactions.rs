//! Conditional writes of several items at once. Every write of the ledger that decides something is
//! a transaction, so that the SDK's own retry carries a request token and cannot be refused by its
//! first try.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, Put, TransactWriteItem, Update,
};
use aws_smithy_types::error::operation::BuildError;

use crate::aws::Cloud;
use crate::aws::dynamodb_items::{
    FORMAT, Item, KEEPS_FORMAT, OPEN, READABLE, STATE, incident_item, limit_key, number, only, text,
};
use crate::aws::error::{classify, failed};
use crate::ledger::format::{KNOWN, WRITTEN};
use crate::ledger::{Governor, Incident, IncidentKey, Limit, Taking};
use crate::ports::{CloudError, CloudErrorClass};

pub(super) const CALL: &str = "TransactWriteItems";

/// Items that one transaction may write (`DynamoDB` doc `API_TransactWriteItems`, read 2026-11).
pub(super) const MOST_ITEMS: usize = 100;

/// How a transaction ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Transacted {
    /// Everything stands.
    Yes,
    /// Nothing stands. At these places a condition did not hold, or, where `true`, another writer
    /// was at work.
    Refused(Vec<(usize, bool)>),
}

impl Cloud {
    /// Writes all or nothing.
    pub(super) async fn transact(
        &self,
        object: &str,
        items: Vec<TransactWriteItem>,
    ) -> Result<Transacted, CloudError> {
        let call = self.dynamodb().transact_write_items().set_transact_items(Some(items));
        let Err(error) = call.send().await else { return Ok(Transacted::Yes) };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                refused(object, cancelled.cancellation_reasons())
            }
            _ => Err(classify(CALL, object, &error)),
        }
    }

    /// Writes an incident where its version is still the one that was read; one that is over, and
    /// told in full, moves to the closed ones.
    pub(super) fn incident_writes(
        &self,
        incident: &Incident,
    ) -> Result<Vec<TransactWriteItem>, CloudError> {
        let (format, version) = (incident.format_written(), incident.next_version());
        let next = Incident { format, version, ..incident.clone() };
        let item = incident_item(&next).map_err(|error| unwritten(&error))?;
        let put = Put::builder().table_name(self.table()).set_item(Some(item));
        if incident.settled() {
            return Ok(vec![self.no_longer_open(incident)?, built(put.build())?]);
        }
        let put = match incident.version {
            0 => put.condition_expression(NEW),
            read => {
                put.condition_expression(READ).expression_attribute_values(":read", number(read))
            }
        };
        Ok(vec![built(put.build())?])
    }

    fn no_longer_open(&self, incident: &Incident) -> Result<TransactWriteItem, CloudError> {
        let key = Some(key(OPEN, incident.key.to_string()));
        if incident.version == 0 {
            let check = ConditionCheck::builder().table_name(self.table()).set_key(key);
            return built(check.condition_expression(NEW).build());
        }
        let delete = Delete::builder().table_name(self.table()).set_key(key);
        let read = number(incident.version);
        let delete = delete.condition_expression(READ).expression_attribute_values(":read", read);
        built(delete.build())
    }

    /// Holds unless the kill switch is thrown.
    pub(super) fn not_stopped(&self) -> Result<TransactWriteItem, CloudError> {
        let check = ConditionCheck::builder().table_name(self.table());
        let check = check.set_key(Some(key(STATE, "switch")));
        let check = check.condition_expression("attribute_not_exists(stopped) OR stopped = :no");
        built(check.expression_attribute_values(":no", AttributeValue::Bool(false)).build())
    }

    /// Replaces the governor where its version is still `read`.
    pub(super) fn governor_write(
        &self,
        read: u64,
        next: &Governor,
    ) -> Result<TransactWriteItem, CloudError> {
        let acts = serde_json::to_string(&next.acts).map_err(|error| unwritten(&error))?;
        let update = Update::builder().table_name(self.table());
        let update = update.set_key(Some(key(STATE, "governor")));
        let expression = format!("SET acts = :acts, version = :next, {KEEPS_FORMAT}");
        let update = update.update_expression(expression);
        let update = update.expression_attribute_names("#format", FORMAT);
        let update = update.expression_attribute_values(":format", number(WRITTEN));
        let update = update.expression_attribute_values(":acts", text(acts));
        let update = update.expression_attribute_values(":next", number(next.version));
        let update = match read {
            0 => update.condition_expression(NEW),
            read => {
                update.condition_expression(READ).expression_attribute_values(":read", number(read))
            }
        };
        built(update.build())
    }

    /// Takes a slot where one is free or already held by the same incident.
    pub(super) fn take(
        &self,
        taking: &Taking,
        holder: &IncidentKey,
    ) -> Result<TransactWriteItem, CloudError> {
        let update = self.limit(&taking.limit);
        let update = update.update_expression(format!("SET {KEEPS_FORMAT} ADD holders :us"));
        let room =
            "attribute_not_exists(holders) OR contains(holders, :me) OR size(holders) < :capacity";
        let update = update.condition_expression(format!("({room}) AND ({READABLE})"));
        let update = update.expression_attribute_values(":format", number(WRITTEN));
        let update = update.expression_attribute_values(":us", only(holder));
        let update = update.expression_attribute_values(":me", text(holder.to_string()));
        let update = update.expression_attribute_values(":capacity", number(taking.capacity));
        built(update.build())
    }

    /// Frees a slot; one that is not held stays free.
    pub(super) fn free(
        &self,
        limit: &Limit,
        holder: &IncidentKey,
    ) -> Result<TransactWriteItem, CloudError> {
        let update = self.limit(limit).update_expression("DELETE holders :us");
        let update = update.condition_expression(READABLE);
        built(update.expression_attribute_values(":us", only(holder)).build())
    }

    fn limit(&self, limit: &Limit) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        let update = Update::builder().table_name(self.table());
        let update = update.set_key(Some(key(STATE, limit_key(limit))));
        let update = update.expression_attribute_names("#format", FORMAT);
        update.expression_attribute_values(":known", number(KNOWN))
    }

    pub(super) fn table(&self) -> &str {
        &self.environment.ledger_table
    }
}

/// Nobody wrote the item yet.
const NEW: &str = "attribute_not_exists(pk)";
/// Nobody wrote the item since it was read.
const READ: &str = "version = :read";

/// A primary key.
pub(super) fn key(partition: &str, sort: impl Into<String>) -> Item {
    [("pk".to_owned(), text(partition)), ("sk".to_owned(), text(sort))].into()
}

/// What a cancelled transaction tells. Its reasons stand in the order of its items; `None` is the
/// code of an item that was not at fault.
fn refused(object: &str, reasons: &[CancellationReason]) -> Result<Transacted, CloudError> {
    let mut places = Vec::new();
    for (place, reason) in reasons.iter().enumerate() {
        let class = match reason.code().unwrap_or("None") {
            "None" => continue,
            "ConditionalCheckFailed" => {
                places.push((place, false));
                continue;
            }
            "TransactionConflict" => {
                places.push((place, true));
                continue;
            }
            "ThrottlingError" | "ProvisionedThroughputExceeded" => CloudErrorClass::Throttled,
            _ => CloudErrorClass::Rejected,
        };
        let code = reason.code().unwrap_or_default();
        let words = format!("item {place}: {code}: {}", reason.message().unwrap_or_default());
        return Err(failed(CALL, object, class, &words));
    }
    Ok(Transacted::Refused(places))
}

/// A builder's answer as an item of a transaction.
fn built<T: IntoItem>(built: Result<T, BuildError>) -> Result<TransactWriteItem, CloudError> {
    built.map(IntoItem::into_item).map_err(|error| unwritten(&error))
}

fn unwritten(error: &dyn std::error::Error) -> CloudError {
    failed(CALL, "the ledger", CloudErrorClass::Rejected, &error.to_string())
}

trait IntoItem {
    fn into_item(self) -> TransactWriteItem;
}

macro_rules! into_item {
    ($($kind:ident $field:ident),*) => {$(
        impl IntoItem for $kind {
            fn into_item(self) -> TransactWriteItem {
                TransactWriteItem::builder().$field(self).build()
            }
        }
    )*};
}

into_item!(ConditionCheck condition_check, Delete delete, Put put, Update update);
