//! The preflight's verdict: is Auto Scaling left alone, and will it be able to launch a replacement
//! where one is wanted?

use std::ops::ControlFlow::{Break, Continue};

use jiff::{SignedDuration, Timestamp};

use super::Check;
use crate::plan::{Order, Reason, Way};
use crate::world::{Group, ImageState, LastLaunch, LaunchSource, Preflight, TemplateState};

/// A member that waits this long for a termination hook is not going to be answered: hooks of
/// Reberth are driven, and the longest default heartbeat timeout is an hour (AWS doc
/// `lifecycle-hooks`, read 2026-11).
const HOOK_UNANSWERED: SignedDuration = SignedDuration::from_hours(1);

/// So long a failed launch speaks against another one. A group that is whole launches nothing by
/// itself, so that nothing else would ever tell that the cause is gone. Where the replacement is
/// launched first a vain attempt costs nothing, and is taken back.
const FAILURE_COUNTS: SignedDuration = SignedDuration::from_hours(24);
const FAILURE_COUNTS_AHEAD: SignedDuration = SignedDuration::from_hours(1);

/// What holds the group, as far as the preflight tells.
pub fn check(preflight: &Preflight, way: Way, now: Timestamp) -> Check {
    if let Some(why) = &preflight.unanswered {
        return Break(Reason::CallFailed(why.clone()));
    }
    if let Some(id) = &preflight.refresh {
        return Break(Reason::RefreshRunning(id.clone()));
    }
    match way {
        Way::Replace(order) => launches(preflight, order, now),
        Way::InPlace(_) | Way::Reschedule(_) => Continue(()),
    }
}

fn launches(preflight: &Preflight, order: Order, now: Timestamp) -> Check {
    if let Some((instance, since)) = &preflight.waiting_to_terminate
        && now.duration_since(*since) > HOOK_UNANSWERED
    {
        return Break(Reason::TerminateHookUnanswered {
            instance: instance.clone(),
            since: *since,
        });
    }
    if let TemplateState::Missing { message } = &preflight.template {
        return Break(Reason::TemplateMissing(message.clone()));
    }
    match &preflight.image {
        ImageState::Gone(image) => return Break(Reason::ImageGone(image.clone())),
        ImageState::Deprecated(image, _) => return Break(Reason::ImageDeprecated(image.clone())),
        ImageState::Available | ImageState::Unknown => {}
    }
    let counts = match order {
        Order::LaunchFirst => FAILURE_COUNTS_AHEAD,
        Order::TerminateFirst => FAILURE_COUNTS,
    };
    match &preflight.last_launch {
        LastLaunch::Failed { at, message } if now.duration_since(*at) < counts => {
            Break(Reason::LastLaunchFailed(message.clone()))
        }
        LastLaunch::Failed { .. } | LastLaunch::None | LastLaunch::Fine => Continue(()),
    }
}

/// What the group launches from, with a moving version resolved: what a first replacement proves.
pub fn source_key(group: &Group, preflight: &Preflight) -> String {
    match (&group.source, &preflight.template) {
        (LaunchSource::Template { id, .. }, TemplateState::Resolves { version, .. }) => {
            format!("{id}:{version}")
        }
        (source, _) => source.key(),
    }
}
