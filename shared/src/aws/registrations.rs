//! Where instances are registered with load balancers. No call answers that by instance, so every
//! target group and every Classic Load Balancer of the account and region is asked: pages of both,
//! and one call for each target group.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use aws_sdk_elasticloadbalancing::types::LoadBalancerDescription;
use aws_sdk_elasticloadbalancingv2::types::{
    TargetGroup as Described, TargetHealth, TargetHealthDescription, TargetHealthReasonEnum,
    TargetHealthStateEnum, TargetTypeEnum,
};
use tokio::task::JoinSet;

use crate::aws::Cloud;
use crate::aws::error::{classify, failed};
use crate::aws::paging::{PAGES, without_end};
use crate::ids::{InstanceId, TargetGroup};
use crate::ledger::Registration;
use crate::ports::{CloudError, CloudErrorClass, ReadRegistrations};
use crate::world::Departure;

/// Target groups, or Classic Load Balancers, of one page: 1 to 400 (`API_DescribeTargetGroups` and
/// `API_DescribeLoadBalancers` of 2012-06-01, read 2026-11).
const PAGE: i32 = 400;
/// Target groups asked at the same time: an account may have thousands, and one answer takes tens
/// of milliseconds.
const AT_ONCE: usize = 8;

impl ReadRegistrations for Cloud {
    async fn registrations(
        &self,
        instances: &BTreeMap<InstanceId, BTreeSet<String>>,
    ) -> Result<BTreeMap<InstanceId, Departure>, CloudError> {
        let mut search = Search::of(instances);
        if !instances.is_empty() {
            // What one failed call leaves open may be where any of them is registered, so it fails
            // the question.
            self.search_target_groups(&mut search).await?;
            self.search_classic(&mut search).await?;
        }
        Ok(search.found)
    }
}

impl Cloud {
    async fn search_target_groups(&self, search: &mut Search) -> Result<(), CloudError> {
        let mut groups = self.target_groups_of_instances().await?.into_iter();
        let mut asked = JoinSet::new();
        loop {
            while asked.len() < AT_ONCE
                && let Some(group) = groups.next()
            {
                asked.spawn(self.target_health(group));
            }
            match asked.join_next().await {
                None => return Ok(()),
                Some(Ok(answer)) => {
                    let (group, health) = answer?;
                    search.target_group(&group, &health);
                }
                Some(Err(error)) => {
                    let words = error.to_string();
                    let class = CloudErrorClass::Unavailable;
                    return Err(failed("DescribeTargetHealth", "target groups", class, &words));
                }
            }
        }
    }

    /// The target groups that can know an instance.
    async fn target_groups_of_instances(&self) -> Result<Vec<TargetGroup>, CloudError> {
        const CALL: &str = "DescribeTargetGroups";
        const OBJECT: &str = "all target groups";
        let mut found = Vec::new();
        let mut marker = None;
        for _ in 0..PAGES {
            let call = self.elasticloadbalancing().describe_target_groups().page_size(PAGE);
            let page = call.set_marker(marker).send().await;
            let page = page.map_err(|error| classify(CALL, OBJECT, &error))?;
            found.extend(page.target_groups().iter().filter_map(of_instances));
            marker = page.next_marker.filter(|marker| !marker.is_empty());
            if marker.is_none() {
                return Ok(found);
            }
        }
        Err(without_end(CALL, OBJECT))
    }

    /// The targets of one group; none where it was deleted meanwhile.
    fn target_health(
        &self,
        group: TargetGroup,
    ) -> impl Future<Output = Result<(TargetGroup, Vec<TargetHealthDescription>), CloudError>>
    + Send
    + use<> {
        let call = self.elasticloadbalancing().describe_target_health();
        let call = call.target_group_arn(group.as_str());
        async move {
            let answer = call.send().await;
            let answer =
                answer.map_err(|error| classify("DescribeTargetHealth", group.as_str(), &error));
            match answer {
                Ok(answer) => Ok((group, answer.target_health_descriptions.unwrap_or_default())),
                Err(error) if error.class == CloudErrorClass::Missing => Ok((group, Vec::new())),
                Err(error) => Err(error),
            }
        }
    }

