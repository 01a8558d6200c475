"""The door: time, typed errors, the call log, faults, notices and the manners of control."""

import json
import urllib.request
from email.utils import parsedate_to_datetime

from .fixture import FleetTest


class AnswersTest(FleetTest):
    def test_every_answer_carries_the_time_of_the_world(self):
        self.later(90)
        for answer in (self.ec2.describe_instances(), self.asg.describe_auto_scaling_groups()):
            date = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
            self.assertEqual(parsedate_to_datetime(date), self.at(90))
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.server.url}/control", b'{"do":"clock"}')
        ) as answer:
            self.assertEqual(parsedate_to_datetime(answer.headers["Date"]), self.at(90))

    def test_an_action_that_is_not_known_is_a_typed_error(self):
        with self.refused("InvalidAction"):
            self.ec2.describe_fast_launch_images()
        with self.refused("InvalidAction"):
            self.asg.start_instance_refresh(AutoScalingGroupName="web")
        with self.refused("InvalidAction"):
            self.server.client("ssm").describe_available_patches()

    def test_a_group_that_does_not_exist_is_a_typed_error(self):
        with self.refused("ValidationError"):
            self.asg.describe_lifecycle_hooks(AutoScalingGroupName="nobody")

    def test_calls_are_logged_with_ids_status_and_error(self):
        ids = self.group()
        self.ec2.describe_instance_status(InstanceIds=[ids["web-a1"]])
        with self.refused("InvalidInstanceID.NotFound"):
            self.ec2.stop_instances(InstanceIds=["i-00000000000000000"])
        log = self.do("calls")
        first, second = log["entries"]
        self.assertEqual((first["ids"], first["error"]), ([ids["web-a1"]], None))
        self.assertEqual((second["status"], second["error"]), (400, "InvalidInstanceID.NotFound"))
        counts = {"ec2.DescribeInstanceStatus": 1, "ec2.StopInstances": 1}
        self.assertEqual(log["by_action"], counts)
        self.assertEqual(len(self.do("calls", since=1)["entries"]), 1)
        self.do("reset_calls")
        self.assertEqual(self.do("calls")["entries"], [])


class BusTest(FleetTest):
    def test_whoever_an_event_wakes_may_call_the_fleet_at_once(self):
        seen = []
        self.group()
        self.server.on_delivery = lambda: seen.append(self.members())
        self.do("terminate_by_hand", instance="web-a1")
        self.assertEqual(len(seen), 1)

    def test_events_are_delivered_in_order_and_dated_when_they_happened(self):
        self.group()
        self.do("terminate_by_hand", instance="web-a1")
        self.later(600)
        times = [letter.entry["Time"] for letter in self.server.letters]
        self.assertEqual(times, sorted(times))
        self.assertEqual(times[0], self.at(0).timestamp())


class FaultsTest(FleetTest):
    def test_throttling_looks_as_each_service_words_it(self):
        self.do("throttle", action="DescribeInstances", count=1)
        with self.refused("RequestLimitExceeded"):
            self.ec2.describe_instances()
        self.ec2.describe_instances()
        self.do("throttle", action="DescribeAutoScalingGroups", seconds=60)
        with self.refused("Throttling"):
            self.asg.describe_auto_scaling_groups()
        self.later(60)
        self.asg.describe_auto_scaling_groups()

    def test_a_refusal_has_the_code_that_each_service_gives_it(self):
        self.do("deny", action="DescribeInstances", count=1)
        with self.refused("UnauthorizedOperation"):
            self.ec2.describe_instances()
        self.do("deny", action="DescribeAutoScalingGroups", count=1)
        with self.refused("AccessDenied"):
            self.asg.describe_auto_scaling_groups()
        for code in ("ResourceContention", "ScalingActivityInProgress"):
            self.do("contend", action="DescribeAutoScalingGroups", code=code, count=1)
            with self.refused(code):
                self.asg.describe_auto_scaling_groups()
        self.asg.describe_auto_scaling_groups()

    def test_a_server_error_changes_nothing(self):
        ids = self.group()
        self.do("server_error", action="TerminateInstanceInAutoScalingGroup", count=1)
        with self.refused("InternalFailure"):
            self.asg.terminate_instance_in_auto_scaling_group(
                InstanceId=ids["web-a1"], ShouldDecrementDesiredCapacity=False
            )
        self.assertEqual(list(self.members().values()), ["InService"] * 3)

    def test_a_stale_read_shows_the_past_and_nothing_else_does(self):
        ids = self.group()
        self.do("stale", action="DescribeInstanceStatus", seconds_behind=30, for_seconds=300)
        self.do("schedule_event", instance="web-a1", code="instance-stop", not_before="+1d")
        self.do("tag", instance="web-b1", tags={"colour": "red"})
        self.later(29)
        self.assertEqual(self.events(), [])
        self.later(1)
        self.assertEqual(len(self.events()), 1)
        self.do("stale", action="DescribeAutoScalingGroups", seconds_behind=60, for_seconds=300)
        self.asg.terminate_instance_in_auto_scaling_group(
            InstanceId=ids["web-c1"], ShouldDecrementDesiredCapacity=False
        )
        self.assertEqual(list(self.members().values()), ["InService"] * 3)
        shown = self.asg.describe_auto_scaling_instances()["AutoScalingInstances"]
        self.assertEqual(len(shown), 4)

    def events(self):
        answer = self.ec2.describe_instance_status(
            Filters=[{"Name": "event.code", "Values": ["*"]}]
        )
        return answer["InstanceStatuses"]

    def test_events_get_lost_when_told_so(self):
        self.group()
        self.do("lose_events", source="aws.ec2", count=1)
        self.do("terminate_by_hand", instance="web-a1")
        self.assertEqual(self.do("bus")["lost"], 1)


