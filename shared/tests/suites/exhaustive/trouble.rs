//! The closed list of what may go wrong: faults of a look, and deeds of somebody else before it.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jiff::SignedDuration;
use shared::ids::InstanceId;
use shared::ports::CloudErrorClass;
use shared::reconcile::maintenance;
use shared::report::Report;
use shared::testing::cloud::{Answers, Call, Crash, Invocation, Moment, Port, block_on};

use super::stage::{Look, Node, Passing, Stage, Subject};

/// What goes wrong with a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Its messages are lost, and it does not take place.
    Lost,
    /// Its messages come twice, the second time at once.
    Twice,
    /// All that it sees is a minute old.
    Stale,
    /// It dies before its first effect.
    DiesAtOnce,
    /// It dies after the effect of this call.
    DiesAfter(Effect),
    /// This call has its effect, and the answer is lost.
    AnswerLost(Effect),
    /// This call is throttled.
    Throttled(Effect),
    /// Another run makes the whole look right before this call.
    Overtaken(Effect),
}

/// A call that has an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effect {
    port: Port,
    /// Its number among all calls of the look, from 1.
    call: usize,
    /// Calls of the same port before it.
    before: usize,
}

impl Fault {
    /// What it is, wherever it strikes.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Lost => "its messages are lost",
            Self::Twice => "its messages come twice",
            Self::Stale => "it sees what was a minute ago",
            Self::DiesAtOnce => "it dies before its first effect",
            Self::DiesAfter(_) => "it dies after a call",
            Self::AnswerLost(_) => "it gets no answer to a call",
            Self::Throttled(_) => "a call is throttled",
            Self::Overtaken(_) => "another look is made before a call",
        }
    }

    fn at(self) -> Option<Effect> {
        match self {
            Self::Lost | Self::Twice | Self::Stale | Self::DiesAtOnce => None,
            Self::DiesAfter(at)
            | Self::AnswerLost(at)
            | Self::Throttled(at)
            | Self::Overtaken(at) => Some(at),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        let Some(Effect { port, call, .. }) = self.at() else { return Ok(()) };
        write!(f, ": call {call}, {port:?}")
    }
}

/// The calls of a look that have an effect on anything.
pub fn effects(calls: &[Call]) -> Vec<Effect> {
    let effect = |(place, call): (usize, &Call)| {
        let port = call.port;
        let reads = [Port::Read, Port::IncidentsOf, Port::NoticeSeen].contains(&port);
        let before = calls[..place].iter().filter(|earlier| earlier.port == port).count();
        let effect = Effect { port, call: place + 1, before };
        (!reads && !port.describes()).then_some(effect)
    };
    calls.iter().enumerate().filter_map(effect).collect()
}

/// What can go wrong with a look that makes these calls. A death before a call is a death after the
/// effect before it, because calls between them only read; and a look without an effect that fails
/// is one that was not made.
pub fn faults(node: &Node, look: &Look, calls: &[Call]) -> Vec<Fault> {
    let effects = effects(calls);
    let mut faults = Vec::new();
    if !look.messages.is_empty() {
        faults.push(Fault::Lost);
    }
    if node.cloud.changed_lately() {
        faults.push(Fault::Stale);
    }
    if !effects.is_empty() {
        faults.extend([Fault::Twice, Fault::DiesAtOnce]);
    }
    for effect in effects {
        faults.extend([Fault::DiesAfter(effect), Fault::Throttled(effect)]);
        if effect.port.remembers() || effect.port.changes() {
            faults.extend([Fault::AnswerLost(effect), Fault::Overtaken(effect)]);
        }
    }
    faults
}

