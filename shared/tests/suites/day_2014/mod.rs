//! A day as in September 2014, when AWS rebooted about a tenth of EC2 for a hole in Xen, zone by
//! zone, on some two days' notice ("EC2 Maintenance Update", AWS News Blog, 25 September 2014, read
//! 2026-11). Groups without state and quorums over three zones, 1,000 of 5,000 instances affected;
//! every tenth launch lands on a host that is to be retired itself, so the work is to be done again.
//!
//! What comes of it is held against the least time that the work really done could have taken
//! ([`bound`]). `make day-2014` plays it in full and prints the figures; an ordinary run is content
//! with a tenth of it.

mod bound;
mod figures;
mod fleet;

use std::time::Instant;

use jiff::SignedDuration;
use shared::ids::InstanceId;
use shared::policy::{Ceilings, Mode};
use shared::testing::cloud::truth::Act;
use shared::testing::cloud::{Cloud, Play};

use figures::Figures;

/// What degraded hardware leaves its owner to object.
const COOL_OFF: SignedDuration = SignedDuration::from_hours(1);

/// Groups, and how hard AWS and the stack's ceilings press.
#[derive(Debug, Clone, Copy)]
struct Day {
    /// Groups without state; half of them launch first.
    groups: u32,
    /// Quorums: three groups each, one for each zone, and every replica set has a member in each.
    quorums: u32,
    /// Members of each group, of whom every fifth is affected.
    members: u32,
    /// The governor.
    acts_per_hour: u32,
}

impl Day {
    const WHOLE: Self = Self { groups: 35, quorums: 5, members: 100, acts_per_hour: 100 };
    const TENTH: Self = Self { groups: 7, quorums: 1, members: 50, acts_per_hour: 10 };

    /// Members of a group that may be out at once, by its owner's word.
    const MAY_LOSE: u32 = 5;

    /// Of so many launches one lands on a bad host.
    const BAD_HOSTS: usize = 10;

    /// Percent of the managed instances that may be under way at once: the template's default.
    const IN_FLIGHT: u32 = 5;

    /// Hours from the notices to the reboots of each zone.
    const DATES: [i64; 3] = [48, 54, 60];

    /// The whole day where `DAY=whole` asks for it, else a tenth.
    fn asked() -> Self {
        let whole = std::env::var("DAY").is_ok_and(|asked| asked == "whole");
        if whole { Self::WHOLE } else { Self::TENTH }
    }

    fn ceilings(self) -> Ceilings {
        Ceilings {
            maximum_mode: Mode::Enforce,
            acts_per_hour: self.acts_per_hour,
            in_flight_percent: Self::IN_FLIGHT,
            ..Ceilings::default()
        }
    }

    fn instances(self) -> u32 {
        (self.groups + 3 * self.quorums) * self.members
    }
}

/// Plays it until nothing is left to do, or a day after the last date.
fn play(day: Day) -> Figures {
    let wall = Instant::now();
    let cloud = Cloud::new(2014);
    let affected = fleet::build(&cloud, day);
    let began = cloud.now();
    let mut play = Play::within(&cloud, day.ceilings());
    let mut hosts = BadHosts::default();
    let last = Day::DATES[2] + 24;
    let end = began + SignedDuration::from_hours(last);
    while cloud.now() < end {
        let pause = cloud.now() + SignedDuration::from_mins(10);
        while cloud.now() < pause {
            play.until(cloud.now() + SignedDuration::from_secs(15));
            hosts.doom(&cloud);
        }
        if cloud.open().is_empty() {
            break;
        }
    }
    cloud.assert_sound();
    Figures::of(&cloud, day, began, &affected, wall.elapsed())
}

/// Lets every tenth opening act fail: what it leads to lands on a bad host.
#[derive(Debug, Default)]
struct BadHosts {
    seen: usize,
}

impl BadHosts {
    fn doom(&mut self, cloud: &Cloud) {
        let opened: Vec<Act> = cloud.truth().opened().cloned().collect();
        for (number, act) in opened.iter().enumerate().skip(self.seen) {
            let group = cloud.instance(&act.instance).and_then(|instance| instance.group);
            if let Some(group) = group.filter(|_| number % Day::BAD_HOSTS == 3) {
                cloud.change_behaviour(group.as_str(), |behaviour| behaviour.bad_hosts += 1);
            }
        }
        self.seen = opened.len();
    }
}

#[test]
fn the_day_of_2014_goes_without_a_miss() {
    let figures = play(Day::asked());
    println!("{figures}");
    assert_eq!(figures.misses, Vec::<InstanceId>::new());
    assert_eq!(figures.unfinished, Vec::<String>::new());
    assert!(figures.given_up * 100 <= figures.affected, "{figures}");
    assert!(figures.failed >= figures.opened / 12, "{figures}");
    assert!((1.0..1.25).contains(&figures.ratio()), "{figures}");
    assert!(figures.half_the_slack_is_left(), "{figures}");
}
