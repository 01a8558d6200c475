//! Auto Scaling's describe calls. All its calls share one small token bucket (Auto Scaling doc
//! "Request throttling", read 2026-11), so they are few and their pages full.

use std::collections::BTreeSet;

use aws_sdk_autoscaling::types::Filter;

use crate::aws::Cloud;
use crate::aws::autoscaling_convert::{activities, group, running_refresh};
use crate::aws::error::classify;
use crate::aws::paging::{PAGES, without_end};
use crate::ids::GroupName;
use crate::ports::{Activities, CloudError, ReadGroups};
use crate::world::Group;

/// Groups of one page, names of one question, activities of one page: 1 to 100
/// (`API_DescribeAutoScalingGroups`, `API_DescribeScalingActivities`, read 2026-11).
const PAGE: i32 = 100;
const NAMES: usize = 100;
/// The tag that opts a group in.
const OPT_IN: &str = "reberth:mode";

impl ReadGroups for Cloud {
    async fn opted_in(&self) -> Result<Vec<Group>, CloudError> {
        let tagged = Filter::builder().name("tag-key").values(OPT_IN).build();
        self.describe_groups(Some(vec![tagged]), None).await
    }

    async fn groups(&self, names: &BTreeSet<GroupName>) -> Result<Vec<Group>, CloudError> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut found = Vec::new();
        for asked in names.chunks(NAMES) {
            found.extend(self.describe_groups(None, Some(asked.to_vec())).await?);
        }
        Ok(found)
    }

    async fn activities(&self, group: &GroupName) -> Result<Activities, CloudError> {
        let call = self.autoscaling().describe_scaling_activities().max_records(PAGE);
        let answer = call.auto_scaling_group_name(group.as_str()).send().await;
        let answer = answer
            .map_err(|error| classify("DescribeScalingActivities", group.as_str(), &error))?;
        Ok(activities(answer.activities()))
    }

    async fn refresh(&self, group: &GroupName) -> Result<Option<String>, CloudError> {
        // Only one refresh of a group runs at a time, and the newest are listed first.
        let call = self.autoscaling().describe_instance_refreshes().max_records(PAGE);
        let answer = call.auto_scaling_group_name(group.as_str()).send().await;
        let answer = answer
            .map_err(|error| classify("DescribeInstanceRefreshes", group.as_str(), &error))?;
        Ok(running_refresh(answer.instance_refreshes()))
    }
}

impl Cloud {
    async fn describe_groups(
        &self,
        filters: Option<Vec<Filter>>,
        names: Option<Vec<String>>,
    ) -> Result<Vec<Group>, CloudError> {
        const CALL: &str = "DescribeAutoScalingGroups";
        let object = if filters.is_some() { OPT_IN } else { "groups by name" };
        let mut found = Vec::new();
        let mut token = None;
        for _ in 0..PAGES {
            let call = self.autoscaling().describe_auto_scaling_groups().max_records(PAGE);
            let call =
                call.set_filters(filters.clone()).set_auto_scaling_group_names(names.clone());
            let page = call.set_next_token(token).send().await;
            let page = page.map_err(|error| classify(CALL, object, &error))?;
            found.extend(page.auto_scaling_groups().iter().filter_map(group));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(found);
            }
        }
        Err(without_end(CALL, object))
    }
}
