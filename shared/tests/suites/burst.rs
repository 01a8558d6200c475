//! A burst of fifteen thousand messages, as on the worst of days.

use std::fmt::Write;

use serde_json::json;
use shared::ledger::{Outcome, Phase};
use shared::testing::cloud::{Cloud, Play, Port, Setup};
use shared::testing::invariants::Invariant;
use shared::world::EventCode;

/// Messages that come within one second.
const MESSAGES: u64 = 15_000;

/// A forged or foreign notice, an update, or a copy: a quarter each.
fn notice(number: u64, instance: &str) -> String {
    let account = if number.is_multiple_of(4) { "999999999999" } else { "123456789012" };
    let region = if number % 4 == 1 { "eu-central-1" } else { "us-west-2" };
    let telling = if number % 4 == 2 { 0 } else { number };
    let code = "AWS_EC2_SYSTEM_REBOOT_MAINTENANCE_SCHEDULED";
    json!({
        "id": format!("{number:08x}"), "detail-type": "AWS Health Event", "source": "aws.health",
        "account": account, "region": "us-west-2", "resources": [instance],
        "detail": {
            "eventArn": format!("arn:aws:health:{region}::event/EC2/{code}/{code}_1"),
            "service": "EC2", "eventTypeCode": code, "eventTypeCategory": "scheduledChange",
            "communicationId": format!("{telling:032x}-1"), "statusCode": "upcoming",
            "eventRegion": region, "affectedAccount": account,
            "affectedEntities": [{ "entityValue": instance }],
        },
    })
    .to_string()
}

#[test]
fn a_burst_of_fifteen_thousand_ends_in_the_same_acts_and_in_empty_queues() {
    let cloud = Cloud::new(700);
    let members = cloud.add(&Setup::enforced("web", 5));
    let event = cloud.schedule(&members[0], EventCode::SystemReboot, 48);
    for number in 0..MESSAGES {
        cloud.put_notice(&notice(number, members[0].as_str()));
    }
    let mut play = Play::new(&cloud);
    play.minutes(15);
    assert_eq!(cloud.backlog(), 0);
    let mut figures = String::new();
    for port in [Port::NoticeSeen, Port::Send, Port::Scheduled] {
        write!(figures, " {} {}", cloud.count(port), port.action()).unwrap();
    }
    println!("{MESSAGES} messages: {} runs,{figures} in 15 minutes", cloud.runs());
    assert!(cloud.count(Port::Scheduled) < 300, "a look for each batch of hints, and no more");
    play.hours(3);
    let incident = cloud.incident(&members[0], &event).unwrap();
    assert!(matches!(incident.phase, Phase::Closed { outcome: Outcome::Moved, .. }));
    assert_eq!((cloud.changes(), cloud.dead_letters().len()), (1, 0));
    assert!(cloud.judged(Invariant::MessagesOutliveTheirWork) > 0);
}
