//! Instances that are out of service by our hand, as the ledger remembers them.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::group::target_group;
use super::{IncidentBuilder, in_minutes, launched, now, nth_key};
use crate::ids::EventId;
use crate::ledger::{Absence, Back, Left, Phase, Probe, Registration, Returns, Unknown};
use crate::plan::InPlace;

impl IncidentBuilder {
    /// It is to leave service since now, and carries our mark; whether it did is not known. The
    /// world that it joins fills in what it leaves.
    pub fn leaving(mut self, how: InPlace) -> Self {
        self.incident.phase = Phase::Leaving(self.absence(how));
        self
    }

    /// Its stop or reboot is intended since now; it left service five minutes before.
    pub fn moving(mut self, how: InPlace) -> Self {
        let at = in_minutes(-5);
        let absence = Absence { at, struck: Some(now()), ..self.absence(how) };
        self.incident.phase = Phase::Moving(absence);
        self
    }

    /// It is on its way back into service, and was never struck.
    pub fn returning(mut self, how: InPlace, returns: Returns) -> Self {
        self.incident.phase = Phase::Returning { absence: self.absence(how), returns };
        self
    }

    /// It is on its way back after the stop or reboot that was intended now; it left service five
    /// minutes before.
    pub fn struck(mut self, how: InPlace, returns: Returns) -> Self {
        let at = in_minutes(-5);
        let absence = Absence { at, struck: Some(now()), ..self.absence(how) };
        self.incident.phase = Phase::Returning { absence, returns };
        self
    }

    /// It serves again since now.
    pub fn back(mut self, how: InPlace) -> Self {
        let events = BTreeSet::from([self.incident.key.event.clone()]);
        self.incident.phase = Phase::Back(Back {
            how,
            since: now(),
            clean_at_ten: None,
            events,
            unknown: Unknown::new(),
        });
        self
    }

    /// AWS was asked now for another date.
    pub fn rescheduling(mut self, to: Timestamp) -> Self {
        self.incident.phase = Phase::Rescheduling { to, at: now() };
        self
    }

    /// It had this event of the same instance too when it left.
    pub fn with_event(mut self, nth: u32) -> Self {
        let event = nth_key(&self.name, nth).event;
        if let Some(events) = self.events() {
            events.insert(event);
        }
        self
    }

    /// It was registered with the target group of this name when it left.
    pub fn registered(self, targets: &str) -> Self {
        let registration = Registration { target_group: target_group(targets), port: None };
        self.but(|absence| match &mut absence.left {
            Left::Targets { registrations } => registrations.extend([registration]),
            Left::Group { .. } | Left::Unknown => {}
        })
    }

    /// Nobody remembers what it left.
    pub fn forgotten(self) -> Self {
        self.but(|absence| absence.left = Left::Unknown)
    }

    /// AWS's date was this when it left; without it, as the event has it.
    pub fn for_date(self, date: Timestamp) -> Self {
        self.but(|absence| absence.date = Some(date))
    }

    /// It was seen out of service, riding, so many minutes ago.
    pub fn aside(self, minutes: i64) -> Self {
        self.but(|absence| absence.out_since = Some(in_minutes(-minutes)))
    }

    /// EC2 took the call that reboots or starts it so many seconds ago.
    pub fn taken(self, seconds: i64) -> Self {
        let at = now().checked_sub(SignedDuration::from_secs(seconds)).ok();
        self.but(|absence| absence.taken = at)
    }

    /// Capacity was reserved for it.
    pub fn reserving(self) -> Self {
        self.but(|absence| absence.reserves = true)
    }

    /// It was seen stopped meanwhile.
    pub fn stopped(self) -> Self {
        self.but(|absence| absence.stopped = Some(now()))
    }

    /// It said that it was ready, and that counts for its life before AWS's reboot.
    pub fn said_ready(self) -> Self {
        self.but(|absence| absence.said_ready = true)
    }

    /// That was taken away once.
    pub fn ready_forgotten(self) -> Self {
        self.but(|absence| absence.ready_forgotten = true)
    }

    /// It does not carry our mark.
    pub fn unmarked(mut self) -> Self {
        self.marks = false;
        self
    }

    /// The readiness document was sent to this instance so many minutes ago, as the command of this
    /// id.
    pub fn sent(mut self, document: &str, to: &str, command: &str, minutes: i64) -> Self {
        let at = in_minutes(-minutes);
        let probe = Probe { instance: super::id(to), command: command.to_owned(), at };
        self.incident.probes.insert(document.to_owned(), probe);
        self
    }

    /// Whatever no other word says of its absence.
    pub fn but(mut self, change: impl FnOnce(&mut Absence)) -> Self {
        if let Phase::Leaving(absence) | Phase::Moving(absence) | Phase::Returning { absence, .. } =
            &mut self.incident.phase
        {
            change(absence);
        }
        self
    }

    fn absence(&self, how: InPlace) -> Absence {
        Absence {
            how,
            at: now(),
            left: Left::Targets { registrations: BTreeSet::new() },
            date: None,
            launched_before: Some(launched()),
            events: BTreeSet::from([self.incident.key.event.clone()]),
            out_since: None,
            struck: None,
            taken: None,
            reserves: false,
            said_ready: false,
            ready_forgotten: false,
            stopped: None,
            unknown: Unknown::new(),
        }
    }

    fn events(&mut self) -> Option<&mut BTreeSet<EventId>> {
        match &mut self.incident.phase {
            Phase::Leaving(absence) | Phase::Moving(absence) | Phase::Returning { absence, .. } => {
                Some(&mut absence.events)
            }
            Phase::Back(back) => Some(&mut back.events),
            _ => None,
        }
    }
}

/// Every act of this absence happened at this time; what follows leaving follows it by five
/// minutes.
pub(super) fn at(absence: &mut Absence, then: Timestamp) {
    if absence.struck.is_none() {
        absence.at = then;
        return;
    }
    absence.struck = Some(then);
    absence.at = then.checked_sub(SignedDuration::from_mins(5)).expect("a time near now");
}
