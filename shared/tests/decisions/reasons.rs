//! Every reason with its code, its sentence and its cure: the source of `docs/reasons.md`.

use std::collections::BTreeSet;

use shared::ids::{InstanceId, TargetGroup};
use shared::ledger::{Limit, Why, format};
use shared::plan::Reason;
use shared::testing::builders::{group_name, image, in_minutes, limit_of_group, replica_set, zone};
use shared::world::EventCode;

/// Reasons under one heading of the document.
type Section = (&'static str, Vec<Reason>);

fn sections() -> Vec<Section> {
    vec![
        ("Acting, or about to", acting()),
        ("Under way", under_way()),
        ("Out of service, to come back as itself", away()),
        ("Another date", another_date()),
        ("Over", over()),
        ("Not ours to act on", vec![Reason::NotOptedIn, Reason::GroupNotAllowed]),
        ("Held by the owner's word", held_by_the_owner()),
        ("Held by the state of the instance", held_by_the_instance()),
        ("Held by the state of the group", held_by_the_group()),
        ("Held by limits", held_by_limits()),
        ("Held by Reberth itself", held_by_us()),
    ]
}

fn instance() -> InstanceId {
    InstanceId::parse("i-0123456789abcdef0").expect("an instance")
}

fn targets() -> TargetGroup {
    let arn = "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup";
    TargetGroup::parse(&format!("{arn}/web/0123456789abcdef")).expect("an ARN")
}

fn acting() -> Vec<Reason> {
    vec![
        Reason::Due(EventCode::InstanceRetirement),
        Reason::TriedAgain,
        Reason::Observe,
        Reason::AwaitingApproval,
        Reason::OwnerAskedToNotify,
        Reason::CodeUnknown(EventCode::Other("system-relocation".to_owned())),
    ]
}

fn under_way() -> Vec<Reason> {
    vec![
        Reason::OtherEventFirst,
        Reason::NoPositiveLook,
        Reason::IntentInDoubt,
        Reason::TookEffect,
        Reason::Launching,
        Reason::WaitingForChecks(instance()),
        Reason::WaitingForTargets(instance()),
        Reason::WaitingForReady(instance()),
        Reason::ReplicaSetTagMissing(instance()),
        Reason::WaitingForGroup { units: 5, desired: 6 },
        Reason::Serving(instance()),
        Reason::WaitingForTenMinutes,
        Reason::StillClean(instance()),
        Reason::WaitingForSixtyMinutes,
    ]
}

fn away() -> Vec<Reason> {
    vec![
        Reason::AsideFrom(in_minutes(720)),
        Reason::RidesWhereItIs,
        Reason::WaitingForDrain,
        Reason::WaitingForCapacity,
        Reason::CapacityTaken,
        Reason::OutOfService,
        Reason::StoodAside,
        Reason::WaitingForAws(in_minutes(30)),
        Reason::OfItsLifeBefore,
        Reason::AwsIsDone,
        Reason::DateMoved(in_minutes(720)),
        Reason::AnotherAnswer("replace"),
        Reason::Stopping,
        Reason::Stopped,
        Reason::Starting,
        Reason::Rebooting,
        Reason::RunsAgain,
        Reason::WaitsForItsPlace,
        Reason::ComingBack,
        Reason::NoRoomToReturn { desired: 6, maximum: 6 },
        Reason::ServesAgain,
        Reason::TurnedBack,
        Reason::BroughtBackByHand,
        Reason::FoundByItsMark,
        Reason::LostInStandby(group_name("web")),
        Reason::WaitingForListing,
        Reason::StillListed,
    ]
}

fn another_date() -> Vec<Reason> {
    let to = in_minutes(720);
    vec![Reason::WaitingForDate(to), Reason::DateTaken(to), Reason::DateNotTaken(to)]
}

fn over() -> Vec<Reason> {
    vec![
        Reason::Verified(instance()),
        Reason::BadHost(instance()),
        Reason::EventOver,
        Reason::GroupScaledIn,
        Reason::InstanceGone,
        Reason::ItIsClean,
        Reason::LivedThrough,
        Reason::AwsActedFirst,
    ]
}

fn held_by_the_owner() -> Vec<Reason> {
    vec![
        Reason::KillSwitch,
        Reason::HoldUntil(in_minutes(720)),
        Reason::HoldUntilUnreadable,
        Reason::CoolOff(in_minutes(60)),
        Reason::NoticeOver(in_minutes(60)),
        Reason::OutsideWindow(in_minutes(720)),
        Reason::WindowNeverOpens,
        Reason::WaitingForLateWindow(in_minutes(720)),
        Reason::TooManyAtOnce { members: 3, most: 1 },
        Reason::NoDate,
        Reason::StopAlarm { name: "web-5xx".to_owned(), state: "ALARM" },
        Reason::StopAlarmsUnreadable,
    ]
}

fn held_by_the_instance() -> Vec<Reason> {
    vec![
        Reason::Busy(in_minutes(720)),
        Reason::ProtectedFromScaleIn,
        Reason::NotInService("Terminating:Wait".to_owned()),
        Reason::NotRunning("stopped".to_owned()),
        Reason::NotAMember,
        Reason::Standby,
        Reason::WeightedStandby,
        Reason::RegisteredByAddress(targets()),
        Reason::ClassicLoadBalancer("web-classic".to_owned()),
        Reason::OperatorManaged("eks.amazonaws.com".to_owned()),
        Reason::EmrOwned,
        Reason::BatchOwned,
        Reason::EksOwned,
        Reason::FleetOwned,
        Reason::NoStandbyRoom { desired: 6, minimum: 6 },
        Reason::InstanceStoreVolumes,
        Reason::InstanceStoreUnknown,
        Reason::Spot,
        Reason::CapacityBlock,
        Reason::ScheduledInstance,
        Reason::DedicatedHost,
        Reason::ClusterPlacementGroup,
        Reason::StopProtected,
        Reason::AutoAssignedAddress,
        Reason::RebootDoesNotClear,
        Reason::AwsIsActing,
    ]
}

fn held_by_the_group() -> Vec<Reason> {
    let since = in_minutes(-90);
    vec![
        Reason::GroupBeingDeleted,
        Reason::ProcessSuspended { process: "Launch".to_owned(), by: "User suspended".to_owned() },
        Reason::RefreshRunning("08b91cf7-8fa6-48af-b6a6-d227f40f1b9b".to_owned()),
        Reason::ZonesUnbalanced,
        Reason::ZoneImpaired(zone("a")),
        Reason::TerminateHookUnanswered { instance: instance(), since },
        Reason::OthersOut { out: 3, tolerated: 2 },
        Reason::ReplicaSetOut { set: replica_set("shard-1"), out: 1 },
        Reason::NoReadinessGate("replica set shard-1".to_owned()),
        Reason::GateUnreadable,
        Reason::SmallGroup(2),
        Reason::ImageGone(image()),
        Reason::ImageDeprecated(image()),
        Reason::TemplateMissing("version 9 does not exist".to_owned()),
        Reason::LastLaunchFailed("insufficient capacity".to_owned()),
    ]
}

fn held_by_limits() -> Vec<Reason> {
    vec![
        Reason::LimitFull { limit: Limit::Account, capacity: 5 },
        Reason::LimitFull { limit: limit_of_group("web"), capacity: 1 },
        Reason::Governor { per_hour: 10, next: Some(in_minutes(12)) },
        Reason::FirstOneAlone,
    ]
}

fn held_by_us() -> Vec<Reason> {
    vec![
        Reason::AttemptsExhausted(3),
        Reason::LaunchFirstDidNotLaunch,
        Reason::NothingHappened,
        Reason::Refused(in_minutes(60)),
        Reason::NotAskedYet,
        Reason::LostTheRace,
        Reason::MarkNotBelieved,
        Reason::IncidentUnread(Why::Newer(format::KNOWN + 1)),
        Reason::LedgerUnread {
            item: "state/governor".to_owned(),
            why: Why::Newer(format::KNOWN + 1),
        },
        Reason::CallFailed("DescribeInstances: throttled".to_owned()),
    ]
}

const HEADER: &str = "# Reasons

Every decision carries one reason, and so does every decision not to act. The code is stable: logs,
metrics, alarms and the answers of `make why` use it. The sentence carries the facts of the case;
the ones below stand for them. The last column says what would change the decision; it is empty
where nothing is held.

This page is made of the code: a test compares the two and prints the page as it should be.
";

fn document() -> String {
    let rows = |reasons: Vec<Reason>| -> String { reasons.iter().map(row).collect() };
    let table = |(title, reasons)| {
        let head = "| code | the sentence | what would change it |\n| --- | --- | --- |\n";
        format!("\n## {title}\n\n{head}{}", rows(reasons))
    };
    sections().into_iter().map(table).fold(HEADER.to_owned(), |page, table| page + &table)
}

fn row(reason: &Reason) -> String {
    format!("| `{}` | {reason} | {} |\n", reason.code(), reason.cure())
}

#[test]
fn the_page_of_reasons_is_what_the_code_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reasons.md");
    let page = std::fs::read_to_string(path).unwrap_or_default();
    let expected = document();
    assert!(page == expected, "docs/reasons.md differs from the code; it should be:\n\n{expected}");
}

