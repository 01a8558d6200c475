use jiff::Timestamp;
use proptest::prelude::*;

use super::codes::known_codes;
use super::*;
use crate::ids::{AccountId, Region};

fn own() -> Place {
    Place {
        account: AccountId::parse("123456789012").unwrap(),
        region: Region::parse("us-west-2").unwrap(),
    }
}

/// An EC2 retirement of one instance in our own account and region.
fn retirement() -> Notice {
    Notice {
        event_arn: Some("arn:aws:health:us-west-2::event/EC2/CODE/CODE_1".into()),
        account: Some(own().account),
        region: Some(own().region),
        service: Some("EC2".into()),
        type_code: Some("AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED".into()),
        category: Some(Category::ScheduledChange),
        status: Some(Status::Upcoming),
        start: "2026-12-10T09:00:00Z".parse::<Timestamp>().ok(),
        instances: instances(1),
        ..Notice::default()
    }
}

fn instances(count: usize) -> BTreeSet<InstanceId> {
    (0..count).map(|n| InstanceId::parse(&format!("i-{n:017x}")).unwrap()).collect()
}

/// A notice of another matter in our own account and region.
fn matter(service: &str, code: &str, category: Category) -> Notice {
    Notice {
        service: Some(service.into()),
        type_code: Some(code.into()),
        category: Some(category),
        status: Some(Status::Open),
        ..retirement()
    }
}

fn check(notice: &Notice, decision: &str, reason: NoticeReason, severity: Severity) -> NoticePlan {
    let plan = decide(notice, &own(), false);
    let found = (plan.decision.code(), plan.reason, plan.severity);
    assert_eq!(found, (decision, reason, severity), "{}", plan.words);
    plan
}

#[test]
fn a_retirement_sends_the_reconciler_to_its_instance() {
    let plan = check(&retirement(), "hint", NoticeReason::InstancesNamed, Severity::Act);
    assert_eq!(plan.decision, NoticeDecision::Hint(instances(1)));
    assert_eq!(
        plan.words,
        "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED: dated 2026-12-10T09:00:00Z; looking at \
         1 instance"
    );
}

#[test]
fn p01_all_instances_of_a_notice_are_looked_at() {
    let notice = Notice { instances: instances(50), ..retirement() };
    let plan = check(&notice, "hint", NoticeReason::InstancesNamed, Severity::Act);
    assert_eq!(plan.decision, NoticeDecision::Hint(instances(50)));
}

#[test]
fn p01_a_name_that_is_no_instance_widens_the_look_and_blocks_nothing() {
    let absent = Notice { instances: BTreeSet::new(), ..retirement() };
    let cut = Notice { truncated: true, ..retirement() };
    let host = Notice { not_instances: vec!["h-0123456789abcdef0".into()], ..absent.clone() };
    let mixed = Notice { instances: instances(50), ..host.clone() };
    for (notice, because) in [
        (absent, "because it names none"),
        (cut, "because its list of entities is not whole"),
        (host, "because it names h-0123456789abcdef0"),
        (mixed, "because it names h-0123456789abcdef0"),
    ] {
        let plan = check(&notice, "hint", NoticeReason::InstancesNotNamed, Severity::Act);
        assert_eq!(plan.decision, NoticeDecision::Hint(BTreeSet::new()));
        assert!(plan.words.ends_with(because), "{}", plan.words);
    }
}

#[test]
fn p03_a_closed_notice_leads_to_a_look_and_to_no_hint() {
    let closed = Notice { status: Some(Status::Closed), ..retirement() };
    let resolved = Notice { all_resolved: true, ..retirement() };
    let odd = Notice { category: None, ..closed.clone() };
    for notice in [closed, resolved, odd] {
        let plan = check(&notice, "look", NoticeReason::Closed, Severity::Act);
        assert_eq!(plan.decision, NoticeDecision::Look(instances(1)));
    }
}

#[test]
fn p03_a_report_that_is_born_closed_is_still_a_hint() {
    let code = "AWS_EC2_SIMPLIFIED_AUTO_RECOVERY_FAILURE";
    let failed = Notice { status: Some(Status::Closed), ..matter("EC2", code, Category::Issue) };
    check(&failed, "hint", NoticeReason::InstancesNamed, Severity::Act);
}

#[test]
fn p07_a_notice_without_any_date_is_as_good() {
    let undated = Notice { start: None, end: None, unparsed_dates: 2, ..retirement() };
    let plan = check(&undated, "hint", NoticeReason::InstancesNamed, Severity::Act);
    assert!(plan.words.ends_with(": looking at 1 instance"), "{}", plan.words);
}

#[test]
fn p15_what_is_not_ours_is_dropped_at_once() {
    let foreign = Notice { account: AccountId::parse("222233334444").ok(), ..retirement() };
    for status in [Status::Upcoming, Status::Closed] {
        let notice = Notice { status: Some(status), ..foreign.clone() };
        let plan = check(&notice, "drop", NoticeReason::OtherAccount, Severity::Act);
        assert!(plan.words.contains("222233334444"), "{}", plan.words);
    }
}

#[test]
fn p40_the_backup_copy_of_another_region_is_dropped() {
    let copy = Notice { region: Region::parse("us-east-1").ok(), backup: true, ..retirement() };
    let plan = check(&copy, "drop", NoticeReason::OtherRegion, Severity::Act);
    assert!(plan.words.contains("us-east-1 (a backup copy)"), "{}", plan.words);
    let ours = Notice { backup: true, ..retirement() };
    check(&ours, "hint", NoticeReason::InstancesNamed, Severity::Act);
}

