//! A preview tells what the next look does, and what enforcing would do, and does neither.

use shared::ids::{AccountId, Place, Region};
use shared::plan::{Plan, Reason, Step};
use shared::policy::{Ceilings, Mode};
use shared::reconcile::preview::{Preview, preview};
use shared::testing::cloud::{Call, Cloud, Play, Setup, block_on};

use crate::reboot;

fn previewed(cloud: &Cloud, ceilings: &Ceilings) -> Preview {
    let place = Place {
        account: AccountId::parse("123456789012").unwrap(),
        region: Region::parse("us-west-2").unwrap(),
    };
    let from = cloud.calls_made();
    let preview = block_on(preview(&cloud.invocation(), ceilings, &place)).unwrap();
    let reads = |call: &Call| call.port.describes() || call.port.action() == "Query";
    let others: Vec<Call> =
        cloud.calls_since(from).into_iter().filter(|call| !reads(call)).collect();
    assert_eq!(others, [], "a preview only describes and reads");
    preview
}

fn acts(plans: &[Plan]) -> usize {
    plans.iter().filter(|plan| matches!(plan.step, Step::Open(_))).count()
}

#[test]
fn a_preview_says_what_enforcing_would_do_where_the_mode_is_observe() {
    let cloud = Cloud::new(11);
    let members = cloud.add(&Setup::group("web", 6).tagged("reberth:mode", "observe"));
    reboot(&cloud, &members[0]);
    let seen = previewed(&cloud, &Ceilings::default());
    assert_eq!((acts(&seen.today), acts(&seen.enforced)), (0, 1));
    assert_eq!(seen.today[0].reason, Reason::Observe);
    assert!(matches!(&seen.enforced[0].step, Step::Open(opening) if opening.asked));
    assert_eq!(seen.world.groups.len(), seen.world.preflight.len(), "every group was asked");
}

#[test]
fn a_preview_of_enforcing_stays_within_every_limit_but_the_mode() {
    let cloud = Cloud::new(12);
    let members = cloud.add(&Setup::enforced("web", 6));
    for member in &members {
        reboot(&cloud, member);
    }
    let off = cloud.add(&Setup::group("left-alone", 4).tagged("reberth:mode", "off"));
    reboot(&cloud, &off[0]);
    let ceilings = Ceilings { kill_switch: true, ..Ceilings::default() };
    let seen = previewed(&cloud, &ceilings);
    assert_eq!((acts(&seen.today), acts(&seen.enforced)), (0, 1), "one at a time");
    let of = |id| seen.enforced.iter().find(move |plan| &plan.key.instance == id).unwrap();
    assert_eq!(of(&off[0]).reason, Reason::NotOptedIn);
}

#[test]
fn the_look_after_a_preview_does_what_it_said() {
    let cloud = Cloud::new(13);
    let members = cloud.add(&Setup::enforced("web", 6));
    for member in &members {
        reboot(&cloud, member);
    }
    let ceilings = Ceilings { maximum_mode: Mode::Enforce, ..Ceilings::default() };
    let seen = previewed(&cloud, &ceilings);
    let expected: Vec<_> = seen
        .today
        .iter()
        .filter(|plan| matches!(plan.step, Step::Open(_)))
        .map(|plan| plan.key.instance.to_string())
        .collect();
    let report = Play::within(&cloud, ceilings).sweep().unwrap();
    let done: Vec<_> = report
        .decisions
        .iter()
        .filter(|line| line.action == "replace" && line.outcome != "held")
        .map(|line| line.instance_id.clone())
        .collect();
    assert_eq!(done, expected);
}
