"""Auto Scaling replaces members: who goes first, who is launched, what is told."""

import json

from .fixture import FleetTest

FAST = {"launch_seconds": 60, "terminate_seconds": 30, "drain_seconds": 0}
LAUNCH_FIRST = {"min": 100, "max": 150}


class TerminateTest(FleetTest):
    def terminate(self, instance_id, decrement=False):
        return self.asg.terminate_instance_in_auto_scaling_group(
            InstanceId=instance_id, ShouldDecrementDesiredCapacity=decrement
        )

    def test_a_terminated_member_is_replaced_in_its_zone(self):
        ids = self.group(behaviour=FAST, instance_tags={"app": "shop"})
        activity = self.terminate(ids["web-b1"])["Activity"]
        self.assertEqual(activity["StatusCode"], "InProgress")
        self.assertIn(ids["web-b1"], activity["Description"])
        self.later(60)
        (new,) = set(self.members()) - set(ids.values())
        member = next(m for m in self.describe()["Instances"] if m["InstanceId"] == new)
        self.assertEqual(member["AvailabilityZone"], "us-west-2b")
        self.assertEqual(member["LifecycleState"], "InService")
        self.assertEqual(member["LaunchTemplate"]["Version"], "1")
        self.assertEqual(self.tags(new)["Name"], "web-4")
        self.assertEqual(self.tags(new)["app"], "shop")

    def tags(self, instance_id):
        answer = self.ec2.describe_instances(InstanceIds=[instance_id])
        (instance,) = answer["Reservations"][0]["Instances"]
        return {tag["Key"]: tag["Value"] for tag in instance["Tags"]}

    def test_with_decrement_nobody_follows_and_the_minimum_is_kept(self):
        ids = self.group(behaviour=FAST)
        self.terminate(ids["web-a1"], decrement=True)
        self.later(60)
        self.assertEqual(len(self.members()), 2)
        with self.refused("ValidationError"):
            self.terminate(ids["web-b1"], decrement=True)

    def test_protection_and_a_suspended_terminate_do_not_prevent_it(self):
        ids = self.group(behaviour=FAST, protected=True, suspended=["Terminate"])
        self.terminate(ids["web-a1"])
        self.assertEqual(self.members()[ids["web-a1"]], "Terminating")

    def test_asking_twice_answers_with_the_same_activity(self):
        ids = self.group(behaviour=FAST)
        first, second = (self.terminate(ids["web-a1"])["Activity"] for _ in range(2))
        self.assertEqual(first["ActivityId"], second["ActivityId"])
        self.assertEqual(len(self.members()), 4)

    def test_an_unknown_id_is_an_error_in_aws_words(self):
        with self.refused("ValidationError") as refusal:
            self.terminate("i-00000000000000000")
        self.assertEqual(
            refusal.message,
            "Instance Id not found - No managed instance found for instance ID "
            "i-00000000000000000",
        )

    def test_several_ids_go_in_one_call_or_none_does(self):
        ids = self.group(behaviour=FAST)
        wanted = [ids["web-a1"], ids["web-b1"]]
        with self.refused("ValidationError"):
            self.asg.terminate_instance_in_auto_scaling_group(
                AutoScalingGroupName="web",
                InstanceIds=[*wanted, "i-00000000000000000"],
                ShouldDecrementDesiredCapacity=False,
            )
        self.assertEqual(len(self.members()), 3)
        answer = self.asg.terminate_instance_in_auto_scaling_group(
            AutoScalingGroupName="web", InstanceIds=wanted, ShouldDecrementDesiredCapacity=False
        )
        self.assertEqual(len(answer["Activities"]), 2)

    def test_activities_are_told_newest_first_and_in_pages(self):
        ids = self.group(behaviour=FAST)
        for name in ("web-a1", "web-b1"):
            self.terminate(ids[name])
            self.later(120)
        pages = self.asg.get_paginator("describe_scaling_activities")
        pages = pages.paginate(AutoScalingGroupName="web", PaginationConfig={"PageSize": 3})
        activities = [a for page in pages for a in page["Activities"]]
        self.assertEqual([a["StatusCode"] for a in activities], ["Successful"] * 4)
        self.assertIn("Launching", activities[0]["Description"])
        self.assertIn(ids["web-a1"], activities[3]["Description"])
        self.assertEqual(json.loads(activities[3]["Details"])["Availability Zone"], "us-west-2a")

    def test_both_outcomes_and_all_states_reach_the_bus(self):
        ids = self.group(behaviour=FAST)
        self.terminate(ids["web-a1"])
        self.later(120)
        told = self.detail_types()
        self.assertEqual(told.count("EC2 Instance State-change Notification"), 4)
        self.assertEqual(told.count("EC2 Instance Launch Successful"), 1)
        self.assertEqual(told.count("EC2 Instance Terminate Successful"), 1)
        letter = next(t for t in self.server.letters if "Terminate" in t.entry["DetailType"])
        detail = json.loads(letter.entry["Detail"])
        self.assertEqual(detail["EC2InstanceId"], ids["web-a1"])
        self.assertEqual(letter.entry["Time"], self.at(30).timestamp())


