//! Spot Instances: EC2 takes one back two minutes after its notice, and no hook delays that (AWS
//! docs `spot-instance-termination-notices` and `ec2-auto-scaling-capacity-rebalancing`, read
//! 2026-11).

use jiff::SignedDuration;

use super::Cloud;
use super::agenda::Happening;
use super::state::State;
use super::truth::Hand;
use crate::ids::InstanceId;
use crate::testing::faults::Fault;
use crate::world::Market;

/// From the notice to the end.
const NOTICE: SignedDuration = SignedDuration::from_mins(2);

impl Cloud {
    /// EC2 takes an instance back, as it does with Spot Instances.
    pub fn interrupt(&self, id: &InstanceId) {
        let mut state = self.state.borrow_mut();
        state.fleet_mut().instances.get_mut(id).unwrap().market = Market::Spot;
        state.after(NOTICE, Happening::Interrupted(id.clone()));
    }
}

impl State {
    /// A group of mixed instances launches one on Spot, and EC2 wants it back within hours.
    pub(super) fn may_be_interrupted(&mut self, id: &InstanceId) {
        if let Some(mut draw) = self.strikes(Fault::SpotInterrupted) {
            self.fleet_mut().instances.get_mut(id).unwrap().market = Market::Spot;
            let after = draw.seconds(120, 6 * 3_600);
            self.after(after, Happening::Interrupted(id.clone()));
        }
    }

    pub(super) fn interrupted(&mut self, id: &InstanceId) {
        self.ends(id, Hand::Aws);
        self.make_good();
    }
}
