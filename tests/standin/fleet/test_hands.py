"""Operators and Auto Scaling itself at work beside the product; warm pools."""

from .fixture import FAST, FleetTest


class HandsTest(FleetTest):
    def test_standby_by_hand_and_back(self):
        ids = self.group(behaviour=FAST)
        self.do("enter_standby_by_hand", instance="web-a1")
        self.later(10)
        self.assertEqual(self.members()[ids["web-a1"]], "Standby")
        self.assertEqual(self.leftovers(), [("standby", "web-a1", "hand")])
        self.do("exit_standby_by_hand", instance="web-a1")
        self.later(10)
        self.assertEqual(self.members()[ids["web-a1"]], "InService")
        self.assertEqual(self.leftovers(), [])

    def test_what_is_in_no_state_for_it_is_refused(self):
        self.group(behaviour=FAST, max=3)
        with self.assertRaisesRegex(ValueError, "expected one Standby, it is InService"):
            self.do("exit_standby_by_hand", instance="web-a1")
        with self.assertRaisesRegex(ValueError, "set_desired.desired: expected 2 to 3, got 4"):
            self.do("set_desired", group="web", desired=4)

    def test_a_detached_member_runs_on_alone(self):
        ids = self.group(behaviour=FAST, target_group="web")
        event_id = self.schedule("web-a1")
        self.do("detach_by_hand", instance="web-a1")
        self.assertNotIn(ids["web-a1"], self.members())
        self.assertEqual(self.describe()["DesiredCapacity"], 2)
        tags = [tag["Key"] for tag in self.shown(ids["web-a1"])["Tags"]]
        self.assertNotIn("aws:autoscaling:groupName", tags)
        self.later(86400 + 60)
        self.assertEqual(self.state(ids["web-a1"]), "stopped")
        self.assertEqual(self.outcome(event_id), "forced")
        self.assertEqual(self.leftovers(), [("stopped", "web-a1", "aws")])

    def test_a_retained_member_runs_on_outside_of_the_capacity(self):
        ids = self.group(behaviour=FAST)
        self.do("retain", instance="web-a1")
        self.later(120)
        members = self.members()
        self.assertEqual(members.pop(ids["web-a1"]), "Terminating:Retained")
        self.assertEqual(list(members.values()), ["InService"] * 3)
        self.assertEqual(self.state(ids["web-a1"]), "running")

    def test_scaling_by_its_owners_is_nothing_left_over(self):
        self.group(behaviour=FAST)
        self.do("set_desired", group="web", desired=4)
        self.later(60)
        self.assertEqual(list(self.members().values()), ["InService"] * 4)
        self.do("set_desired", group="web", desired=5, max=5)
        self.do("set_desired", group="web", desired=4)
        self.assertEqual(self.leftovers(), [])
        self.asg.set_desired_capacity(AutoScalingGroupName="web", DesiredCapacity=3)
        self.assertEqual(self.leftovers(), [("desired", "web", None)])

    def test_a_rebalance_launches_before_it_terminates(self):
        ids = self.group(behaviour=FAST)
        event_id = self.schedule("web-a1")
        new = self.do("rebalance", instance="web-a1")["replacement"]
        self.assertNotEqual(self.shown(new)["Placement"]["AvailabilityZone"], "us-west-2a")
        self.later(60)
        self.assertEqual(self.members()[ids["web-a1"]], "Terminating")
        self.assertEqual(self.outcome(event_id), "gone")
        self.assertEqual(self.do("truth")["groups"]["web"]["largest_out_at_once"], 0)

    def test_a_rebalance_of_a_group_moves_one_of_its_fullest_zone(self):
        ids = self.group(desired=4, max=4, behaviour=FAST)
        moved = self.do("rebalance", group="web")["id"]
        self.assertIn(moved, (ids["web-a1"], ids["web-a2"]))

    def test_tags_of_instances_and_groups_change_by_hand(self):
        ids = self.group(tags={"reberth:mode": "observe", "a": "b"})
        self.do("tag_group", group="web", tags={"reberth:mode": "enforce"})
        tags = {tag["Key"]: tag["Value"] for tag in self.describe()["Tags"]}
        self.assertEqual(tags, {"reberth:mode": "enforce", "a": "b"})
        self.do("tag", instance="web-a1", tags={"colour": "red"})
        self.do("untag", instance="web-a1", keys=["colour"])
        self.assertNotIn("colour", [tag["Key"] for tag in self.shown(ids["web-a1"])["Tags"]])

    def test_suspended_processes_are_shown_and_resumed(self):
        self.group()
        self.do("suspend", group="web", processes=["Launch"])
        (shown,) = self.describe()["SuspendedProcesses"]
        self.assertEqual(shown["ProcessName"], "Launch")
        self.do("resume", group="web", processes=["Launch"])
        self.assertEqual(self.describe()["SuspendedProcesses"], [])


class WarmPoolTest(FleetTest):
    def pool(self):
        answer = self.asg.describe_warm_pool(AutoScalingGroupName="web")
        return {m["InstanceId"]: m["LifecycleState"] for m in answer["Instances"]}

    def test_the_pool_is_apart_from_the_group(self):
        ids = self.group(warm_pool=2, behaviour=FAST)
        self.assertEqual(list(self.pool().values()), ["Warmed:Stopped"] * 2)
        self.assertEqual(set(self.members()), set(ids.values()))
        self.assertEqual(self.describe()["WarmPoolConfiguration"]["MinSize"], 2)
        self.assertEqual([self.state(i) for i in self.pool()], ["stopped"] * 2)
        self.assertEqual(self.leftovers(), [])

    def test_a_replacement_comes_from_the_pool_which_is_filled_again(self):
        ids = self.group(warm_pool=1, behaviour=FAST | {"checks_seconds": 20})
        (warm,) = self.pool()
        event_id = self.schedule("web-a1")
        self.asg.terminate_instance_in_auto_scaling_group(
            InstanceId=ids["web-a1"], ShouldDecrementDesiredCapacity=False
        )
        self.assertEqual(self.members()[warm], "Pending")
        activities = self.asg.describe_scaling_activities(AutoScalingGroupName="web")
        said = [activity["Description"] for activity in activities["Activities"]]
        self.assertIn(f"Launching a new EC2 instance from warm pool: {warm}", said)
        self.later(60)
        self.assertEqual(self.members()[warm], "InService")
        self.assertEqual(self.outcome(event_id), "moved")
        self.later(20 + 40)
        (new,) = self.pool()
        self.assertEqual((self.pool()[new], self.state(new)), ("Warmed:Stopped", "stopped"))

    def test_the_pool_goes_with_its_group(self):
        self.group(warm_pool=1, behaviour=FAST)
        (warm,) = self.pool()
        self.do("delete_group", group="web")
        self.later(30)
        self.assertEqual(self.state(warm), "terminated")