class UnhealthyTest(FleetTest):
    def mark(self, instance_id, status="Unhealthy"):
        self.asg.set_instance_health(
            InstanceId=instance_id, HealthStatus=status, ShouldRespectGracePeriod=False
        )

    def test_without_a_policy_the_old_one_goes_first(self):
        ids = self.group(behaviour=FAST)
        self.mark(ids["web-a1"])
        states = self.members()
        self.assertEqual(states[ids["web-a1"]], "Terminating")
        self.assertIn("Pending", states.values())

    def test_with_launch_first_the_old_one_serves_until_the_new_one_does(self):
        ids = self.group(behaviour=FAST, maintenance_policy=LAUNCH_FIRST)
        self.mark(ids["web-a1"])
        self.assertEqual(self.members()[ids["web-a1"]], "InService")
        self.later(60)
        self.assertEqual(self.members()[ids["web-a1"]], "Terminating")
        self.later(60)
        self.assertEqual(list(self.members().values()), ["InService"] * 3)
        self.assertEqual(self.do("truth")["groups"]["web"]["largest_out_at_once"], 0)

    def test_launch_first_replaces_only_as_many_at_once_as_the_policy_allows(self):
        ids = self.group(desired=4, min=4, max=4, behaviour=FAST, maintenance_policy=LAUNCH_FIRST)
        for instance_id in ids.values():
            self.mark(instance_id)
        self.assertEqual(list(self.members().values()).count("Pending"), 2)
        self.later(60)
        self.assertEqual(list(self.members().values()).count("Pending"), 2)
        self.later(120)
        self.assertFalse(set(self.members()) & set(ids.values()))
        self.assertEqual(list(self.members().values()), ["InService"] * 4)

    def test_launch_first_keeps_the_zones_balanced(self):
        ids = self.group(desired=6, min=6, max=6, behaviour=FAST, maintenance_policy=LAUNCH_FIRST)
        self.mark(ids["web-c1"])
        self.later(200)
        zones = sorted(m["AvailabilityZone"][-1] for m in self.describe()["Instances"])
        self.assertEqual(zones, list("aabbcc"))

    def test_healthy_again_takes_the_replacement_back(self):
        ids = self.group(behaviour=FAST, maintenance_policy=LAUNCH_FIRST)
        self.mark(ids["web-a1"])
        self.later(10)
        self.mark(ids["web-a1"], "Healthy")
        self.later(300)
        self.assertEqual(set(self.members()), set(ids.values()))

    def test_the_grace_period_is_respected_unless_told_otherwise(self):
        ids = self.group(behaviour=FAST, grace_seconds=600)
        self.mark(ids["web-a1"])
        self.later(120)
        (new,) = set(self.members()) - set(ids.values())
        self.asg.set_instance_health(InstanceId=new, HealthStatus="Unhealthy")
        self.assertEqual(self.members()[new], "InService")
        self.mark(new)
        self.assertEqual(self.members()[new], "Terminating")

    def test_a_member_stopped_by_hand_is_replaced(self):
        ids = self.group(behaviour=FAST)
        self.do("stop_by_hand", instance="web-a1")
        self.later(200)
        self.assertNotIn(ids["web-a1"], self.members())
        self.assertEqual(len(self.members()), 3)

    def test_nothing_is_replaced_while_that_is_suspended_and_all_is_made_up_for(self):
        ids = self.group(behaviour=FAST, suspended=["ReplaceUnhealthy"])
        self.mark(ids["web-a1"])
        self.later(600)
        self.assertEqual(set(self.members()), set(ids.values()))
        self.asg.resume_processes(AutoScalingGroupName="web", ScalingProcesses=[])
        self.later(600)
        self.assertNotIn(ids["web-a1"], self.members())

    def test_an_impaired_member_is_replaced_after_some_minutes(self):
        ids = self.group(behaviour=FAST)
        self.do("impair", instance="web-a1")
        self.later(299)
        self.assertIn(ids["web-a1"], self.members())
        self.later(121)
        self.assertNotIn(ids["web-a1"], self.members())


