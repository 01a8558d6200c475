//! What people and programs are told: every word at least once, whatever fails in between (and
//! whatever dies: `every_call`), and never twice without that.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use shared::ids::{EventId, InstanceId};
use shared::ledger::{Incident, Outcome};
use shared::policy::Ceilings;
use shared::ports::CloudErrorClass;
use shared::testing::cloud::{Cloud, Crash, Machine, Moment, Play, Port, Setup};
use shared::testing::faults::Fault;
use shared::world::EventCode;

use crate::plots::{
    MEMBERS_STOP_START, Plot, REBOOT, RESCHEDULE, RIDE, STANDALONE_RIDE, STOP_START, calls_of,
};
use crate::{incident, outcome, reboot, reboot_all};

const PLOTS: [Plot; 6] =
    [STOP_START, MEMBERS_STOP_START, RIDE, STANDALONE_RIDE, REBOOT, RESCHEDULE];

/// The states that the bus was told of an instance, in order.
pub fn states(cloud: &Cloud, id: &InstanceId) -> Vec<String> {
    let of_it = |event: &Value| event["instance_id"] == id.as_str();
    cloud.published().iter().filter(|event| of_it(event)).map(state).collect()
}

fn state(event: &Value) -> String {
    event["state"].as_str().unwrap().to_owned()
}

fn ids(cloud: &Cloud) -> Vec<String> {
    cloud.published().iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

/// Holds where everything that an incident owed was told, and nothing is owed any more.
pub fn assert_all_told(cloud: &Cloud, incident: &Incident) {
    assert_eq!(incident.owed, [], "{}", incident.key);
    let key = |event: &Value| {
        format!("{}/{}/{}", state(event), event["attempt"], event["reason"].as_str().unwrap())
    };
    let of_it = |event: &&Value| {
        event["instance_id"] == incident.key.instance.as_str()
            && event["event_id"] == incident.key.event.as_str()
    };
    let told: BTreeSet<String> = cloud.published().iter().filter(of_it).map(key).collect();
    for said in &incident.said {
        let (known, seed) = (told.iter().any(|told| said.starts_with(told)), cloud.seed());
        assert!(known, "seed {seed}: {said} of {} is not among {told:?}", incident.key);
    }
}

/// Plays a plot to its end, with something in its way.
fn played(plot: &Plot, disturb: impl FnOnce(&Cloud, &mut Play)) -> (Cloud, InstanceId, EventId) {
    let cloud = Cloud::new(400);
    let (id, event) = (plot.begin)(&cloud);
    let mut play = Play::new(&cloud);
    disturb(&cloud, &mut play);
    play.to_rest(plot.hours);
    drop(play);
    assert_eq!(outcome(&cloud, &id, &event), plot.ends, "{}", plot.name);
    assert_all_told(&cloud, &incident(&cloud, &id, &event));
    (cloud, id, event)
}

#[test]
fn from_the_notice_to_the_end_each_state_is_told_once() {
    let at_once = ["received", "started", "serving", "verified"];
    for plot in [&STOP_START, &MEMBERS_STOP_START, &REBOOT] {
        let (cloud, id, _) = played(plot, |_, _| {});
        assert_eq!(states(&cloud, &id), at_once, "{}", plot.name);
    }
    let cloud = Cloud::new(408);
    let id = cloud.add(&Setup::enforced("web", 4)).remove(0);
    cloud.schedule(&id, EventCode::InstanceRetirement, 48);
    Play::new(&cloud).to_rest(6);
    let after_a_cool_off = ["received", "planned", "started", "serving", "verified"];
    assert_eq!(states(&cloud, &id), after_a_cool_off);
    let planned = cloud.published().into_iter().find(|event| event["state"] == "planned").unwrap();
    let words = planned["words"].as_str().unwrap();
    let what = "a replacement (terminated first) is planned: owners have until ";
    assert!(words.contains(what), "{words}");
}

#[test]
fn without_a_fault_nothing_is_told_twice_and_each_channel_hears_the_same() {
    for plot in &PLOTS {
        let (cloud, _, _) = played(plot, |_, _| {});
        let told = ids(&cloud);
        assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "{told:#?}");
        let mails: String = cloud.told().into_iter().map(|(_, text)| text).collect();
        for event in cloud.published() {
            let words = event["words"].as_str().unwrap();
            let times = mails.matches(words).count();
            let told = times == 1 || (times == 0 && event["state"] == "received");
            assert!(told, "{}: {times} times: {words}\n{mails}", plot.name);
        }
    }
}

