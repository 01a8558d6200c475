//! Observe reports every answer and changes nothing at all.

use shared::testing::cloud::{Cloud, Machine, Play, Port, Setup};
use shared::world::EventCode;

use crate::{reason, reboot};

#[test]
fn observe_reports_every_answer_and_changes_nothing() {
    let cloud = Cloud::new(80);
    let observed = |name: &str| Setup::group(name, 4).tagged("reberth:mode", "observe");
    let first = |setup: &Setup, code| {
        let id = cloud.add(setup).remove(0);
        let event = cloud.schedule(&id, code, 30);
        (id, event)
    };
    let web = first(&observed("web"), EventCode::SystemReboot);
    let rolling = first(&observed("rolling").launching_first(150), EventCode::SystemReboot);
    let disks = first(&observed("disks").of_type("i4g.large"), EventCode::SystemReboot);
    let power = first(&observed("power"), EventCode::SystemMaintenance);
    let told =
        first(&observed("told").tagged("reberth:relaunch", "notify"), EventCode::SystemReboot);
    let alone = cloud.add_machine(&Machine::plain("alone").tagged("reberth:mode", "observe"));
    let alone = (alone.clone(), cloud.schedule(&alone, EventCode::SystemReboot, 30));
    let mut play = Play::new(&cloud);
    play.minutes(29 * 60 + 40);

    assert_eq!(cloud.changes(), 0);
    assert_eq!(
        (cloud.count(Port::Begin), cloud.count(Port::Proceed)),
        (0, 0),
        "not even an intent"
    );
    let answer = |(id, event): &(_, _)| {
        let decided = cloud.incident(id, event).unwrap().decided.unwrap();
        (decided.action.to_string(), decided.reason.to_string())
    };
    let row = |action: &str, reason: &str| (action.to_owned(), reason.to_owned());
    assert_eq!(answer(&web), row("replace", "observe"));
    assert_eq!(answer(&rolling), row("replace", "observe"));
    assert_eq!(answer(&disks), row("ride", "observe"));
    assert_eq!(answer(&power), row("ride", "observe"));
    assert_eq!(answer(&alone), row("stop_start", "observe"));
    assert_eq!(answer(&told), row("notify", "owner_asked_to_notify"));
    let text: String = cloud.told().into_iter().map(|(_, text)| text + "\n").collect();
    for id in [&web.0, &rolling.0, &disks.0, &power.0, &told.0, &alone.0] {
        assert!(text.contains(id.as_str()), "{id} is not told of:\n{text}");
    }
}

#[test]
fn the_stacks_ceiling_makes_an_observer_of_every_tag() {
    let cloud = Cloud::new(81);
    let members = cloud.add(&Setup::enforced("web", 4));
    let event = cloud.schedule(&members[0], EventCode::SystemReboot, 14 * 24);
    let mut play = Play::within(&cloud, shared::policy::Ceilings::default());
    play.hours(6);
    assert_eq!(cloud.changes(), 0);
    assert_eq!(reason(&cloud, &members[0], &event), "observe");
}

#[test]
fn a_tag_that_cannot_be_read_is_told_once_and_counted_at_every_look() {
    let cloud = Cloud::new(47);
    let members = cloud.add(&Setup::enforced("web", 4));
    cloud.tag(&members[0], "reberth:hold-until", "next week");
    reboot(&cloud, &members[0]);
    let mut play = Play::new(&cloud);
    play.hours(3);
    let told = cloud.told().iter().filter(|(_, text)| text.contains("next week")).count();
    assert_eq!(told, 1, "{:?}", cloud.told());
    let report = play.sweep().unwrap();
    assert_eq!(report.counts.get("tags_unreadable"), Some(&1));
}
