"""Target groups and load balancers: ports, addresses, draining, health, pages."""

from .fixture import FAST, FleetTest


class TargetsTest(FleetTest):
    def arn(self, name):
        return self.elb.describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"]

    def health(self, name, *targets):
        answer = self.elb.describe_target_health(TargetGroupArn=self.arn(name), Targets=targets)
        return {
            (t["Target"]["Id"], t["Target"]["Port"]): t["TargetHealth"]["State"]
            for t in answer["TargetHealthDescriptions"]
        }

    def test_an_instance_may_be_registered_on_several_ports(self):
        lone = self.instance(target_groups={"api": [8080, 9090]})
        both = {(lone, 8080): "healthy", (lone, 9090): "healthy"}
        self.assertEqual(self.health("api"), both)
        self.elb.deregister_targets(TargetGroupArn=self.arn("api"), Targets=[{"Id": lone}])
        self.assertEqual(self.health("api"), both | {(lone, 8080): "draining"})
        self.elb.deregister_targets(
            TargetGroupArn=self.arn("api"), Targets=[{"Id": lone, "Port": 9090}]
        )
        self.later(30)
        self.assertEqual(self.health("api"), {})
        self.assertEqual(self.health("api", {"Id": lone}), {(lone, 8080): "unused"})

    def test_a_target_group_of_addresses_holds_addresses(self):
        lone = self.instance(ip_target_groups=["api"])
        address = self.shown(lone)["PrivateIpAddress"]
        self.assertEqual(self.health("api"), {(address, 8080): "healthy"})
        (group,) = self.elb.describe_target_groups(Names=["api"])["TargetGroups"]
        self.assertEqual(group["TargetType"], "ip")
        with self.refused("InvalidTarget"):
            self.elb.register_targets(TargetGroupArn=self.arn("api"), Targets=[{"Id": lone}])

    def test_a_registered_target_survives_a_stop_and_is_checked_anew(self):
        lone = self.instance(target_group="api", behaviour=FAST | {"targets_seconds": 30})
        self.ec2.stop_instances(InstanceIds=[lone])
        self.assertEqual(self.health("api"), {(lone, 8080): "unused"})
        with self.refused("InvalidTarget"):
            self.elb.register_targets(TargetGroupArn=self.arn("api"), Targets=[{"Id": lone}])
        self.later(60)
        self.ec2.start_instances(InstanceIds=[lone])
        self.later(60)
        self.assertEqual(self.health("api"), {(lone, 8080): "unhealthy"})
        self.later(30)
        self.assertEqual(self.health("api"), {(lone, 8080): "healthy"})

    def test_target_groups_come_in_pages_by_name_and_by_arn(self):
        for n in range(5):
            self.instance(f"m{n}", target_group=f"tg{n}")
        pages = self.elb.get_paginator("describe_target_groups")
        pages = list(pages.paginate(PaginationConfig={"PageSize": 2}))
        self.assertEqual([len(page["TargetGroups"]) for page in pages], [2, 2, 1])
        with self.refused("TargetGroupNotFound"):
            self.arn("nothing")
        with self.refused("ValidationError"):
            self.elb.describe_target_groups(PageSize=401)

    def test_a_classic_load_balancer_names_its_instances(self):
        lone = self.instance(classic_load_balancers=["old"])
        self.group(classic_load_balancers=["older"], desired=1, min=1, max=1)
        answer = self.server.client("elb").describe_load_balancers()
        found = {
            b["LoadBalancerName"]: [i["InstanceId"] for i in b["Instances"]]
            for b in answer["LoadBalancerDescriptions"]
        }
        self.assertEqual(found["old"], [lone])
        self.assertEqual(self.describe()["LoadBalancerNames"], ["older"])

    def test_a_member_drains_before_it_is_in_standby_and_comes_back(self):
        ids = self.group(target_group="web", behaviour=FAST | {"drain_seconds": 120})
        member = ids["web-a1"]
        self.asg.enter_standby(
            AutoScalingGroupName="web", InstanceIds=[member], ShouldDecrementDesiredCapacity=True
        )
        self.later(119)
        self.assertEqual(self.members()[member], "EnteringStandby")
        self.assertEqual(self.health("web")[member, 8080], "draining")
        self.later(1)
        self.assertEqual(self.members()[member], "Standby")
        self.asg.exit_standby(AutoScalingGroupName="web", InstanceIds=[member])
        self.later(10)
        self.assertEqual(self.health("web")[member, 8080], "initial")
        self.later(30)
        self.assertEqual(self.health("web")[member, 8080], "healthy")