#[test]
fn a_word_that_is_sent_again_after_a_crash_has_the_id_by_which_the_second_is_dropped() {
    let mut again = 0;
    for call in 1..=calls_of(&STOP_START) {
        let crash = Crash { call, moment: Moment::AfterEffect };
        let (cloud, _, _) = played(&STOP_START, |_, play| play.crash_at(crash));
        let mut by_id: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for event in cloud.published() {
            by_id.entry(event["id"].as_str().unwrap().to_owned()).or_default().push(event);
        }
        for same in by_id.values() {
            assert!(same.iter().all(|event| event == &same[0]), "{same:#?}");
            again += same.len() - 1;
        }
    }
    assert!(again > 0, "no crash came between telling and taking out");
}

#[test]
fn a_topic_that_fails_is_told_later_and_costs_nobody_his_move() {
    for (failing, other) in [(Port::Tell, Port::Publish), (Port::Publish, Port::Tell)] {
        let cloud = Cloud::new(401);
        let machine = cloud.add_machine(&Machine::enforced("web-1"));
        let event = cloud.schedule(&machine, EventCode::SystemReboot, 20);
        cloud.refuse(failing, CloudErrorClass::Denied, 40);
        let mut play = Play::new(&cloud);
        play.to_rest(8);
        assert_eq!(outcome(&cloud, &machine, &event), Outcome::Moved);
        assert!(play.reports.iter().any(|report| report.counts.get("tellings_failed") > Some(&0)));
        let failed = |report: &&shared::report::Report| report.error.is_some();
        assert!(play.reports.iter().find(failed).unwrap().failed_messages.is_empty());
        assert_all_told(&cloud, &incident(&cloud, &machine, &event));
        let told = ids(&cloud);
        assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "{other:?}: {told:#?}");
        let mails = cloud.told();
        let verified = mails.iter().filter(|(_, text)| text.contains("VERIFIED: ")).count();
        assert_eq!(verified, 1, "{mails:#?}");
    }
}

#[test]
fn an_entry_that_the_bus_does_not_take_comes_again_alone() {
    let cloud = Cloud::new(402);
    let members = cloud.add(&Setup::enforced("web", 4));
    let events = reboot_all(&cloud, &members);
    cloud.deaf_to(Some(members[1].as_str()));
    let mut play = Play::new(&cloud);
    play.minutes(20);
    assert_eq!(states(&cloud, &members[1]), [""; 0]);
    assert!(!states(&cloud, &members[0]).is_empty());
    cloud.deaf_to(None);
    play.to_rest(12);
    for (id, event) in members.iter().zip(&events) {
        assert_all_told(&cloud, &incident(&cloud, id, event));
    }
    let told = ids(&cloud);
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "{told:#?}");
}

#[test]
fn a_channel_that_nobody_mends_keeps_an_incident_for_a_day_and_no_longer() {
    let cloud = Cloud::new(403);
    let machine = cloud.add_machine(&Machine::enforced("web-1"));
    let event = cloud.schedule(&machine, EventCode::SystemReboot, 20);
    cloud.refuse(Port::Publish, CloudErrorClass::Denied, 100_000);
    let mut play = Play::new(&cloud);
    play.hours(23);
    assert_eq!(outcome(&cloud, &machine, &event), Outcome::Moved);
    assert_eq!(cloud.open().len(), 1, "it is over, and owes its last word");
    play.hours(4);
    assert_eq!(cloud.open(), []);
    let given_up = play.reports.iter().filter_map(|report| report.counts.get("never_told"));
    assert!(given_up.sum::<u64>() > 0);
    let told = cloud.told().len();
    play.hours(24);
    assert_eq!(cloud.told().len(), told, "people heard everything long since");
}

#[test]
fn two_runs_at_once_tell_once() {
    for seed in 0..60 {
        let cloud = Cloud::new(500 + seed);
        let members = cloud.add(&Setup::enforced("web", 4));
        reboot_all(&cloud, &members);
        let mut play = Play::new(&cloud);
        cloud.often(Fault::Raced, 1_000);
        play.hours(3);
        let told = ids(&cloud);
        assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "seed {seed}");
    }
}