#[test]
fn the_page_has_every_reason_that_there_is() {
    let known: BTreeSet<&str> = Reason::CODES.iter().copied().collect();
    let samples = sections().into_iter().flat_map(|(_, reasons)| reasons);
    let shown: BTreeSet<&str> = samples.map(|reason| reason.code()).collect();
    assert_eq!(shown, known);
    assert_eq!(known.len(), Reason::CODES.len(), "a code stands for two reasons");
}

#[test]
fn a_code_is_one_reasons_alone_and_made_for_machines() {
    let mut sentences = std::collections::BTreeMap::new();
    for reason in sections().into_iter().flat_map(|(_, reasons)| reasons) {
        let code = reason.code();
        let plain = code.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        assert!(plain, "{code}");
        let kind = std::mem::discriminant(&reason);
        assert_eq!(*sentences.entry(code).or_insert(kind), kind, "{code}");
    }
}

#[test]
fn a_sentence_stands_within_a_longer_one_and_so_does_its_cure() {
    for reason in sections().into_iter().flat_map(|(_, reasons)| reasons) {
        for words in [reason.to_string(), reason.cure().to_owned()] {
            assert!(!words.ends_with('.') && !words.contains(['|', '\n']), "{words}");
        }
        assert!(!reason.to_string().is_empty(), "{}", reason.code());
    }
}

#[test]
fn a_hold_names_what_would_change_it_and_progress_names_nothing() {
    for (title, reasons) in sections() {
        for reason in reasons {
            let held = title.starts_with("Held") || title.starts_with("Not ours");
            let over = title == "Over";
            assert!(!held || !reason.cure().is_empty(), "{}", reason.code());
            assert!(!over || reason.cure().is_empty(), "{}", reason.code());
        }
    }
}
