"""The collector against the stand-in's fleet, and IAM, which that lacks, by botocore's stubs."""

import json
import unittest

import boto3
from botocore.stub import Stubber
from standin.fleet.fixture import FleetTest

from collector import fleet, role, stack, trials
from collector.asking import Asking

_STATEMENT = {
    "Effect": "Allow",
    "Action": "ec2:StopInstances",
    "Resource": "arn:aws:ec2:us-west-2:123456789012:instance/*",
    "Condition": {
        "StringEqualsIgnoreCase": {"aws:ResourceTag/reberth:mode": ["approve", "enforce"]},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["one", "two"]},
        "Null": {"aws:TagKeys": "false"},
    },
}


class _Session:
    """A session of which every client asks the stand-in."""

    region_name = "us-west-2"

    def __init__(self, url: str) -> None:
        self._url = url

    def client(self, service: str, config: object):
        return boto3.client(
            service,
            endpoint_url=self._url,
            region_name=self.region_name,
            aws_access_key_id="123456789012",
            aws_secret_access_key="none",
            config=config,
        )


class CollectorTest(FleetTest):
    def setUp(self):
        super().setUp()
        self.asking = Asking(_Session(self.server.url))


class TrialsTest(CollectorTest):
    def trial(self, action: str) -> dict:
        [running] = fleet.tagged_instances(self.asking)
        told = trials.try_on(self.asking, running, None)
        return next(one for one in told if one["action"] == action)

    def test_every_act_is_tried_and_none_is_done(self):
        identity = self.instance(tags={"reberth:mode": "enforce"})
        self.do("reset_calls")
        self.assertEqual(self.trial("StopInstances")["outcome"], "allowed")
        self.assertEqual(self.state(identity), "running")
        calls = [call for call in self.do("calls")["entries"] if "Describe" not in call["action"]]
        self.assertEqual(len(calls), 8)
        self.assertEqual({call["params"].get("DryRun") for call in calls}, {"true"})

    def test_what_the_caller_may_not_is_told_from_what_ec2_refuses_otherwise(self):
        self.instance(tags={"reberth:mode": "enforce"})
        self.do("deny", action="StopInstances", count=1)
        self.do("throttle", action="RebootInstances", seconds=60)
        self.assertEqual(self.trial("StopInstances")["outcome"], "denied")
        unclear = self.trial("RebootInstances")
        self.assertEqual(unclear["outcome"], "unclear")
        self.assertIn("RequestLimitExceeded", unclear["words"])

    def test_a_call_that_is_not_dry_is_not_sent(self):
        ec2 = trials.dry_client(self.asking)
        ec2.meta.events.unregister("before-parameter-build.ec2", trials._make_dry)
        identity = self.instance()
        self.do("reset_calls")
        with self.assertRaises(trials.NotDry):
            ec2.stop_instances(InstanceIds=[identity])
        self.assertEqual(self.do("calls")["entries"], [])


class FleetFactsTest(CollectorTest):
    def test_a_group_s_hooks_policy_and_protection_are_told(self):
        self.group(tags={"reberth:mode": "observe"}, protected=True)
        self.group("other")
        self.asg.put_lifecycle_hook(
            AutoScalingGroupName="web",
            LifecycleHookName="drain",
            LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING",
            DefaultResult="CONTINUE",
        )
        self.asg.update_auto_scaling_group(
            AutoScalingGroupName="web",
            InstanceLifecyclePolicy={"RetentionTriggers": {"TerminateHookAbandon": "retain"}},
        )
        hook = {"name": "drain", "terminating": True, "default_result": "CONTINUE"}
        told = {"hooks": [hook], "retains": True, "new_members_protected": True}
        self.assertEqual(fleet.groups(self.asking), {"web": told})

    def test_only_instances_outside_of_groups_stand_alone(self):
        self.group(instance_tags={"reberth:mode": "observe"})
        lone = self.instance(tags={"reberth:mode": "observe"})
        self.instance("untagged")
        self.assertEqual(fleet.standalone(fleet.tagged_instances(self.asking)), [lone])

    def test_what_is_not_answered_is_written_down_and_the_rest_goes_on(self):
        self.do("deny", action="DescribeInstanceEventWindows", count=1)
        self.assertEqual(fleet.event_windows(self.asking), [])
        [silent] = self.asking.unanswered
        self.assertEqual((silent["call"], silent["denied"]), ("DescribeInstanceEventWindows", True))
        self.assertEqual(fleet.event_windows(self.asking), [])
        self.assertEqual(len(self.asking.unanswered), 1)


class StackTest(unittest.TestCase):
    def test_a_stack_that_is_not_there_is_told_with_what_to_check(self):
        cloudformation = _offline("cloudformation")
        with Stubber(cloudformation) as stub:
            stub.add_client_error("list_stack_resources", "ValidationError", "does not exist")
            with self.assertRaisesRegex(stack.NoStack, "stack nope: .*under this name"):
                stack.describe(Asking(_Only(cloudformation)), "nope")


class RoleTest(unittest.TestCase):
    def test_a_statement_is_asked_back_in_a_context_that_fits_it(self):
        asked = role.question(_STATEMENT)
        self.assertNotIn("*", asked["ResourceArns"][0])
        context = {entry["ContextKeyName"]: entry for entry in asked["ContextEntries"]}
        tag = context["aws:ResourceTag/reberth:mode"]
        self.assertEqual((tag["ContextKeyType"], tag["ContextKeyValues"]), ("string", ["approve"]))
        keys = context["aws:TagKeys"]
        self.assertEqual(keys["ContextKeyType"], "stringList")
        self.assertEqual(keys["ContextKeyValues"], ["one", "two"])

    def test_what_iam_does_not_allow_is_told_with_its_decision(self):
        iam = _offline("iam")
        arn = "arn:aws:iam::123456789012:role/reconciler"
        with Stubber(iam) as stub:
            described = {
                "Path": "/",
                "RoleName": "reconciler",
                "RoleId": "AROAEXAMPLEEXAMPLE",
                "Arn": arn,
                "CreateDate": "2026-11-01",
            }
            stub.add_response("get_role", {"Role": described})
            stub.add_response("list_role_policies", {"PolicyNames": ["Open"]})
            document = json.dumps({"Version": "2012-10-17", "Statement": [_STATEMENT]})
            stub.add_response(
                "get_role_policy",
                {"RoleName": "reconciler", "PolicyName": "Open", "PolicyDocument": document},
            )
            stub.add_response(
                "simulate_principal_policy",
                {
                    "EvaluationResults": [
                        {"EvalActionName": "ec2:StopInstances", "EvalDecision": "explicitDeny"}
                    ]
                },
            )
            told = role.simulate(_Only(iam), "reconciler")
        denied = {"ec2:StopInstances": "explicitDeny"}
        self.assertEqual(told, {"arn": arn, "simulated": 1, "denied": denied})

    def test_without_an_answer_nothing_is_claimed(self):
        iam = _offline("iam")
        with Stubber(iam) as stub:
            stub.add_client_error("get_role", "AccessDenied")
            self.assertIsNone(role.simulate(_Only(iam), "reconciler"))


def _offline(service: str):
    """A client whose every answer a stub gives."""
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    return boto3.client(service, region_name="us-west-2", **keys)


class _Only:
    """A session, or an asking, with one client."""

    def __init__(self, client) -> None:
        self._client = client

    def client(self, _service: str, config: object = None):
        return self._client
