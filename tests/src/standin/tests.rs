use std::sync::{Arc, Mutex};

use super::*;
use crate::lock;
use crate::server::Server;

const READY: &str = r#"{"fleet":"http://127.0.0.1:1","serverless":"http://127.0.0.1:2",
    "gate":"http://127.0.0.1:3","logs":"/logs","outputs":{"LedgerTable":"ledger","NoticesTopic":"arn:topic",
    "MaintenanceReconcilerQueue":"q","HealthEventRouterDeadLetterQueue":"d"},
    "credentials":{"health-event-router":{"AWS_ACCESS_KEY_ID":"router"}}}"#;

/// The requests that reached an address.
type Heard = Arc<Mutex<Vec<Message>>>;

/// A stand-in whose every address is a server that answers with these bodies, one after the other.
fn answering(bodies: &[&str]) -> io::Result<(Standin, Server, Heard)> {
    let heard = Heard::default();
    let bodies: Mutex<Vec<String>> = Mutex::new(bodies.iter().rev().map(|b| (*b).into()).collect());
    let server = Server::start({
        let heard = Arc::clone(&heard);
        move |request| {
            lock(&heard).push(request);
            let body = lock(&bodies).pop();
            let status = if body.is_some() { "200 OK" } else { "400 Bad Request" };
            Some(Message::answer(status, body.unwrap_or_else(|| "refused".to_owned())))
        }
    })?;
    let url = format!("http://{}", server.authority());
    let mut addresses = Addresses::read(READY)?;
    (addresses.fleet, addresses.serverless, addresses.gate) = (url.clone(), url.clone(), url);
    Ok((Standin { _child: None, addresses }, server, heard))
}

#[test]
fn a_function_gets_its_own_dead_letter_queue_and_every_endpoint() -> io::Result<()> {
    let env = Addresses::read(READY)?.env_for("health-event-router", &[("AWS_REGION", "x")])?;
    let env: BTreeMap<_, _> = env.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(env.get("REBERTH_DEAD_LETTER_QUEUE_URL"), Some(&"d"));
    assert_eq!(env.get("AWS_ENDPOINT_URL_SQS"), Some(&"http://127.0.0.1:3"));
    assert_eq!(env.get("AWS_REGION"), Some(&"x"), "settings lie on top");
    assert_eq!(env.get("AWS_ACCESS_KEY_ID"), Some(&"router"), "its role, and nobody else's");
    assert_eq!(env.len(), 16);
    Ok(())
}

#[test]
fn an_output_that_is_missing_is_named() -> io::Result<()> {
    let error = Addresses::read(READY)?.env_for("maintenance-reconciler", &[]).err();
    let words = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(words.contains("MaintenanceReconcilerDeadLetterQueue"), "{words}");
    Ok(())
}

#[test]
fn a_ready_line_without_an_address_is_refused_by_name() {
    let error = Addresses::read(r#"{"fleet":"http://127.0.0.1:1"}"#).err();
    let words = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(words.contains("\"serverless\""), "{words}");
}

#[test]
fn a_refused_command_carries_the_words_of_the_stand_in() -> io::Result<()> {
    let (standin, _server, heard) = answering(&[r#"{"now":"2026-12-01T08:00:00Z"}"#])?;
    let clock = standin.control(&json!({"do": "clock"}))?;
    assert_eq!(clock.get("now"), Some(&json!("2026-12-01T08:00:00Z")));
    let error = standin.control(&json!({"do": "nothing"})).err();
    let words = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(words.contains("refused"), "{words}");
    assert!(lock(&heard).iter().all(|request| request.target() == "/control"));
    Ok(())
}

#[test]
fn the_ledger_is_read_page_by_page() -> io::Result<()> {
    let first = r#"{"Items":[{"pk":{"S":"a"}}],"LastEvaluatedKey":{"pk":{"S":"a"}}}"#;
    let (standin, _server, heard) = answering(&[first, r#"{"Items":[{"pk":{"S":"b"}}]}"#])?;
    assert_eq!(standin.ledger()?.len(), 2);
    let second = lock(&heard).get(1).map(Message::text).unwrap_or_default();
    assert!(second.contains("ExclusiveStartKey"), "{second}");
    Ok(())
}

#[test]
fn taking_all_messages_deletes_each() -> io::Result<()> {
    let received = r#"{"Messages":[{"MessageId":"1","ReceiptHandle":"h","Body":"{}",
        "MessageAttributes":{"Reason":{"DataType":"String","StringValue":"why"}}}]}"#;
    let (standin, _server, heard) = answering(&[received, "{}", "{}"])?;
    let taken = standin.queue("MaintenanceReconcilerQueue")?.take_all()?;
    let expected = QueueMessage { reason: Some("why".to_owned()), ..QueueMessage::new("1", "{}") };
    assert_eq!(taken, [expected]);
    let actions: Vec<_> =
        lock(&heard).iter().filter_map(|r| r.header("x-amz-target").map(str::to_owned)).collect();
    let expected =
        ["AmazonSQS.ReceiveMessage", "AmazonSQS.DeleteMessage", "AmazonSQS.ReceiveMessage"];
    assert_eq!(actions, expected);
    let event = batch("hints", &taken);
    assert_eq!(event["Records"][0]["eventSourceARN"], "arn:aws:sqs:us-west-2:123456789012:hints");
    Ok(())
}
