//! EC2's describe calls, and tags. Every question goes by filter where one exists: a filter leaves
//! out what EC2 does not know, while a list of ids fails as a whole for one that is gone (EC2 doc
//! "Error codes", read 2026-11).

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{
    AttributeBooleanValue, Filter, InstanceAttributeName, InstanceType, Reservation, Tag,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;

use crate::aws::Cloud;
use crate::aws::ec2_convert::{ids_in, image_state, instance, status, template_state};
use crate::aws::error::{classify, failed};
use crate::aws::paging::{PAGES, without_end};
use crate::ids::{GroupName, ImageId, InstanceId};
use crate::ledger::IncidentKey;
use crate::policy::INCIDENT_MARK;
use crate::ports::{
    CloudError, CloudErrorClass, InstanceStatus, ReadInstances, ReadLaunch, ReadStatus,
};
use crate::world::{CapacityState, ImageState, Instance, LaunchSource, TemplateState};

/// Values that one filter may have (EC2 doc "Filtering resources", read 2026-11).
const FILTER_VALUES: usize = 200;
/// Ids that one `DescribeInstanceStatus` may name (`API_DescribeInstanceStatus`, read 2026-11).
const STATUS_IDS: usize = 100;
/// Instances of one page of `DescribeInstances` and `DescribeInstanceStatus`, 5 to 1,000.
const PAGE: i32 = 1_000;
/// Instance types of one page, 5 to 100.
const TYPES_PAGE: i32 = 100;
/// How often ids that EC2 does not know are taken out of a question. EC2 names all it misses at
/// once, but more can go missing between two tries.
const WITHOUT_MISSING: usize = 10;

/// The known codes, for the case that EC2 takes `*` for a letter, and `*` for codes that are new.
const ANY_EVENT: [&str; 6] = [
    "instance-stop",
    "instance-retirement",
    "instance-reboot",
    "system-reboot",
    "system-maintenance",
    "*",
];

/// Status checks that are not passed.
const FAILING: [&str; 2] = ["impaired", "initializing"];

impl ReadStatus for Cloud {
    async fn scheduled(&self) -> Result<Vec<InstanceStatus>, CloudError> {
        self.statuses_with("event.code", ANY_EVENT).await
    }

    /// Filters of different names must all hold, so that each check has a call of its own.
    async fn failing_checks(&self) -> Result<Vec<InstanceStatus>, CloudError> {
        let mut found = self.statuses_with("instance-status.status", FAILING).await?;
        found.extend(self.statuses_with("system-status.status", FAILING).await?);
        Ok(found)
    }

    async fn status_of(
        &self,
        instances: &BTreeSet<InstanceId>,
    ) -> Result<Vec<InstanceStatus>, CloudError> {
        let mut found = Vec::new();
        for asked in chunks(instances, STATUS_IDS) {
            found.extend(self.status_of_known(asked).await?);
        }
        Ok(found)
    }
}

impl ReadInstances for Cloud {
    async fn members(&self, groups: &BTreeSet<GroupName>) -> Result<Vec<Instance>, CloudError> {
        let mut found = Vec::new();
        for names in chunks(groups, FILTER_VALUES) {
            let of_groups = filter("tag:aws:autoscaling:groupName", names);
            // Terminated members stay listed for an hour, and are no members any more.
            let living = ["pending", "running", "stopping", "stopped"];
            let filters = vec![of_groups, filter("instance-state-name", living)];
            found.extend(self.describe_instances(filters).await?);
        }
        Ok(found)
    }

    async fn instances(
        &self,
        instances: &BTreeSet<InstanceId>,
    ) -> Result<Vec<Instance>, CloudError> {
        let mut found = Vec::new();
        for ids in chunks(instances, FILTER_VALUES) {
            found.extend(self.describe_instances(vec![filter("instance-id", ids)]).await?);
        }
        Ok(found)
    }

    async fn marked(&self) -> Result<Vec<Instance>, CloudError> {
        let states = ["pending", "running", "shutting-down", "stopping", "stopped"];
        let marked = filter("tag-key", [INCIDENT_MARK]);
        self.describe_instances(vec![marked, filter("instance-state-name", states)]).await
    }

    async fn stop_protected(&self, instance: &InstanceId) -> Result<bool, CloudError> {
        let call = self.ec2().describe_instance_attribute().instance_id(instance.as_str());
        let answer = call.attribute(InstanceAttributeName::DisableApiStop).send().await;
        let answer = answer
            .map_err(|error| classify("DescribeInstanceAttribute", instance.as_str(), &error))?;
        let protected = answer.disable_api_stop().and_then(AttributeBooleanValue::value);
        Ok(protected.unwrap_or_default())
    }

    async fn capacity(&self, key: &IncidentKey) -> Result<CapacityState, CloudError> {
        self.reserved_capacity(key).await
    }

    async fn instance_store(
        &self,
        types: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, bool>, CloudError> {
        let unknown: BTreeSet<String> = {
            let known = self.instance_store.borrow();
            types.iter().filter(|name| !known.contains_key(*name)).cloned().collect()
        };
        for names in chunks(&unknown, FILTER_VALUES) {
            let learnt = self.describe_instance_types(names).await?;
            self.instance_store.borrow_mut().extend(learnt);
        }
        let known = self.instance_store.borrow();
        let answers = types.iter().filter_map(|name| Some((name.clone(), *known.get(name)?)));
        Ok(answers.collect())
    }
}

impl ReadLaunch for Cloud {
    async fn template(&self, source: &LaunchSource) -> Result<TemplateState, CloudError> {
        let LaunchSource::Template { id, version } = source else {
            return Ok(TemplateState::NotATemplate);
        };
        let call = self.ec2().describe_launch_template_versions();
        let answer = call.launch_template_id(id).versions(version).send().await;
        let answer = answer.map_err(|error| {
            classify("DescribeLaunchTemplateVersions", format!("{id}:{version}"), &error)
        });
        match answer {
            Ok(answer) => Ok(template_state(answer.launch_template_versions())),
            Err(error) if error.class == CloudErrorClass::Missing => {
                Ok(TemplateState::Missing { message: error.message })
            }
            Err(error) => Err(error),
        }
    }

    async fn images(
        &self,
        images: &BTreeSet<ImageId>,
        now: Timestamp,
    ) -> Result<BTreeMap<ImageId, ImageState>, CloudError> {
        // What no answer mentions is deregistered, or was never shared with this account.
        let gone = |id: &ImageId| (id.clone(), ImageState::Gone(id.clone()));
        let mut states: BTreeMap<_, _> = images.iter().map(gone).collect();
        for ids in chunks(images, FILTER_VALUES) {
            let call = self.ec2().describe_images().filters(filter("image-id", ids));
            let call = call.include_deprecated(true).include_disabled(true);
            let answer = call.send().await;
            let answer = answer.map_err(|error| classify("DescribeImages", "image-id", &error))?;
            states.extend(answer.images().iter().filter_map(|image| image_state(image, now)));
        }
        Ok(states)
    }
}

impl Cloud {
    /// Sets a tag; one that is there already gets the value.
    pub(super) async fn create_tag(
        &self,
        instance: &InstanceId,
        key: &str,
        value: &str,
    ) -> Result<(), CloudError> {
        let call = self.ec2().create_tags().resources(instance.as_str());
        let done = call.tags(Tag::builder().key(key).value(value).build()).send().await;
        done.map(drop).map_err(|error| classify("CreateTags", instance.as_str(), &error))
    }

    /// Deletes a tag whatever its value. EC2 takes a tag that is not there for deleted.
    pub(super) async fn delete_tag(
        &self,
        instance: &InstanceId,
        key: &str,
    ) -> Result<(), CloudError> {
        let call = self.ec2().delete_tags().resources(instance.as_str());
        let done = call.tags(Tag::builder().key(key).build()).send().await;
        done.map(drop).map_err(|error| classify("DeleteTags", instance.as_str(), &error))
    }

    /// Running instances for which one of these words is said.
    async fn statuses_with<const N: usize>(
        &self,
        name: &'static str,
        words: [&str; N],
    ) -> Result<Vec<InstanceStatus>, CloudError> {
        const CALL: &str = "DescribeInstanceStatus";
        let mut found = Vec::new();
        let mut token = None;
        for _ in 0..PAGES {
            let call = self.ec2().describe_instance_status().max_results(PAGE);
            let call = call.filters(filter(name, words)).set_next_token(token);
            let page = call.send().await.map_err(|error| classify(CALL, name, &error))?;
            found.extend(page.instance_statuses().iter().filter_map(status));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(found);
            }
        }
        Err(without_end(CALL, name))
    }

    /// Up to 100 instances by id, any state. An id that EC2 does not know fails the call and is
    /// named in its words.
    async fn status_of_known(
        &self,
        mut ids: BTreeSet<String>,
    ) -> Result<Vec<InstanceStatus>, CloudError> {
        const CALL: &str = "DescribeInstanceStatus";
        for _ in 0..WITHOUT_MISSING {
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let call = self.ec2().describe_instance_status().include_all_instances(true);
            let answer = call.set_instance_ids(Some(ids.iter().cloned().collect())).send().await;
            let error = match answer {
                Ok(answer) => {
                    return Ok(answer.instance_statuses().iter().filter_map(status).collect());
                }
                Err(error) => error,
            };
            let missing: Vec<&str> = ids_in(error.message().unwrap_or_default()).collect();
            let asked = ids.len();
            ids.retain(|id| !missing.contains(&id.as_str()));
            if ids.len() == asked {
                return Err(classify(CALL, format!("{asked} instances"), &error));
            }
        }
        let words = format!("ids went missing in {WITHOUT_MISSING} tries");
        Err(failed(CALL, format!("{} instances", ids.len()), CloudErrorClass::Unavailable, &words))
    }

    async fn describe_instances(&self, filters: Vec<Filter>) -> Result<Vec<Instance>, CloudError> {
        const CALL: &str = "DescribeInstances";
        let object = filters.first().and_then(Filter::name).unwrap_or_default();
        let mut found = Vec::new();
        let mut token = None;
        for _ in 0..PAGES {
            let call = self.ec2().describe_instances().set_filters(Some(filters.clone()));
            let call = call.max_results(PAGE).set_next_token(token);
            let page = call.send().await.map_err(|error| classify(CALL, object, &error))?;
            let instances = page.reservations().iter().flat_map(Reservation::instances);
            found.extend(instances.filter_map(instance));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(found);
            }
        }
        Err(without_end(CALL, object))
    }

    async fn describe_instance_types(
        &self,
        names: BTreeSet<String>,
    ) -> Result<BTreeMap<String, bool>, CloudError> {
        const CALL: &str = "DescribeInstanceTypes";
        let mut found = BTreeMap::new();
        let mut token = None;
        for _ in 0..PAGES {
            let call = self.ec2().describe_instance_types().max_results(TYPES_PAGE);
            let call = call.filters(filter("instance-type", names.iter().cloned()));
            let page = call.set_next_token(token).send().await;
            let page = page.map_err(|error| classify(CALL, "instance-type", &error))?;
            found.extend(page.instance_types().iter().filter_map(|described| {
                let name = described.instance_type().map(InstanceType::as_str)?;
                Some((name.to_owned(), described.instance_storage_supported()?))
            }));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(found);
            }
        }
        Err(without_end(CALL, "instance-type"))
    }
}

/// A filter: what has any of these values.
pub(super) fn filter(name: &str, values: impl IntoIterator<Item = impl Into<String>>) -> Filter {
    let values = values.into_iter().map(Into::into).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

/// A set in parts of at most `most`, as AWS writes its members.
fn chunks<T: ToString>(set: &BTreeSet<T>, most: usize) -> impl Iterator<Item = BTreeSet<String>> {
    let mut rest = set.iter().map(ToString::to_string).peekable();
    std::iter::from_fn(move || {
        rest.peek()?;
        Some(rest.by_ref().take(most).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_asked_in_parts_and_an_empty_one_not_at_all() {
        let set: BTreeSet<u32> = (100..301).collect();
        let sizes: Vec<usize> = chunks(&set, 100).map(|part| part.len()).collect();
        assert_eq!(sizes, [100, 100, 1]);
        assert_eq!(chunks(&BTreeSet::<u32>::new(), 100).count(), 0);
    }
}
