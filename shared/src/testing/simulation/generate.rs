//! A script of a seed.

mod deeds;
mod fleet;
mod rates;

use super::script::{Limits, Script};
use crate::testing::faults::Draw;

/// How long a script lasts.
const HOURS: u32 = 48;

/// When it is calm, in minutes: what is left is for coming to rest.
const CALM_AFTER: u32 = 30 * 60;

/// Makes the script of a seed: two to five groups and up to 40 instances, a few notices or many,
/// and most kinds of faults, each seldom.
pub fn generate(seed: u64) -> Script {
    let mut draw = Draw::new(seed);
    let groups = fleet::groups(&mut draw);
    let machines = fleet::machines(&mut draw);
    let deeds = deeds::deeds(&mut draw, &groups, &machines);
    Script {
        seed,
        hours: HOURS,
        calm_after: CALM_AFTER,
        limits: Limits {
            in_flight_percent: draw.pick(&[10, 25, 40, 100]),
            acts_per_hour: draw.pick(&[6, 20, 60]),
            maximum_attempts: draw.between(1, 4),
        },
        conditions: rates::conditions(&mut draw),
        rates: rates::rates(&mut draw),
        only: None,
        groups,
        machines,
        deeds,
    }
}
