//! I11: nothing is opened for an event that is completed, cancelled or not there any more.

use jiff::SignedDuration;

use super::record::Verdict;
use super::{Case, Deed, Invariant};
use crate::testing::cloud::truth::ActKind;

const HOLDS: Invariant = Invariant::NoActFromAStaleVersion;

/// EC2 lists what is over for no longer.
const LISTED_LONGEST: SignedDuration = SignedDuration::from_mins(90);

pub(super) fn before(case: &Case<'_>, verdict: &mut Verdict) {
    // A reboot whose answer was lost may be made again: EC2 may list on what the first ended.
    let again = case.deed == Deed::Strikes && case.lately(ActKind::Rebooted, LISTED_LONGEST);
    if again || !case.word_is_seen() {
        return;
    }
    verdict.judges(HOLDS);
    if !case.state.fleet().has_event(case.id) {
        case.breaks(verdict, HOLDS, "nothing is scheduled for it");
    }
}