/// Makes a look, with or without a fault.
pub fn look(node: &Node, stage: &Stage, look: &Look, fault: Option<Fault>) {
    let cloud = &node.cloud;
    let report = match fault {
        Some(Fault::Lost) => return cloud.lose(&look.messages),
        Some(Fault::Twice) => {
            run(&cloud.invocation(), stage, look);
            run(&cloud.invocation(), stage, look)
        }
        Some(Fault::Stale) => {
            cloud.answers(Answers::Stale);
            let report = run(&cloud.invocation(), stage, look);
            cloud.answers(Answers::Fresh);
            report
        }
        Some(Fault::DiesAtOnce) => None,
        Some(Fault::DiesAfter(at)) => {
            let crash = Crash { call: at.call, moment: Moment::AfterEffect };
            run(&cloud.doomed(Some(crash)), stage, look)
        }
        Some(Fault::AnswerLost(at)) => {
            let class = CloudErrorClass::Unavailable;
            cloud.fail(at.port, class, Moment::AfterEffect, at.before, 1);
            run(&cloud.invocation(), stage, look)
        }
        Some(Fault::Throttled(at)) => {
            let class = CloudErrorClass::Throttled;
            cloud.fail(at.port, class, Moment::BeforeEffect, at.before, 1);
            run(&cloud.invocation(), stage, look)
        }
        Some(Fault::Overtaken(at)) => Some(overtaken(node, stage, look, at)),
        None => run(&cloud.invocation(), stage, look),
    };
    cloud.forget_orders();
    cloud.judge();
    cloud.settle(&look.messages, report.as_ref());
}

/// A run to its end, or to its death.
fn run(run: &Invocation<'_>, stage: &Stage, look: &Look) -> Option<Report> {
    let mut future = pin!(maintenance::run(run, &stage.ceilings, &stage.place, &look.payload));
    loop {
        match poll(future.as_mut()) {
            Poll::Ready(report) => return Some(report),
            Poll::Pending if run.died() => return None,
            Poll::Pending => {}
        }
    }
}

/// A run in the middle of which another one is made.
fn overtaken(node: &Node, stage: &Stage, look: &Look, at: Effect) -> Report {
    let slow = node.cloud.invocation();
    let mut future = pin!(maintenance::run(&slow, &stage.ceilings, &stage.place, &look.payload));
    while slow.calls() + 1 < at.call {
        if let Poll::Ready(report) = poll(future.as_mut()) {
            return report;
        }
    }
    run(&node.cloud.invocation(), stage, look);
    block_on(future)
}

/// One call further.
fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What somebody else does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Somebody throws the switch, and takes that back after twenty minutes.
    ThrowSwitch,
    /// Somebody does this to a group.
    To(usize, What),
}

/// What is done to a group and its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Somebody terminates this member.
    Terminates(Whom),
    /// Somebody stops this member.
    Stops(Whom),
    /// Somebody puts another member into standby.
    StandsBy,
    /// Somebody wants one member more.
    ScalesOut,
    /// Somebody wants one member less.
    ScalesIn,
    /// Somebody detaches the subject.
    Detaches,
    /// Auto Scaling moves another member to another zone.
    Rebalances,
    /// AWS acts on the subject without waiting for its date.
    ActsNow,
    /// AWS calls the event off.
    Cancels,
    /// AWS moves its date to an hour from now.
    Hastens,
    /// AWS moves its date by two hours.
    Delays,
    /// The next launch lands on a host with an event of its own.
    BadHost,
    /// The owner opts out.
    OptsOut,
}

/// A member of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// The one for which AWS scheduled something.
    Subject,
    /// Another one that was there from the beginning.
    Bystander,
    /// One that was launched since.
    Newcomer,
}

impl Deed {
    /// Every deed, in the order in which those of one moment are done.
    pub fn all() -> Vec<Self> {
        let whom = [Whom::Subject, Whom::Bystander, Whom::Newcomer];
        let mut of_group: Vec<What> = whom.map(What::Terminates).to_vec();
        of_group.extend(whom.map(What::Stops));
        of_group.extend([What::StandsBy, What::ScalesOut, What::ScalesIn, What::Detaches]);
        of_group.extend([What::Rebalances, What::ActsNow, What::Cancels, What::Hastens]);
        of_group.extend([What::Delays, What::BadHost, What::OptsOut]);
        let to = |group| of_group.iter().map(move |what| Self::To(group, *what));
        [Self::ThrowSwitch].into_iter().chain((0..3).flat_map(to)).collect()
    }

