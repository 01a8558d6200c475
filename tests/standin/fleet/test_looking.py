"""What only somebody who looks asks for: dry runs, event windows, lifecycle policies."""

from .fixture import FleetTest

_SUNDAY = {"StartWeekDay": "sunday", "StartHour": 1, "EndWeekDay": "sunday", "EndHour": 5}


class DryRunTest(FleetTest):
    def test_a_dry_run_is_told_from_a_denial_and_changes_nothing(self):
        instance = self.instance()
        with self.refused("DryRunOperation"):
            self.ec2.stop_instances(InstanceIds=[instance], DryRun=True)
        with self.refused("DryRunOperation"):
            self.ec2.create_tags(
                Resources=[instance], Tags=[{"Key": "a", "Value": "b"}], DryRun=True
            )
        self.do("deny", action="StopInstances", count=1)
        with self.refused("UnauthorizedOperation"):
            self.ec2.stop_instances(InstanceIds=[instance], DryRun=True)
        self.assertEqual(self.state(instance), "running")
        self.assertNotIn("a", {tag["Key"] for tag in self.shown(instance)["Tags"]})

    def test_the_log_tells_which_calls_were_dry(self):
        with self.refused("DryRunOperation"):
            self.ec2.stop_instances(InstanceIds=[self.instance()], DryRun=True)
        [call] = self.do("calls")["entries"]
        self.assertEqual((call["params"]["DryRun"], call["error"]), ("true", "DryRunOperation"))


class EventWindowTest(FleetTest):
    def test_a_window_is_described_with_what_it_is_associated_with(self):
        made = self.ec2.create_instance_event_window(Name="night", TimeRanges=[_SUNDAY])
        identity = made["InstanceEventWindow"]["InstanceEventWindowId"]
        tag = {"Key": "team", "Value": "web"}
        self.ec2.associate_instance_event_window(
            InstanceEventWindowId=identity, AssociationTarget={"InstanceTags": [tag]}
        )
        [window] = self.ec2.describe_instance_event_windows()["InstanceEventWindows"]
        self.assertEqual(window["TimeRanges"], [_SUNDAY])
        self.assertEqual(window["AssociationTarget"]["Tags"], [tag])

    def test_a_window_of_too_few_hours_is_refused(self):
        for end in (2, 4):
            with self.refused("InvalidParameterValue"):
                self.ec2.create_instance_event_window(TimeRanges=[_SUNDAY | {"EndHour": end}])


class LifecyclePolicyTest(FleetTest):
    def test_a_policy_that_retains_is_shown(self):
        self.group()
        self.assertNotIn("InstanceLifecyclePolicy", self.describe())
        policy = {"RetentionTriggers": {"TerminateHookAbandon": "retain"}}
        self.asg.update_auto_scaling_group(
            AutoScalingGroupName="web", InstanceLifecyclePolicy=policy
        )
        self.assertEqual(self.describe()["InstanceLifecyclePolicy"], policy)
