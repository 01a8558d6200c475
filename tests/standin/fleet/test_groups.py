"""Groups as the API shows and changes them; standby, protection, deletion, capacity."""

from .fixture import FAST, FleetTest


class DescribeTest(FleetTest):
    def test_members_are_spread_over_zones_and_named_by_them(self):
        ids = self.group(desired=7, min=7, max=9)
        self.assertEqual(
            list(ids),
            ["web-a1", "web-a2", "web-a3", "web-b1", "web-b2", "web-c1", "web-c2"],
        )

    def test_groups_are_found_by_tag_and_tag_key_and_name(self):
        self.group("web", tags={"reberth:mode": "enforce"})
        self.group("jobs", tags={"reberth:mode": "observe"})
        self.group("other")
        found = {
            "tag-key": (["reberth:mode"], ["web", "jobs"]),
            "tag:reberth:mode": (["observe"], ["jobs"]),
        }
        for name, (values, expected) in found.items():
            answer = self.asg.describe_auto_scaling_groups(
                Filters=[{"Name": name, "Values": values}]
            )
            names = [g["AutoScalingGroupName"] for g in answer["AutoScalingGroups"]]
            self.assertEqual(names, expected)

    def test_pages_of_groups(self):
        for n in range(5):
            self.group(f"g{n}")
        pages = self.asg.get_paginator("describe_auto_scaling_groups")
        pages = list(pages.paginate(PaginationConfig={"PageSize": 2}))
        self.assertEqual([len(page["AutoScalingGroups"]) for page in pages], [2, 2, 1])
        with self.refused("ValidationError"):
            self.asg.describe_auto_scaling_groups(MaxRecords=101)
        with self.refused("InvalidNextToken"):
            self.asg.describe_auto_scaling_groups(NextToken="made up")

    def test_policy_tags_and_protection_are_shown(self):
        self.group(
            maintenance_policy={"min": 100, "max": 150}, tags={"a": "b"}, protected=True
        )
        group = self.describe()
        self.assertEqual(
            group["InstanceMaintenancePolicy"],
            {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 150},
        )
        self.assertEqual([(t["Key"], t["Value"]) for t in group["Tags"]], [("a", "b")])
        self.assertTrue(all(m["ProtectedFromScaleIn"] for m in group["Instances"]))

    def test_weights_are_shown_and_capacity_counts_in_them(self):
        ids = self.group(desired=6, min=4, max=8, weight=2, behaviour=FAST)
        self.assertEqual(len(ids), 3)
        group = self.describe()
        self.assertEqual([m["WeightedCapacity"] for m in group["Instances"]], ["2"] * 3)
        self.assertIn("MixedInstancesPolicy", group)
        self.asg.terminate_instance_in_auto_scaling_group(
            InstanceId=ids["web-a1"], ShouldDecrementDesiredCapacity=True
        )
        self.assertEqual(self.describe()["DesiredCapacity"], 4)
        self.do("terminate_by_hand", instance="web-b1")
        self.later(120)
        self.assertEqual(list(self.members().values()), ["InService"] * 2)

    def test_a_warm_pool_is_shown(self):
        self.group()
        self.asg.put_warm_pool(AutoScalingGroupName="web", MinSize=2)
        self.assertEqual(self.describe()["WarmPoolConfiguration"]["MinSize"], 2)

    def test_members_alone_leave_unknown_ids_out(self):
        ids = self.group()
        answer = self.asg.describe_auto_scaling_instances(
            InstanceIds=[ids["web-a1"], "i-00000000000000000"]
        )
        (member,) = answer["AutoScalingInstances"]
        self.assertEqual(member["AutoScalingGroupName"], "web")
        with self.refused("ValidationError"):
            self.asg.describe_auto_scaling_instances(InstanceIds=[f"i-{n:017x}" for n in range(51)])

    def test_a_refresh_is_shown_in_the_status_it_was_given(self):
        self.group()
        self.do("refresh", group="web", status="InProgress")
        answer = self.asg.describe_instance_refreshes(AutoScalingGroupName="web")
        self.assertEqual(answer["InstanceRefreshes"][0]["Status"], "InProgress")
        self.do("refresh", group="web", status="Successful")
        answer = self.asg.describe_instance_refreshes(AutoScalingGroupName="web")
        self.assertEqual([r["Status"] for r in answer["InstanceRefreshes"]], ["Successful"])


