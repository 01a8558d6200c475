//! What the tests of this crate are made of.

use std::collections::{BTreeMap, BTreeSet};

use shared::policy::Ceilings;
use shared::reconcile::preview::Preview;
use shared::testing::builders::WorldBuilder;

use crate::case::{Case, Function, Stack};
use crate::evidence::Evidence;

/// A case without anything to tell.
pub fn case() -> Case {
    let parsed = serde_json::from_str(
        r#"{"account":"123456789012","region":"us-west-2","caller":"arn:aws:iam::123456789012:user/a"}"#,
    );
    parsed.unwrap()
}

/// A stack of which everything is on.
pub fn deployed() -> Stack {
    let function =
        Function { reserved_concurrency: None, event_sources: Some(vec!["Enabled".into()]) };
    let on = |name: &str| BTreeMap::from([(name.to_owned(), "ENABLED".to_owned())]);
    Stack {
        name: "reberth".into(),
        functions: BTreeMap::from([("HealthEventRouterFunction".into(), function)]),
        rules: on("HealthEventRouterRule"),
        schedules: on("MaintenanceSweepSchedule"),
        subscriptions: BTreeMap::from([("sqs".into(), 1), ("email".into(), 1)]),
        ..Stack::default()
    }
}

/// What follows from a world.
pub fn seen(world: WorldBuilder, ceilings: &Ceilings, case: Case) -> Evidence {
    let preview = Preview::of(world.build(), ceilings);
    let (standalone, unanswered) = (Vec::new(), BTreeSet::new());
    Evidence { case, ceilings: ceilings.clone(), preview, standalone, unanswered }
}
