"""What somebody could do who had the reconciler's role in hand and none of its code.

The role is the one that the project's template gives under each choice of parameters.
"""

import itertools
import unittest
from collections.abc import Callable

import boto3
from botocore.exceptions import ClientError

from standin.serverless.clients import REGION
from standin.whole import StandIn

DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
MARK = {"Key": "reberth:incident", "Value": "instance-event-1"}
RESERVED = {"Key": "reberth:incident", "Value": "i-1/instance-event-1"}
#: Parameters under which nothing may be opened.
SAFE = ({"MaximumMode": "off"}, {"MaximumMode": "observe"}, {"KillSwitch": "on"})


class Thief:
    """Calls with a session of the role, on a fleet of its own among others."""

    _count = itertools.count(1)

    def __init__(self, standin: StandIn):
        self._session = standin.stack.credentials()["maintenance-reconciler"]
        self._url = standin.fleet.url
        self.do = standin.fleet.do
        self.ec2, self.asg = self._client("ec2"), self._client("autoscaling")
        self.elb, self.ssm = self._client("elbv2"), self._client("ssm")
        mode, number = {"reberth:mode": "enforce"}, next(self._count)
        self.group, self.strangers = f"opted-in-{number}", f"not-opted-in-{number}"
        name = f"mine-{number}"
        self.mine = self.do("create_instance", name=name, tags=mode, target_group="lb")["id"]
        self.other = self.do("create_instance", name=f"other-{number}")["id"]
        self.member = self._member_of(self.group, mode)
        self.stranger = self._member_of(self.strangers, {"reberth:mode": "observe"})
        lb = self.elb.describe_target_groups()["TargetGroups"]
        self.targets = {"TargetGroupArn": lb[0]["TargetGroupArn"], "Targets": [{"Id": self.mine}]}

    def mark(self, instance: str) -> None:
        """The owner of the account puts the mark on an instance."""
        self.do("tag", instance=instance, tags={MARK["Key"]: MARK["Value"]})

    def may(self, call: Callable, **arguments: object) -> bool:
        """Whether a call is let through; whatever else is wrong with it does not matter."""
        try:
            call(**arguments)
        except ClientError as refusal:
            return refusal.response["Error"]["Code"] not in DENIED
        return True

    def reserve(self, *tags: dict) -> bool:
        """Whether room may be reserved under these tags."""
        given = [{"ResourceType": "capacity-reservation", "Tags": list(tags)}] if tags else []
        return self.may(
            self.ec2.create_capacity_reservation,
            InstanceType="m7g.large",
            InstancePlatform="Linux/UNIX",
            AvailabilityZone=f"{REGION}a",
            InstanceCount=1,
            TagSpecifications=given,
        )

    def opening(self) -> dict[str, bool]:
        """What of all that opens may be done to those who opted in."""
        standby = {"AutoScalingGroupName": self.group, "ShouldDecrementDesiredCapacity": True}
        later = {"InstanceEventId": "instance-event-1", "NotBefore": "2026-12-09T00:00:00Z"}
        return {
            "mark": self.may(self.ec2.create_tags, Resources=[self.mine], Tags=[MARK]),
            "stop": self.may(self.ec2.stop_instances, InstanceIds=[self.mine], DryRun=True),
            "reboot": self.may(self.ec2.reboot_instances, InstanceIds=[self.mine], DryRun=True),
            "reschedule": self.may(
                self.ec2.modify_instance_event_start_time, InstanceId=self.mine, **later
            ),
            "reserve": self.reserve(RESERVED),
            "deregister": self.may(self.elb.deregister_targets, **self.targets),
            "standby": self.may(self.asg.enter_standby, InstanceIds=[self.member], **standby),
            "terminate": self.terminate(self.member),
        }

    def terminate(self, instance: str) -> bool:
        """Whether a member may be ended through its group."""
        call = self.asg.terminate_instance_in_auto_scaling_group
        return self.may(call, InstanceId=instance, ShouldDecrementDesiredCapacity=False)

    def closing(self) -> dict[str, bool]:
        """What of all that closes may be done to those who are out of service."""
        ready = {"Key": "reberth:is-ready", "Value": "true"}
        standby = {"AutoScalingGroupName": self.group, "InstanceIds": [self.member]}
        health = {"InstanceId": self.member, "HealthStatus": "Healthy"}
        return {
            "start": self.may(self.ec2.start_instances, InstanceIds=[self.mine], DryRun=True),
            "exit standby": self.may(self.asg.exit_standby, **standby),
            "healthy": self.may(self.asg.set_instance_health, **health),
            "register": self.may(self.elb.register_targets, **self.targets),
            "say ready": self.may(self.ec2.create_tags, Resources=[self.mine], Tags=[ready]),
            "unmark": self.may(
                self.ec2.delete_tags, Resources=[self.mine], Tags=[{"Key": MARK["Key"]}]
            ),
        }

    def _client(self, service: str):
        return boto3.client(
            service,
            endpoint_url=self._url,
            region_name=REGION,
            aws_access_key_id=self._session["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self._session["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=self._session["AWS_SESSION_TOKEN"],
        )

    def _member_of(self, name: str, tags: dict[str, str]) -> str:
        made = self.do("create_group", name=name, desired=3, min=2, max=4, tags=tags)
        return made["instances"][0]["id"]


def deployed(enter: Callable, **parameters: str) -> StandIn:
    """A stand-in with the template under these parameters; `enter` sees to its end."""
    standin = enter(StandIn())
    standin.deploy({"MaximumMode": "enforce"} | parameters)
    return standin


class StolenRoleTest(unittest.TestCase):
    """The tests share one stand-in under enforce; each has instances and groups of its own."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.standin = deployed(cls.enterClassContext)

    def only(self, denied: dict[str, bool], may: bool) -> None:
        self.assertEqual([what for what, done in denied.items() if done is not may], [])

    def test_under_enforce_those_who_opted_in_may_be_taken_out_and_brought_back(self) -> None:
        thief = Thief(self.standin)
        thief.mark(thief.mine)
        self.only(thief.opening(), True)
        self.only(thief.closing(), True)

    def test_what_may_not_be_opened_may_still_be_closed(self) -> None:
        for parameters in SAFE:
            with self.subTest(**parameters):
                thief = Thief(deployed(self.enterContext, **parameters))
                thief.mark(thief.mine)
                self.only(thief.opening(), False)
                self.only(thief.closing(), True)

    def test_an_owner_who_takes_the_opt_in_away_gets_back_what_is_out(self) -> None:
        thief = Thief(self.standin)
        thief.mark(thief.mine)
        thief.do("tag", instance=thief.mine, tags={"reberth:mode": "off"})
        self.assertFalse(thief.may(thief.ec2.stop_instances, InstanceIds=[thief.mine]))
        self.only(thief.closing(), True)

    def test_nobody_who_did_not_opt_in_is_taken_out(self) -> None:
        thief = Thief(self.standin)
        thief.mark(thief.other)
        standby = {"AutoScalingGroupName": thief.strangers, "ShouldDecrementDesiredCapacity": True}
        later = {"InstanceEventId": "instance-event-1", "NotBefore": "2026-12-09T00:00:00Z"}
        ec2, asg, other = thief.ec2, thief.asg, {"InstanceIds": [thief.other]}
        denied = {
            "stop": thief.may(ec2.stop_instances, **other),
            "reboot": thief.may(ec2.reboot_instances, **other),
            "reschedule": thief.may(
                ec2.modify_instance_event_start_time, InstanceId=thief.other, **later
            ),
            "standby": thief.may(asg.enter_standby, InstanceIds=[thief.stranger], **standby),
            "terminate": thief.terminate(thief.stranger),
        }
        self.only(denied, False)

    def test_nothing_is_stopped_or_started_without_the_mark(self) -> None:
        thief = Thief(self.standin)
        for instance in (thief.mine, thief.member):
            self.assertFalse(thief.may(thief.ec2.stop_instances, InstanceIds=[instance]))
            self.assertFalse(thief.may(thief.ec2.start_instances, InstanceIds=[instance]))

    def test_tags_that_choose_what_may_be_done_are_out_of_reach(self) -> None:
        thief, mode = Thief(self.standin), {"Key": "reberth:mode", "Value": "enforce"}
        resources = {"Resources": [thief.other]}
        for tags in ([mode], [mode, MARK], [MARK | {"Value": "x"}], [{"Key": "a", "Value": "b"}]):
            with self.subTest(tags=tags):
                self.assertFalse(thief.may(thief.ec2.create_tags, **resources, Tags=tags))
        keys = [{"Key": "reberth:mode"}], [{"Key": "Name"}, {"Key": MARK["Key"]}], []
        for tags in keys:
            with self.subTest(deleted=tags):
                self.assertFalse(thief.may(thief.ec2.delete_tags, **resources, Tags=tags))

    def test_only_documents_for_readiness_may_be_sent(self) -> None:
        thief = Thief(self.standin)
        for document, may in (("reberth-ready", True), ("AWS-RunShellScript", False), ("x", False)):
            with self.subTest(document=document):
                sent = {"DocumentName": document, "InstanceIds": [thief.mine]}
                self.assertEqual(thief.may(thief.ssm.send_command, **sent), may)

    def test_only_marked_room_may_be_reserved_and_released(self) -> None:
        thief = Thief(self.standin)
        self.assertFalse(thief.reserve())
        self.assertFalse(thief.reserve(MARK))
        self.assertFalse(thief.reserve(RESERVED, {"Key": "reberth:mode", "Value": "enforce"}))
        self.assertTrue(thief.reserve(RESERVED))

    def test_what_the_code_never_calls_is_denied(self) -> None:
        thief = Thief(self.standin)
        thief.mark(thief.mine)
        group = {"AutoScalingGroupName": thief.group}
        ec2, asg = thief.ec2, thief.asg
        denied = {
            "terminate": thief.may(ec2.terminate_instances, InstanceIds=[thief.mine]),
            "attribute": thief.may(
                ec2.modify_instance_attribute, InstanceId=thief.mine, EbsOptimized={"Value": True}
            ),
            "desired": thief.may(asg.set_desired_capacity, **group, DesiredCapacity=0),
            "update": thief.may(asg.update_auto_scaling_group, **group, MinSize=0),
            "delete": thief.may(asg.delete_auto_scaling_group, **group, ForceDelete=True),
            "detach": thief.may(asg.detach_instances, **group, ShouldDecrementDesiredCapacity=True),
        }
        self.only(denied, False)


if __name__ == "__main__":
    unittest.main()