    /// What it is, whomever it is done to.
    pub fn kind(self) -> &'static str {
        let Self::To(_, what) = self else { return "somebody throws the switch" };
        match what {
            What::Terminates(_) => "somebody terminates a member",
            What::Stops(_) => "somebody stops a member",
            What::StandsBy => "somebody puts a member into standby",
            What::ScalesOut => "somebody scales out",
            What::ScalesIn => "somebody scales in",
            What::Detaches => "somebody detaches the subject",
            What::Rebalances => "Auto Scaling moves a member to another zone",
            What::ActsNow => "AWS acts before its date",
            What::Cancels => "AWS calls its event off",
            What::Hastens => "AWS moves its date near",
            What::Delays => "AWS moves its date away",
            What::BadHost => "a launch lands on a bad host",
            What::OptsOut => "the owner opts out",
        }
    }

    /// Does it, where it can be done; false where it cannot.
    pub fn done(self, node: &mut Node, stage: &Stage) -> bool {
        let Self::To(group, what) = self else {
            node.cloud.throw_switch(true);
            node.passes(Passing::Switch);
            return true;
        };
        let desired = node.cloud.group(stage.subjects[group].group).desired;
        let done = what.done(node, &stage.subjects[group]);
        match what {
            What::StandsBy if done => node.passes(Passing::Standby(group, desired)),
            What::ScalesIn if done => node.passes(Passing::Smaller(group)),
            _ => {}
        }
        done
    }
}

impl What {
    fn done(self, node: &Node, subject: &Subject) -> bool {
        let Subject { group, instance, event, .. } = subject;
        let cloud = &node.cloud;
        let runs = |id: &InstanceId| cloud.group(group).members.contains_key(id);
        let stands = cloud
            .instance(instance)
            .is_some_and(|one| one.alive() && one.active_events().any(|known| &known.id == event));
        let desired = cloud.group(group).desired;
        match self {
            Self::Terminates(whom) | Self::Stops(whom) => {
                let Some(id) = whom.of(node, subject).filter(runs) else { return false };
                match self {
                    Self::Stops(_) => cloud.stop_by_hand(&id),
                    _ => cloud.terminate_by_hand(&id),
                }
            }
            Self::StandsBy if runs(&subject.bystander) => {
                cloud.enter_standby_by_hand(&subject.bystander);
            }
            Self::Rebalances if runs(&subject.bystander) => cloud.rebalance(&subject.bystander),
            Self::Detaches if runs(instance) => cloud.detach_by_hand(instance),
            // Whoever scales a group of replicas says what becomes of its set, by hand.
            Self::ScalesOut if *group != "store" => cloud.scale(group, desired + 1),
            Self::ScalesIn if *group != "store" && desired > 2 => cloud.scale(group, desired - 1),
            Self::ActsNow if stands => cloud.act_now(instance, event),
            Self::Cancels if stands => cloud.cancel(instance, event),
            Self::Hastens if stands => cloud.move_date(instance, event, 1),
            Self::Delays if stands => {
                cloud.move_date_by(instance, event, SignedDuration::from_hours(2));
            }
            Self::BadHost => cloud.change_behaviour(group, |behaviour| behaviour.bad_hosts += 1),
            Self::OptsOut => cloud.change_group(group, |group| {
                group.tags.insert("reberth:mode".to_owned(), "off".to_owned());
            }),
            _ => return false,
        }
        true
    }
}

impl Whom {
    fn of(self, node: &Node, subject: &Subject) -> Option<InstanceId> {
        match self {
            Self::Subject => Some(subject.instance.clone()),
            Self::Bystander => Some(subject.bystander.clone()),
            Self::Newcomer => {
                let group = node.cloud.group(subject.group);
                group.members.into_keys().find(|id| !subject.members.contains(id))
            }
        }
    }
}
