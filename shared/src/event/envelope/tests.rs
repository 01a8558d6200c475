use serde_json::json;

use super::super::tests::sample;
use super::*;

fn kinds(payload: &str) -> Vec<Option<&'static str>> {
    peel(payload).iter().map(|message| message.event.as_ref().ok().map(Event::kind)).collect()
}

fn queued(body: &str) -> String {
    json!({"Records": [{"messageId": "059f", "eventSource": "aws:sqs", "body": body}]}).to_string()
}

fn error_of(payload: &str) -> Unreadable {
    peel(payload).remove(0).event.unwrap_err()
}

#[test]
fn one_event_is_the_same_in_every_wrapping() {
    let event = sample("health", "persistent-retirement");
    let topic = "arn:aws:sns:us-west-2:123456789012:fleet-events";
    let notification = json!({"Type": "Notification", "TopicArn": topic, "Message": event});
    let published = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": event}}]});
    let bare = peel(&event).remove(0).event;
    assert!(bare.is_ok());
    for payload in
        [queued(&event), queued(&notification.to_string()), published.to_string(), event.clone()]
    {
        assert_eq!(peel(&payload).remove(0).event, bare);
    }
}

#[test]
fn p13_every_message_keeps_its_own_identifier() {
    let messages = peel(&sample("health", "poison-in-batch"));
    let ids: Vec<_> = messages.iter().filter_map(|message| message.id.clone()).collect();
    assert_eq!(ids.len(), 3);
    assert!(ids.is_sorted() && ids.first() != ids.last());
}

#[test]
fn p12_poison_stops_none_of_its_neighbours() {
    assert_eq!(kinds(&sample("health", "poison-in-batch")), [Some("health"), None, Some("health")]);
    let poison = peel(&sample("health", "poison-in-batch")).remove(1);
    let error = poison.event.unwrap_err();
    assert_eq!(poison.raw, "not an event");
    assert_eq!(error.whose.message, poison.id.map(|id| id.to_string()));
    assert_eq!((error.field.as_str(), error.expected), ("body", "JSON"));
}

#[test]
fn an_empty_batch_has_no_messages() {
    assert!(peel(&sample("health", "empty-batch")).is_empty());
}

#[test]
fn the_time_of_sending_is_read_in_both_wrappings() {
    let queued = peel(&sample("health", "sqs-wrapped")).remove(0).sent_at;
    assert_eq!(queued, Timestamp::from_millisecond(1_795_162_530_000).ok());
    let published = peel(&sample("health", "sns-wrapped")).remove(0).sent_at;
    assert_eq!(published, "2026-11-20T08:15:31Z".parse().ok());
    assert_eq!(peel("{}").remove(0).sent_at, None);
}

#[test]
fn a_bare_text_that_is_no_json_is_one_unreadable_message() {
    for text in ["", " ", "hello", "{", "\u{0}", "{\"a\":1e999}", "null", "7", "\"text\"", "[]"] {
        let error = error_of(text);
        assert_eq!(error.field, "body", "{text}");
        assert_eq!(error.whose, Whose::default(), "{text}");
    }
}

#[test]
fn nesting_is_bounded_whatever_the_text_is() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for text in [deep(1_000), deep(100_000), "[{".repeat(50_000), queued(&deep(1_000))] {
        assert!(error_of(&text).expected.contains("64 levels"));
    }
    assert_eq!(error_of(&deep(DEPTH_MAX)).expected, "a JSON object");
    assert_eq!(depth(r#"{"a":"[[[[\"[[["}"#), 1);
}

#[test]
fn size_is_bounded_for_each_message_and_for_the_payload() {
    let body = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    for text in [body(MESSAGE_BYTES_MAX + 1), queued(&body(MESSAGE_BYTES_MAX + 1))] {
        assert_eq!(error_of(&text).expected, "at most 1048576 bytes");
    }
    for text in [body(MESSAGE_BYTES_MAX), queued(&body(MESSAGE_BYTES_MAX))] {
        assert_eq!(error_of(&text).expected, "a JSON object");
    }
    let error = error_of(&body(PAYLOAD_BYTES_MAX + 1));
    assert_eq!((error.expected, error.found.as_str()), ("at most 8388608 bytes", "8388609"));
}

#[test]
fn a_batch_beyond_the_bound_is_refused_as_a_whole() {
    let records = |count: usize| json!({ "Records": vec![json!({}); count] }).to_string();
    assert_eq!(peel(&records(RECORDS_MAX)).len(), RECORDS_MAX);
    assert_eq!(error_of(&records(RECORDS_MAX + 1)).found, "a list of 10001");
}

#[test]
fn records_of_every_wrong_shape_are_named_by_their_place() {
    let good = json!({"eventSource": "aws:sqs", "body": "{\"reberth\":\"sweep\"}"});
    let wrong = [json!(7), json!(null), json!([]), json!({}), json!({"eventSource": 1})];
    for record in wrong {
        let payload = json!({"Records": [good, record, good]}).to_string();
        assert_eq!(kinds(&payload), [Some("sweep"), None, Some("sweep")], "{record}");
        let error = peel(&payload).remove(1).event.unwrap_err();
        assert_eq!(error.field, "Records[1].eventSource");
    }
}

#[test]
fn an_identifier_is_handed_back_as_it_came_or_not_at_all() {
    let id = |id: Value| {
        let record = json!({"messageId": id, "eventSource": "aws:sqs", "body": "{}"});
        peel(&json!({"Records": [record]}).to_string()).remove(0).id
    };
    assert_eq!(id(json!("a b\"c")).as_ref().map(MessageId::as_str), Some("a b\"c"));
    for wrong in [json!(""), json!(7), json!(null), json!("x".repeat(101))] {
        assert_eq!(id(wrong.clone()), None, "{wrong}");
    }
}

#[test]
fn the_copy_is_one_that_the_dead_letter_queue_takes() {
    assert_eq!(peel("a\u{0}b\tc\u{fffe}").remove(0).raw, "a\u{fffd}b\tc\u{fffd}");
    let long = peel(&"é".repeat(MESSAGE_BYTES_MAX)).remove(0).raw;
    assert!(long.len() <= COPY_BYTES_MAX && long.len() > COPY_BYTES_MAX - 2);
}