class NoticeTest(FleetTest):
    def publish(self, **fields):
        plan = {
            "type_code": "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED",
            "status": "upcoming",
            "start": "2026-12-10T09:00:00Z",
        }
        return self.do("publish_notice", **(plan | fields))

    def details(self):
        return [json.loads(letter.entry["Detail"]) for letter in self.server.letters]

    def test_pages_share_the_arn_and_the_base_of_the_communication(self):
        ids = self.group(desired=5, min=5, max=5)
        answer = self.publish(instances=list(ids), page_size=2)
        self.assertEqual(answer["published"], 3)
        details = self.details()
        self.assertEqual({d["eventArn"] for d in details}, {answer["arn"]})
        self.assertEqual([d["communicationId"] for d in details], answer["communication_ids"])
        self.assertEqual([(d["page"], d["totalPages"]) for d in details[:1]], [("1", "3")])
        told = [e["entityValue"] for d in details for e in d["affectedEntities"]]
        self.assertEqual(told, list(ids.values()))
        self.assertEqual(details[0]["startTime"], "Thu, 10 Dec 2026 09:00:00 GMT")

    def test_an_update_keeps_the_arn_and_has_a_new_communication(self):
        first = self.publish(instances=["i-00000000000000001"])
        second = self.publish(
            instances=["i-00000000000000001"], arn=first["arn"], status="closed", end="+0s"
        )
        self.assertEqual(first["arn"], second["arn"])
        self.assertNotEqual(first["communication_ids"], second["communication_ids"])
        self.assertEqual(self.details()[1]["affectedEntities"][0]["status"], "RESOLVED")

    def test_copies_and_backups_are_delivered_where_aws_delivers_them(self):
        self.publish(instances=["i-1"], copies=2, backup_copy=True, region="eu-west-1")
        regions = [letter.region for letter in self.server.letters]
        self.assertEqual(regions, ["eu-west-1"] * 2 + ["us-west-2"] * 2)
        self.assertEqual([d["backupEvent"] for d in self.details()], ["false"] * 2 + ["true"] * 2)
        self.assertEqual({d["eventRegion"] for d in self.details()}, {"eu-west-1"})


class MannersTest(FleetTest):
    def refusal(self, command, **fields):
        with self.assertRaises(ValueError) as caught:
            self.do(command, **fields)
        return str(caught.exception)

    def test_a_refusal_names_the_field_and_what_was_expected(self):
        self.assertIn("do: expected one of advance, ", self.refusal("dance"))
        self.assertEqual(
            self.refusal("schedule_event", instance="nobody"),
            "schedule_event.instance: expected the id or Name of an instance, got 'nobody'",
        )
        self.assertIn("advance.to: expected RFC 3339", self.refusal("advance", to="noon"))
        self.assertIn("advance.to: expected a time from", self.refusal("advance", to="-1h"))
        self.assertIn("clock.colour", self.refusal("clock", colour="red"))
        self.group()
        self.assertEqual(
            self.refusal("behaviour", group="web", launch_seconds=-1),
            "behaviour.launch_seconds: expected whole seconds from 0, got -1",
        )

    def test_the_clock_tells_what_comes_next(self):
        self.assertEqual(self.do("clock"), {"now": "2026-12-01T08:00:00Z", "next_due": None})
        self.group()
        self.do("schedule_event", instance="web-a1", code="instance-stop", not_before="+1d")
        self.assertEqual(self.do("clock")["next_due"]["at"], "2026-12-02T08:00:00Z")


class ScaleTest(FleetTest):
    def test_a_thousand_instances_in_ten_groups_behave(self):
        for n in range(10):
            self.group(f"g{n}", desired=100, min=100, max=110)
        pages = self.ec2.get_paginator("describe_instances").paginate()
        self.assertEqual(sum(len(page["Reservations"]) for page in pages), 1000)
        for n in range(10):
            self.do("terminate_by_hand", instance=f"g{n}-a1")
        self.later(200)
        groups = self.asg.describe_auto_scaling_groups()["AutoScalingGroups"]
        states = [m["LifecycleState"] for group in groups for m in group["Instances"]]
        self.assertEqual(states, ["InService"] * 1000)