class ChangeTest(FleetTest):
    def test_a_group_made_by_the_api_launches_by_the_clock(self):
        self.group("model")
        model = self.describe("model")
        self.asg.create_auto_scaling_group(
            AutoScalingGroupName="web",
            LaunchTemplate={"LaunchTemplateName": "model", "Version": "1"},
            MinSize=3,
            MaxSize=3,
            VPCZoneIdentifier=model["VPCZoneIdentifier"],
            InstanceMaintenancePolicy={"MinHealthyPercentage": 90, "MaxHealthyPercentage": 120},
        )
        self.assertEqual(list(self.members().values()), ["Pending"] * 3)
        self.later(60)
        self.assertEqual(list(self.members().values()), ["InService"] * 3)
        zones = {m["AvailabilityZone"] for m in self.describe()["Instances"]}
        self.assertEqual(len(zones), 3)
        self.assertEqual(self.describe()["InstanceMaintenancePolicy"]["MaxHealthyPercentage"], 120)

    def test_scale_in_spares_the_protected_and_scale_out_launches(self):
        ids = self.group(behaviour=FAST)
        self.asg.set_instance_protection(
            AutoScalingGroupName="web",
            InstanceIds=[ids["web-a1"], ids["web-b1"]],
            ProtectedFromScaleIn=True,
        )
        self.asg.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=2)
        self.assertEqual(self.members()[ids["web-c1"]], "Terminating")
        self.asg.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=4)
        self.later(60)
        self.assertEqual(list(self.members().values()), ["InService"] * 4)
        with self.refused("ValidationError"):
            self.asg.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=5)

    def test_protection_takes_fifty_ids_of_members_in_service(self):
        ids = self.group(behaviour=FAST)
        with self.refused("ValidationError"):
            self.asg.set_instance_protection(
                AutoScalingGroupName="web",
                InstanceIds=[f"i-{n:017x}" for n in range(51)],
                ProtectedFromScaleIn=True,
            )
        self.enter(ids["web-a1"])
        with self.refused("ValidationError") as refusal:
            self.asg.set_instance_protection(
                AutoScalingGroupName="web",
                InstanceIds=[ids["web-a1"]],
                ProtectedFromScaleIn=True,
            )
        self.assertEqual(refusal.message, f"The instance {ids['web-a1']} is not in InService.")

    def enter(self, instance_id, decrement=True):
        return self.asg.enter_standby(
            AutoScalingGroupName="web",
            InstanceIds=[instance_id],
            ShouldDecrementDesiredCapacity=decrement,
        )

    def exit(self, instance_id):
        return self.asg.exit_standby(AutoScalingGroupName="web", InstanceIds=[instance_id])

    def test_standby_with_decrement_and_back_changes_desired_by_one(self):
        ids = self.group(behaviour=FAST)
        self.enter(ids["web-a1"])
        self.assertEqual(self.members()[ids["web-a1"]], "EnteringStandby")
        self.later(10)
        self.assertEqual(self.members()[ids["web-a1"]], "Standby")
        self.assertEqual(self.describe()["DesiredCapacity"], 2)
        self.exit(ids["web-a1"])
        self.later(10)
        self.assertEqual(self.members()[ids["web-a1"]], "InService")
        self.assertEqual(self.describe()["DesiredCapacity"], 3)
        self.assertEqual(len(self.members()), 3)
        self.assertEqual(self.do("truth")["groups"]["web"]["largest_out_at_once"], 1)

    def test_standby_without_decrement_is_filled_up(self):
        ids = self.group(behaviour=FAST)
        self.enter(ids["web-a1"], decrement=False)
        self.later(60)
        self.assertEqual(sorted(self.members().values()), ["InService"] * 3 + ["Standby"])

    def test_standby_keeps_the_minimum_and_the_maximum(self):
        ids = self.group(behaviour=FAST, min=3, max=3)
        with self.refused("ValidationError") as refusal:
            self.enter(ids["web-a1"])
        self.assertIn("min-size=3, max-size=3, and desired-size=3", refusal.message)
        self.enter(ids["web-a1"], decrement=False)
        self.later(60)
        with self.refused("ValidationError"):
            self.exit(ids["web-a1"])

    def test_standby_is_not_health_checked_until_the_exit(self):
        ids = self.group(behaviour=FAST)
        self.enter(ids["web-a1"])
        self.later(10)
        self.ec2.stop_instances(InstanceIds=[ids["web-a1"]])
        self.later(600)
        self.assertEqual(self.members()[ids["web-a1"]], "Standby")
        self.ec2.start_instances(InstanceIds=[ids["web-a1"]])
        self.later(60)
        self.exit(ids["web-a1"])
        self.later(60)
        self.assertEqual(self.members()[ids["web-a1"]], "InService")

    def test_taken_out_of_standby_while_stopped_a_member_is_replaced(self):
        ids = self.group(behaviour=FAST)
        self.enter(ids["web-a1"])
        self.later(10)
        self.ec2.stop_instances(InstanceIds=[ids["web-a1"]])
        self.later(60)
        self.exit(ids["web-a1"])
        self.later(200)
        self.assertNotIn(ids["web-a1"], self.members())
        self.assertEqual(list(self.members().values()), ["InService"] * 3)

    def test_unbalanced_zones_are_evened_out_unless_that_is_suspended(self):
        for name, suspended in (("one", []), ("two", ["AZRebalance"])):
            self.group(
                name,
                desired=4,
                min=4,
                behaviour=FAST,
                suspended=suspended,
                zones=["a", "b"],
                spread={"a": 4, "b": 0},
            )
            self.asg.resume_processes(AutoScalingGroupName=name, ScalingProcesses=["Launch"])
        self.later(3600)
        zones = {n: [m["AvailabilityZone"][-1] for m in self.describe(n)["Instances"]]
                 for n in ("one", "two")}
        self.assertEqual({n: sorted(z) for n, z in zones.items()},
                         {"one": ["a", "a", "b", "b"], "two": ["a"] * 4})
        self.assertEqual(self.do("truth")["groups"]["one"]["largest_out_at_once"], 0)

    def test_a_group_with_members_is_deleted_only_by_force(self):
        self.group(behaviour=FAST)
        with self.refused("ResourceInUse"):
            self.asg.delete_auto_scaling_group(AutoScalingGroupName="web")
        self.asg.delete_auto_scaling_group(AutoScalingGroupName="web", ForceDelete=True)
        self.assertEqual(self.describe()["Status"], "Delete in progress")
        self.later(30)
        self.assertEqual(self.asg.describe_auto_scaling_groups()["AutoScalingGroups"], [])

    def test_its_owner_deletes_a_group_by_one_command(self):
        self.group(behaviour=FAST)
        self.do("delete_group", group="web")
        self.later(30)
        self.assertEqual(self.asg.describe_auto_scaling_groups()["AutoScalingGroups"], [])