class LaunchTest(FleetTest):
    def activities(self):
        answer = self.asg.describe_scaling_activities(AutoScalingGroupName="web")
        return answer["Activities"]

    def test_a_suspended_launch_leaves_the_place_empty(self):
        self.group(behaviour=FAST, suspended=["Launch"])
        self.do("terminate_by_hand", instance="web-a1")
        self.later(600)
        self.assertEqual(len(self.members()), 2)
        reasons = self.describe()["SuspendedProcesses"]
        self.assertEqual(reasons[0]["SuspensionReason"], "User suspended at 2026-12-01T08:00:00Z")

    def test_a_failed_launch_is_told_and_tried_again(self):
        self.group(behaviour=FAST)
        self.do("fail_launches", group="web", count=2, message="No capacity.")
        self.do("terminate_by_hand", instance="web-a1")
        self.assertEqual(self.activities()[0]["StatusCode"], "Failed")
        self.assertEqual(self.activities()[0]["StatusMessage"], "No capacity.")
        self.later(60 + 120 + 60)
        self.assertEqual(len(self.members()), 3)
        self.assertEqual(self.detail_types().count("EC2 Instance Launch Unsuccessful"), 2)

    def test_a_deregistered_image_fails_the_launch(self):
        self.group(behaviour=FAST)
        image_id = self.do("image", image="web-2026-11", state="deregistered")["image_id"]
        self.do("terminate_by_hand", instance="web-a1")
        self.assertIn(image_id, self.activities()[0]["StatusMessage"])
        with self.refused("InvalidAMIID.NotFound"):
            self.ec2.describe_images(ImageIds=[image_id])

    def test_a_deprecated_image_is_shown_with_its_time(self):
        image_id = self.do("image", image="old", state="deprecated")["image_id"]
        (image,) = self.ec2.describe_images(ImageIds=[image_id])["Images"]
        self.assertEqual(image["DeprecationTime"], "2026-12-01T07:59:59.000Z")

    def test_template_versions_resolve_or_are_not_found(self):
        self.group()
        name = self.describe()["LaunchTemplate"]["LaunchTemplateName"]
        for version in ("$Default", "$Latest", "1"):
            answer = self.ec2.describe_launch_template_versions(
                LaunchTemplateName=name, Versions=[version]
            )
            self.assertEqual(answer["LaunchTemplateVersions"][0]["VersionNumber"], 1)
        for version in ("7", "0", "latest"):
            with self.refused("InvalidLaunchTemplateId.VersionNotFound"):
                self.ec2.describe_launch_template_versions(
                    LaunchTemplateName=name, Versions=[version]
                )

    def test_an_impaired_zone_gets_no_launches(self):
        self.group(behaviour=FAST)
        self.do("impair", zone="a")
        self.do("terminate_by_hand", instance="web-a1")
        self.later(60)
        zones = [m["AvailabilityZone"] for m in self.describe()["Instances"]]
        self.assertEqual((len(zones), zones.count("us-west-2a")), (3, 0))

    def test_the_next_launch_may_land_on_a_bad_host(self):
        ids = self.group(behaviour=FAST)
        self.do(
            "bad_host",
            group="web",
            count=1,
            code="instance-stop",
            not_before="+5d",
            after_seconds=30,
        )
        self.do("terminate_by_hand", instance="web-a1")
        self.later(89)
        self.assertEqual(self.do("truth")["events"], [])
        self.later(1)
        (event,) = self.do("truth")["events"]
        self.assertNotIn(event["instance"], ids.values())

    def test_targets_follow_the_members(self):
        behaviour = FAST | {"drain_seconds": 60, "targets_seconds": 20}
        ids = self.group(target_group="web", behaviour=behaviour)
        (arn,) = self.describe()["TargetGroupARNs"]
        self.asg.terminate_instance_in_auto_scaling_group(
            InstanceId=ids["web-a1"], ShouldDecrementDesiredCapacity=False
        )
        self.assertEqual(self.health(arn)[ids["web-a1"]], "draining")
        self.later(60)
        self.assertNotIn(ids["web-a1"], self.health(arn))
        self.assertEqual(sorted(self.health(arn).values()), ["healthy", "healthy", "initial"])
        self.later(20)
        self.assertEqual(list(self.health(arn).values()), ["healthy"] * 3)

    def health(self, arn):
        answer = self.elb.describe_target_health(TargetGroupArn=arn)
        return {
            target["Target"]["Id"]: target["TargetHealth"]["State"]
            for target in answer["TargetHealthDescriptions"]
        }

    def test_target_registration_by_hand(self):
        lone = self.do("create_instance", name="lone", target_group="lone")["id"]
        (found,) = self.elb.describe_target_groups(Names=["lone"])["TargetGroups"]
        arn = found["TargetGroupArn"]
        self.assertEqual(self.health(arn), {lone: "healthy"})
        self.elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": lone}])
        self.assertEqual(self.health(arn), {lone: "draining"})
        self.later(30)
        self.assertEqual(self.health(arn), {})
        self.elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": lone}])
        self.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": lone, "Port": 9000}])
        self.assertEqual(self.health(arn), {lone: "initial"})
