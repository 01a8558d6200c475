//! The ledger's items, past the functions.

use std::io;

use serde_json::{Map, Value, json};

use super::{Standin, aws};

impl Standin {
    /// All items of the ledger, in DynamoDB's own JSON.
    ///
    /// # Errors
    /// DynamoDB's words where it refuses.
    pub fn ledger(&self) -> io::Result<Vec<Value>> {
        let mut request = Map::new();
        request.insert("ConsistentRead".to_owned(), json!(true));
        let mut items = Vec::new();
        loop {
            let page = self.dynamodb("Scan", Value::Object(request.clone()))?;
            let found = page.get("Items").and_then(Value::as_array);
            items.extend(found.into_iter().flatten().cloned());
            match page.get("LastEvaluatedKey") {
                Some(key) => request.insert("ExclusiveStartKey".to_owned(), key.clone()),
                None => return Ok(items),
            };
        }
    }

    /// Puts one item into the ledger, as an operator would.
    ///
    /// # Errors
    /// DynamoDB's words where it refuses.
    pub fn put_ledger_item(&self, item: &Value) -> io::Result<()> {
        self.dynamodb("PutItem", json!({ "Item": item })).map(drop)
    }

    /// Loses the ledger: the table is there, and nothing is in it.
    ///
    /// # Errors
    /// DynamoDB's words where it refuses.
    pub fn lose_ledger(&self) -> io::Result<()> {
        for item in self.ledger()? {
            let key = json!({ "pk": item["pk"], "sk": item["sk"] });
            self.dynamodb("DeleteItem", json!({ "Key": key }))?;
        }
        Ok(())
    }

    fn dynamodb(&self, action: &str, mut request: Value) -> io::Result<Value> {
        request["TableName"] = json!(self.addresses.output("LedgerTable")?);
        aws(&self.addresses.serverless, &format!("DynamoDB_20120810.{action}"), &request)
    }
}