class HookTest(FleetTest):
    def hook(self, transition="TERMINATING", **settings):
        self.asg.put_lifecycle_hook(
            AutoScalingGroupName="web",
            LifecycleHookName="drain",
            LifecycleTransition=f"autoscaling:EC2_INSTANCE_{transition}",
            **settings,
        )

    def complete(self, instance_id, result="CONTINUE"):
        self.asg.complete_lifecycle_action(
            AutoScalingGroupName="web",
            LifecycleHookName="drain",
            InstanceId=instance_id,
            LifecycleActionResult=result,
        )

    def test_a_leaving_member_waits_until_the_hook_is_answered(self):
        ids = self.group(behaviour=FAST)
        self.hook(HeartbeatTimeout=300, NotificationMetadata="why")
        self.do("terminate_by_hand", instance="web-a1")
        self.assertEqual(self.members()[ids["web-a1"]], "Terminating:Wait")
        letter = self.server.letters[-1].entry
        self.assertIn("EC2 Instance-terminate Lifecycle Action", self.detail_types())
        self.complete(ids["web-a1"])
        self.assertEqual(self.members()[ids["web-a1"]], "Terminating:Proceed")
        self.later(60)
        self.assertNotIn(ids["web-a1"], self.members())
        self.assertIsNotNone(letter)
        with self.refused("ValidationError") as refusal:
            self.complete(ids["web-a1"])
        self.assertIn("No active Lifecycle Action found with instance ID", refusal.message)

    def test_heartbeats_renew_the_timeout_and_then_the_default_holds(self):
        ids = self.group(behaviour=FAST)
        self.hook(HeartbeatTimeout=100)
        self.asg.terminate_instance_in_auto_scaling_group(
            InstanceId=ids["web-a1"], ShouldDecrementDesiredCapacity=False
        )
        self.later(90)
        self.asg.record_lifecycle_action_heartbeat(
            AutoScalingGroupName="web", LifecycleHookName="drain", InstanceId=ids["web-a1"]
        )
        self.later(99)
        self.assertEqual(self.members()[ids["web-a1"]], "Terminating:Wait")
        self.later(1)
        self.assertEqual(self.members()[ids["web-a1"]], "Terminating:Proceed")

    def test_an_abandoned_launch_is_terminated_and_tried_again(self):
        ids = self.group(behaviour=FAST)
        self.hook("LAUNCHING")
        self.do("terminate_by_hand", instance="web-a1")
        self.later(60)
        (new,) = [i for i, state in self.members().items() if state == "Pending:Wait"]
        self.complete(new, "ABANDON")
        self.later(60)
        (newer,) = [i for i, state in self.members().items() if state == "Pending:Wait"]
        self.assertNotIn(newer, [*ids.values(), new])
        self.complete(newer)
        self.assertEqual(self.members()[newer], "InService")

    def test_hooks_are_described_with_their_limits(self):
        self.group()
        self.hook(HeartbeatTimeout=60)
        (hook,) = self.asg.describe_lifecycle_hooks(AutoScalingGroupName="web")["LifecycleHooks"]
        self.assertEqual(hook["GlobalTimeout"], 6000)
        self.assertEqual(hook["DefaultResult"], "ABANDON")
