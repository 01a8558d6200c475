//! The stop or the reboot itself: is it done?

use jiff::SignedDuration;

use super::Away;
use crate::decide::WATCH;
use crate::decide::room::Room;
use crate::ledger::Returns;
use crate::plan::{InPlace, Plan, Reason};
use crate::world::InstanceState;

/// A reboot that was called has begun after this time.
const REBOOTS: SignedDuration = SignedDuration::from_mins(3);

impl Away<'_> {
    pub(super) fn moving(&self, room: &Room<'_>) -> Plan {
        match self.absence.how {
            InPlace::Ride => return self.riding(room),
            InPlace::Reboot => return self.rebooting(room),
            InPlace::StopStart => {}
        }
        let launched_again = self.absence.launched_again(self.instance.launched_at);
        match &self.instance.state {
            Some(InstanceState::Stopped) => self.turn_back(Returns::Moved, Reason::Stopped),
            Some(InstanceState::Running) if launched_again => {
                self.turn_back(Returns::Moved, Reason::RunsAgain)
            }
            Some(InstanceState::Running) if self.in_doubt() => {
                self.wait(Reason::IntentInDoubt, WATCH)
            }
            Some(InstanceState::Running) => self.strike_again(room),
            _ => self.wait(Reason::Stopping, WATCH),
        }
    }

    /// The stop was intended, and it runs on. It is stopped only while it is out of service: a
    /// member that is in service would be replaced.
    fn strike_again(&self, room: &Room<'_>) -> Plan {
        if !self.out() && self.in_service() {
            return self.turn_back(Returns::Failed, Reason::BroughtBackByHand);
        }
        self.leaving(room)
    }

    fn rebooting(&self, room: &Room<'_>) -> Plan {
        match self.absence.taken {
            Some(taken) if self.world.observed_at.duration_since(taken) >= REBOOTS => {
                self.turn_back(Returns::Moved, Reason::RunsAgain)
            }
            Some(_) => self.wait(Reason::Rebooting, WATCH),
            None if self.in_doubt() => self.wait(Reason::IntentInDoubt, WATCH),
            // The answer to the call was lost, and it migrated.
            None if self.event_over() => self.turn_back(Returns::Moved, Reason::RunsAgain),
            None => self.strike_again(room),
        }
    }
}