#[test]
fn a_hold_that_comes_and_goes_is_told_once_for_its_reason_with_its_date() {
    let cloud = Cloud::new(404);
    let members = cloud.add(&Setup::enforced("web", 4));
    let event = cloud.schedule(&members[0], EventCode::SystemReboot, 14 * 24);
    let mut play = Play::new(&cloud);
    for _ in 0..5 {
        cloud.throw_switch(true);
        cloud.untag(&members[0], "reberth:hold-until");
        play.minutes(6);
        cloud.tag(&members[0], "reberth:hold-until", "2026-12-03T06:00Z");
        cloud.throw_switch(false);
        play.minutes(6);
    }
    let told = states(&cloud, &members[0]);
    assert_eq!(told, ["received", "held", "held"]);
    let date = incident(&cloud, &members[0], &event).not_before.unwrap().to_string();
    let mails = cloud.told();
    let held: Vec<_> = mails.iter().filter(|(_, text)| text.contains("HELD: ")).collect();
    assert_eq!(held.len(), 2, "{mails:#?}");
    for (_, text) in held {
        assert!(text.contains(&format!("dated {date}")), "{text}");
        assert!(text.contains(&format!("Auto Scaling will replace this at {date}")), "{text}");
        assert!(text.contains("To change it: "), "{text}");
    }
}

#[test]
fn what_others_wrote_leads_nobody_anywhere() {
    let cloud = Cloud::new(405);
    let name = "*urgent* <https://evil.example|pay> \u{202e}@here\nwww.evil.example";
    let members = cloud.add(&Setup::enforced("https://evil.example/<!channel>", 1));
    cloud.tag(&members[0], "Name", name);
    reboot(&cloud, &members[0]);
    let mut play = Play::within(&cloud, Ceilings::default());
    play.minutes(6);
    let mails = cloud.told();
    assert!(!mails.is_empty());
    for (subject, text) in mails {
        for bad in ["https://", "www.evil.example", "evil.example", "\u{202e}", "@here"] {
            assert!(!subject.contains(bad) && !text.contains(bad), "{bad}: {subject}\n{text}");
        }
    }
    for event in cloud.published() {
        let words = event["words"].as_str().unwrap();
        assert!(words.contains("evil[.]example"), "{words}");
        assert!(!words.contains("https://") && !words.contains('\n'), "{words}");
    }
    for chat in cloud.chats() {
        let description = chat["content"]["description"].as_str().unwrap();
        let own = description.replace("*PLANNED*", "").replace("*HELD*", "");
        for markup in ["<", ">", "*", "[", "`", "://"] {
            assert!(!own.contains(markup), "{markup}: {description}");
        }
    }
}

#[test]
fn of_a_race_between_telling_and_another_write_nothing_is_told_twice() {
    let cloud = Cloud::new(406);
    let machine = cloud.add_machine(&Machine::enforced("web-1"));
    cloud.schedule(&machine, EventCode::SystemReboot, 20);
    // A second run makes its whole look while the first one tells.
    cloud.once_after(Port::Tell, |cloud| {
        Play::new(cloud).sweep();
    });
    let mut play = Play::new(&cloud);
    play.hours(2);
    let told = ids(&cloud);
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len(), "{told:#?}");
}

#[test]
fn a_storm_is_told_in_one_short_message_a_look_and_a_thousand_events_at_most() {
    let cloud = Cloud::new(407);
    for group in 0..6 {
        let members = cloud
            .add(&Setup::group(&format!("web-{group}"), 100).tagged("reberth:mode", "observe"));
        reboot_all(&cloud, &members);
    }
    let mut play = Play::within(&cloud, Ceilings::default());
    play.sweep();
    assert_eq!(cloud.published().len(), 1_000, "received and planned, of six hundred");
    let [(subject, mail)] = <[_; 1]>::try_from(cloud.told()).unwrap();
    assert_eq!(subject, "Reberth us-west-2: 500 planned");
    assert_eq!(mail.matches("PLANNED: ").count(), 50);
    assert!(mail.contains("And 450 more: the log has them."), "{mail}");
    let chat = cloud.chats().remove(0);
    let description = chat["content"]["description"].as_str().unwrap();
    assert!(description.chars().count() <= 3_000, "{description}");
    assert!(cloud.documents()[0].len() < 64 * 1024, "{}", cloud.documents()[0].len());
    play.minutes(11);
    assert_eq!(cloud.published().len(), 1_200);
    let told = ids(&cloud);
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), told.len());
}
