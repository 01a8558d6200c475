//! Two runs at once on one ledger, and a ledger that is lost.

use shared::ids::{AccountId, Place, Region};
use shared::ledger::Outcome;
use shared::policy::{Ceilings, Mode};
use shared::reconcile::maintenance;
use shared::testing::cloud::truth::ActKind;
use shared::testing::cloud::{Cloud, Play, Setup, interleave};
use shared::testing::faults::{Draw, Fault};

use crate::plots::{MEMBERS_STOP_START, REBOOT, RESCHEDULE, RIDE, STANDALONE_RIDE, STOP_START};
use crate::{outcome, reboot_all};

const SWEEP: &str = r#"{"reberth":"sweep"}"#;

fn place() -> Place {
    Place {
        account: AccountId::parse("123456789012").unwrap(),
        region: Region::parse("us-west-2").unwrap(),
    }
}

/// Two sweeps, interleaved call by call as the seed says.
fn two_sweeps(cloud: &Cloud, ceilings: &Ceilings, turns: &mut Draw) {
    let (one, two) = (cloud.invocation(), cloud.invocation());
    let place = place();
    interleave(
        maintenance::run(&one, ceilings, &place, SWEEP),
        maintenance::run(&two, ceilings, &place, SWEEP),
        turns,
    );
    cloud.assert_sound();
}

#[test]
fn p45_two_runs_at_once_make_one_replacement() {
    for seed in 0..200 {
        let cloud = Cloud::new(seed);
        let members = cloud.add(&Setup::enforced("web", 6).may_lose(2));
        let events = reboot_all(&cloud, &members);
        let ceilings = Ceilings {
            maximum_mode: Mode::Enforce,
            in_flight_percent: 100,
            acts_per_hour: 100,
            ..Ceilings::default()
        };
        let mut play = Play::within(&cloud, ceilings.clone());
        let mut random = Draw::new(seed);
        for _ in 0..25 {
            two_sweeps(&cloud, &ceilings, &mut random);
            cloud.advance(jiff::SignedDuration::from_mins(1));
        }
        play.to_rest(12);
        for (id, event) in members.iter().zip(&events) {
            assert_eq!(outcome(&cloud, id, event), Outcome::Moved, "seed {seed}");
        }
        assert_eq!(cloud.truth().opened().count(), 6, "seed {seed}");
        assert!(cloud.changes() <= 6, "seed {seed}: not even a call too many");
    }
}

#[test]
fn p45_two_runs_at_once_make_one_absence() {
    for plot in [&STOP_START, &MEMBERS_STOP_START, &RIDE, &STANDALONE_RIDE, &REBOOT, &RESCHEDULE] {
        for seed in 0..60 {
            let cloud = Cloud::new(seed);
            let (id, event) = (plot.begin)(&cloud);
            let case = format!("{} seed {seed}", plot.name);
            let mut play = Play::new(&cloud);
            cloud.often(Fault::Raced, 1_000);
            play.to_rest(plot.hours);
            assert_eq!(outcome(&cloud, &id, &event), plot.ends, "{case}");
            let acts = cloud.truth().acts;
            let of = |kind| acts.iter().filter(|act| act.kind == kind).count();
            for kind in [ActKind::Left, ActKind::Stopped, ActKind::Rebooted, ActKind::Started] {
                assert!(of(kind) <= 1, "{case}: {kind:?} {} times", of(kind));
            }
        }
    }
}

#[test]
fn a_ledger_that_is_lost_under_way_takes_nobody_out_beyond_the_limits() {
    for minute in 0..12 {
        let cloud = Cloud::new(60);
        let members = cloud.add(&Setup::enforced("web", 5));
        reboot_all(&cloud, &members);
        let mut play = Play::new(&cloud);
        play.minutes(minute);
        cloud.lose_ledger();
        play.to_rest(24);
        assert_eq!(cloud.truth().most_out("web"), 1, "lost after {minute} min");
        assert!(cloud.truth().forced.is_empty());
        let now: Vec<_> = cloud.group("web").members.into_keys().collect();
        assert!(members.iter().all(|id| !now.contains(id)), "lost after {minute} min");
    }
}