    async fn search_classic(&self, search: &mut Search) -> Result<(), CloudError> {
        const CALL: &str = "DescribeLoadBalancers";
        const OBJECT: &str = "all Classic Load Balancers";
        let mut marker = None;
        for _ in 0..PAGES {
            let call = self.elasticloadbalancing_classic().describe_load_balancers();
            let page = call.page_size(PAGE).set_marker(marker).send().await;
            let page = page.map_err(|error| classify(CALL, OBJECT, &error))?;
            for balancer in page.load_balancer_descriptions() {
                search.classic(balancer);
            }
            marker = page.next_marker.filter(|marker| !marker.is_empty());
            if marker.is_none() {
                return Ok(());
            }
        }
        Err(without_end(CALL, OBJECT))
    }
}

/// Targets of type `lambda` and `alb` are no instances. A type that is new may be one.
fn of_instances(answer: &Described) -> Option<TargetGroup> {
    let other = [TargetTypeEnum::Lambda, TargetTypeEnum::Alb];
    let other = answer.target_type().is_some_and(|found| other.contains(found));
    let arn = answer.target_group_arn().filter(|_| !other)?;
    TargetGroup::parse(arn).ok()
}

/// What was found so far of the instances that are asked for.
struct Search {
    found: BTreeMap<InstanceId, Departure>,
    /// Whose address it is. Networks may overlap, so one address may be several instances'; each of
    /// them is then taken for the target.
    addresses: Vec<(IpAddr, InstanceId)>,
}

impl Search {
    fn of(instances: &BTreeMap<InstanceId, BTreeSet<String>>) -> Self {
        let found = instances.keys().map(|id| (id.clone(), Departure::default())).collect();
        let addresses = instances.iter().flat_map(|(id, addresses)| {
            let parsed = addresses.iter().filter_map(|address| address.parse().ok());
            parsed.map(|address| (address, id.clone()))
        });
        Self { found, addresses: addresses.collect() }
    }

    fn target_group(&mut self, group: &TargetGroup, answer: &[TargetHealthDescription]) {
        let targets = answer.iter().filter(|description| registered(description));
        for target in targets.filter_map(TargetHealthDescription::target) {
            let id = target.id().unwrap_or_default();
            let port = target.port().and_then(|port| u16::try_from(port).ok());
            let registration = Registration { target_group: group.clone(), port };
            if let Some(departure) = InstanceId::parse(id).ok().and_then(|id| self.asked(&id)) {
                departure.registrations.insert(registration);
            } else if let Ok(address) = id.parse::<IpAddr>() {
                self.address(group, address);
            }
        }
    }

    fn address(&mut self, group: &TargetGroup, address: IpAddr) {
        for (_, id) in self.addresses.iter().filter(|(known, _)| *known == address) {
            if let Some(departure) = self.found.get_mut(id) {
                departure.by_address.insert(group.clone());
            }
        }
    }

    fn classic(&mut self, balancer: &LoadBalancerDescription) {
        let name = balancer.load_balancer_name().unwrap_or("a Classic Load Balancer");
        let ids = balancer.instances().iter().filter_map(|instance| instance.instance_id());
        for id in ids.filter_map(|id| InstanceId::parse(id).ok()) {
            if let Some(departure) = self.asked(&id) {
                departure.classic.insert(name.to_owned());
            }
        }
    }

    fn asked(&mut self, id: &InstanceId) -> Option<&mut Departure> {
        self.found.get_mut(id)
    }
}

/// Not what somebody else is taking down: restoring that would undo their work.
fn registered(answer: &TargetHealthDescription) -> bool {
    let health = answer.target_health();
    let leaves = health.and_then(TargetHealth::state) == Some(&TargetHealthStateEnum::Draining);
    let left =
        health.and_then(TargetHealth::reason) == Some(&TargetHealthReasonEnum::NotRegistered);
    !leaves && !left
}

#[cfg(test)]
#[path = "registrations_tests.rs"]
mod tests;