#[test]
fn p41_the_account_comes_before_the_region_and_both_before_duplicates() {
    let region = Notice { region: Region::parse("us-east-1").ok(), ..retirement() };
    let both = Notice { account: AccountId::parse("222233334444").ok(), ..region.clone() };
    assert_eq!(decide(&both, &own(), true).reason, NoticeReason::OtherAccount);
    assert_eq!(decide(&region, &own(), true).reason, NoticeReason::OtherRegion);
    assert_eq!(decide(&retirement(), &own(), true).reason, NoticeReason::Duplicate);
}

#[test]
fn a_place_that_is_not_told_is_our_own() {
    let notice = Notice { account: None, region: None, ..retirement() };
    check(&notice, "hint", NoticeReason::InstancesNamed, Severity::Act);
}

#[test]
fn p42_abuse_of_an_instance_is_a_word_to_people() {
    let abuse = matter("ABUSE", "AWS_ABUSE_DOS_REPORT", Category::Issue);
    check(&abuse, "notify", NoticeReason::NotEc2, Severity::Warn);
}

#[test]
fn p47_what_concerns_no_instance_is_told_or_counted_by_its_severity() {
    let rows = [
        ("EC2", "AWS_EC2_OPERATIONAL_ISSUE", Category::Issue, "notify", Severity::Warn),
        ("EBS", "AWS_EBS_VOLUME_LOST", Category::Issue, "notify", Severity::Warn),
        (
            "RDS",
            "AWS_RDS_MAINTENANCE_SCHEDULED",
            Category::ScheduledChange,
            "count",
            Severity::Inform,
        ),
        ("ACM", "CAA_CHECK_FAILURE", Category::Issue, "count", Severity::Inform),
        ("HEALTH", "AWS_HEALTH_TEST_ALERT", Category::Issue, "count", Severity::Low),
        ("NEW", "AWS_NEW_THING", Category::Issue, "count", Severity::Low),
        ("EC2", "AWS_EC2_NEW_NEWS", Category::AccountNotification, "count", Severity::Low),
    ];
    for (service, code, category, decision, severity) in rows {
        check(&matter(service, code, category), decision, NoticeReason::NotEc2, severity);
    }
    let over = Notice {
        status: Some(Status::Closed),
        ..matter("EC2", "AWS_EC2_OPERATIONAL_ISSUE", Category::Issue)
    };
    check(&over, "count", NoticeReason::NotEc2, Severity::Warn);
}

#[test]
fn p47_an_unknown_scheduled_change_of_ec2_is_never_dropped() {
    let rows = [
        (Some("EC2"), Some("AWS_EC2_SOMETHING_NEW"), Some(Category::ScheduledChange)),
        (Some("EC2"), Some("AWS_EC2_SOMETHING_NEW_SCHEDULED"), None),
        (Some("EC2"), Some("AWS_EC2_NEW_RETIREMENT_EXPEDITED"), Some(Category::Issue)),
        (Some("EC2"), None, Some(Category::ScheduledChange)),
        (None, Some("EC2_INSTANCE_RETIREMENT_SCHEDULED"), None),
    ];
    for (service, code, category) in rows {
        let notice = Notice {
            service: service.map(str::to_owned),
            type_code: code.map(str::to_owned),
            category,
            ..retirement()
        };
        let plan = check(&notice, "hint", NoticeReason::InstancesNamed, Severity::Act);
        assert!(plan.unknown_code);
    }
}

#[test]
fn p47_every_code_that_calls_for_an_act_leads_to_a_look() {
    for (code, severity) in known_codes() {
        let category = Category::Other("unconfirmed".into());
        let plan = decide(&matter("EC2", code, category), &own(), false);
        let looks = matches!(plan.decision, NoticeDecision::Hint(_));
        assert!(looks || severity != Severity::Act, "{code}");
        assert!(!plan.unknown_code, "{code}");
    }
}

#[test]
fn codes_are_distinct_and_snake_case() {
    let codes: BTreeSet<_> = NoticeReason::ALL.map(NoticeReason::code).into();
    assert_eq!(codes.len(), NoticeReason::ALL.len());
    let snake = |code: &str| code.bytes().all(|b| b.is_ascii_lowercase() || b"_2".contains(&b));
    assert!(codes.into_iter().all(snake));
}

proptest! {
    #[test]
    fn a_scheduled_change_of_ec2_in_our_place_always_leads_to_a_look(
        code in "[A-Z_]{0,30}", status in "\\PC{0,10}", truncated: bool, resolved: bool,
        count in 0_usize..4, entity in prop::option::of("\\PC{1,20}"),
    ) {
        let notice = Notice {
            type_code: Some(code),
            status: Some(Status::from(status)),
            truncated,
            all_resolved: resolved,
            instances: instances(count),
            not_instances: entity.into_iter().collect(),
            ..retirement()
        };
        let plan = decide(&notice, &own(), false);
        prop_assert!(matches!(plan.decision, NoticeDecision::Hint(_) | NoticeDecision::Look(_)));
        prop_assert_eq!(plan.severity, Severity::Act);
    }
}
