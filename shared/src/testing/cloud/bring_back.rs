//! The calls that bring an instance back.

use std::collections::BTreeSet;

use super::invocation::Invocation;
use super::log::Port;
use super::state::State;
use super::take_out::refusal;
use super::truth::ActKind;
use crate::decide::guard::Closing;
use crate::ledger::Registration;
use crate::policy::{INCIDENT_MARK, READY_SIGNAL};
use crate::ports::{BringBack, CloudError, CloudErrorClass};

impl BringBack for Invocation<'_> {
    async fn forget_ready(&self, closing: &Closing) -> Result<(), CloudError> {
        self.untag(Port::ForgetReady, closing, READY_SIGNAL).await
    }

    async fn say_ready(&self, closing: &Closing) -> Result<(), CloudError> {
        self.call(Port::SayReady, |state| {
            let id = closing.instance();
            if !state.is_alive(id) {
                return Err(refusal(Port::SayReady, id, CloudErrorClass::Missing));
            }
            state.said_in_its_name(id);
            Ok(())
        })
        .await
    }

    async fn start(&self, closing: &Closing) -> Result<(), CloudError> {
        self.changes(Port::Start, closing.instance(), ActKind::Started, State::start).await
    }

    async fn exit_standby(&self, closing: &Closing) -> Result<(), CloudError> {
        self.changes(Port::ExitStandby, closing.instance(), ActKind::Returned, |state, id| {
            state.exit_standby(id).map(|()| true)
        })
        .await
    }

    async fn register(
        &self,
        closing: &Closing,
        registrations: &BTreeSet<Registration>,
    ) -> Result<(), CloudError> {
        self.changes(Port::Register, closing.instance(), ActKind::Returned, |state, id| {
            if !state.is_alive(id) {
                return Err(CloudErrorClass::Rejected);
            }
            Ok(state.register(id, registrations))
        })
        .await
    }

    async fn release_capacity(&self, closing: &Closing) -> Result<(), CloudError> {
        self.call(Port::ReleaseCapacity, |state| {
            state.fleet_mut().reservations.remove(closing.key());
            Ok(())
        })
        .await
    }

    async fn unmark(&self, closing: &Closing) -> Result<(), CloudError> {
        self.untag(Port::Unmark, closing, INCIDENT_MARK).await
    }
}

impl Invocation<'_> {
    /// Deletes a tag; one that is not there any more, or of an instance that is not, is no error.
    async fn untag(&self, port: Port, closing: &Closing, key: &str) -> Result<(), CloudError> {
        self.call(port, |state| {
            let id = closing.instance();
            let Some(instance) = state.fleet_mut().instances.get_mut(id) else {
                let gone = refusal(port, id, CloudErrorClass::Missing);
                return if port == Port::Unmark { Ok(()) } else { Err(gone) };
            };
            instance.tags.remove(key);
            Ok(())
        })
        .await
    }
}
