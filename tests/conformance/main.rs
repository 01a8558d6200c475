//! Two worlds, one AWS: the world in memory, in which the simulation plays, and the stand-in, on
//! which the shipped binaries run. Each script is played in both; what can be seen from outside must
//! be the same, the seconds aside. So what the simulation finds holds for what ships, and what the
//! stand-in refuses is refused in the simulation.
//!
//! Build the functions first, as for `it`.

mod by_binary;
mod in_memory;
mod script;
mod seen;

use std::error::Error;
use std::path::Path;

use jiff::SignedDuration;

use script::Script;

/// How a test ends: what it did not even get to compare is an error.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// When both worlds begin.
const BEGINS: &str = "2026-11-23T08:00:00Z";
/// The payload of the schedule, and its rate.
const SWEEP: &str = r#"{"reberth":"sweep"}"#;
const SWEEP_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// How long things take in both worlds, in seconds. Looks come at whole minutes, so nothing ends at
/// one: a look then sees the same, whatever its own calls take.
mod speeds {
    pub const LAUNCH: i64 = 67;
    pub const CHECKS: i64 = 113;
    pub const TARGETS: i64 = 31;
    pub const DRAIN: i64 = 29;
    pub const TERMINATE: i64 = 47;
    pub const STOP: i64 = 41;
    pub const STANDBY: i64 = 11;
    pub const DESCRIPTION_LAG: i64 = 300;
    pub const RESCHEDULE_LAG: i64 = 90;
}

/// Plays a script in both worlds and compares.
fn alike(name: &str) -> Outcome {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/scripts");
    let script = Script::read(&folder, name)?;
    let in_memory = in_memory::play(&script)?;
    for (event, expected) in &script.expect {
        let decided = in_memory.of(event, "decisions").last();
        let ends = in_memory.of(event, "ends").first().or(decided);
        assert_eq!(ends, Some(expected), "{name}: {event}\n{in_memory}");
    }
    let by_binary = by_binary::play(&script)?;
    let differences = in_memory.differences(&by_binary);
    assert!(differences.is_empty(), "{name}: {}", differences.join("\n"));
    Ok(())
}

macro_rules! scripts {
    ($($name:ident,)+) => {
        $(
            #[test]
            fn $name() -> Outcome {
                alike(&stringify!($name).replace('_', "-"))
            }
        )+
    };
}

scripts! {
    replacing,
    standby,
    standalone,
    dates,
    people,
    held,
    quorum,
    scaling,
    trouble,
    forgotten,
}
