//! What is asked of a group only when an act is about to start in it: will Auto Scaling be able to
//! launch?

use jiff::Timestamp;

use crate::ids::{ImageId, InstanceId};

/// The answers of the preflight calls for one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// The running instance refresh, if any.
    pub refresh: Option<String>,
    /// How the newest launch ended.
    pub last_launch: LastLaunch,
    /// Whether what the group launches from resolves.
    pub template: TemplateState,
    /// The image that the next launch would use.
    pub image: ImageState,
    /// The member that has been waiting for a termination hook longest, and since when.
    pub waiting_to_terminate: Option<(InstanceId, Timestamp)>,
    /// Why the calls were not answered; absent where they were. It holds this group and no other.
    pub unanswered: Option<String>,
}

impl Preflight {
    /// A group of which nothing was answered.
    pub fn unanswered(why: String) -> Self {
        Self {
            refresh: None,
            last_launch: LastLaunch::None,
            template: TemplateState::NotATemplate,
            image: ImageState::Unknown,
            waiting_to_terminate: None,
            unanswered: Some(why),
        }
    }
}

/// How the newest launch activity of a group ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum LastLaunch {
    /// No launch within the history that AWS keeps (six weeks).
    None,
    /// It succeeded, or is under way.
    Fine,
    /// It failed.
    Failed {
        /// When.
        at: Timestamp,
        /// AWS's words.
        message: String,
    },
}

/// Whether the launch template's version resolves.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TemplateState {
    /// It does.
    Resolves {
        /// The version's number, as text.
        version: String,
        /// The image it names; `None` when it names none or a parameter.
        image: Option<ImageId>,
    },
    /// The group has no launch template to resolve.
    NotATemplate,
    /// It does not.
    Missing {
        /// AWS's words.
        message: String,
    },
}

/// The state of an image.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ImageState {
    /// Launchable.
    Available,
    /// Deregistered, disabled, or never visible to this account.
    Gone(ImageId),
    /// Past its deprecation time.
    Deprecated(ImageId, Timestamp),
    /// The launch template names no image that can be looked up.
    Unknown,
}
