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
        let life = |id| self.cloud.state.borrow().fleet().life(id);
        let before = life(closing.instance());
        self.untag(Port::ForgetReady, closing, READY_SIGNAL).await?;
        // The call stood still on its way, and took away the word of another life.
        if life(closing.instance()) != before {
            self.cloud.state.borrow_mut().truth.unsaid.push(closing.instance().clone());
        }
        Ok(())
    }

    async fn say_ready(&self, closing: &Closing) -> Result<(), CloudError> {
        let called = self.call(Port::SayReady, |state| {
            let id = closing.instance();
            if !state.is_alive(id) {
                return Err(refusal(Port::SayReady, id, CloudErrorClass::Missing));
            }
            state.said_in_its_name(id);
            Ok(())
        });
        self.tagged(closing, called.await)
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
        let called = self.call(port, |state| {
            let id = closing.instance();
            let Some(instance) = state.fleet_mut().instances.get_mut(id) else {
                let gone = refusal(port, id, CloudErrorClass::Missing);
                return if port == Port::Unmark { Ok(()) } else { Err(gone) };
            };
            instance.tags.remove(key);
            Ok(())
        });
        self.tagged(closing, called.await)
    }

    /// What AWS does not allow stays as it is, and is left behind with a note.
    fn tagged(&self, closing: &Closing, called: Result<(), CloudError>) -> Result<(), CloudError> {
        if called.as_ref().is_err_and(|error| error.class == CloudErrorClass::Denied) {
            let mut state = self.cloud.state.borrow_mut();
            state.fleet_mut().tags_denied.insert(closing.instance().clone());
        }
        called
    }
}
