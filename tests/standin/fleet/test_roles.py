"""Roles: what a function may do, by action, resource, tags and what the request itself says."""

import boto3
from botocore.config import Config

from .fixture import FleetTest
from .place import ACCOUNT, REGION
from .roles import function_of

KEY = "ASIAIOSFODNN7EXAMPLE"
CALLER = f"arn:aws:sts::{ACCOUNT}:assumed-role/my-stack-FleetMoverRole-1A2B/my-stack-mover"
INSTANCES = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/*"
RESERVATIONS = f"arn:aws:ec2:{REGION}:{ACCOUNT}:capacity-reservation/*"
GROUPS = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/*"
MODE, MARK = "aws:ResourceTag/reberth:mode", "aws:ResourceTag/reberth:incident"
NEW_MARK = "aws:RequestTag/reberth:incident"


class RolesTest(FleetTest):
    """Each test gives the one role its statements, and calls with the key of a session."""

    def allow(self, *actions, resource="*", **condition):
        """The role has one policy, of one statement."""
        self.policy({"Action": list(actions), "Resource": resource, "Condition": condition})

    def policy(self, *statements):
        """The role has one policy."""
        document = {"Statement": [{"Effect": "Allow"} | statement for statement in statements]}
        self.do("session", access_key=KEY, caller=CALLER, policies={"Acts": document})

    def client(self, service, key=KEY):
        """A client with a session of the role."""
        return boto3.client(
            service,
            endpoint_url=self.server.url,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key="none",
            aws_session_token="none",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def test_a_role_is_named_by_its_function_whatever_the_stack_is_called(self):
        self.assertEqual(function_of(CALLER), "fleet-mover")
        self.assertEqual(
            function_of(CALLER.replace("my-stack-Fleet", "reberth-Fleet")), "fleet-mover"
        )

    def test_what_no_statement_allows_is_denied_as_each_service_words_it(self):
        self.allow("ec2:DescribeInstances")
        self.client("ec2").describe_instances()
        with self.refused("UnauthorizedOperation") as denied:
            self.client("ec2").describe_images()
        self.assertIn(f"User: {CALLER} is not authorized", denied.message)
        self.assertIn("ec2:DescribeImages on resource: *", denied.message)
        with self.refused("AccessDenied"):
            self.client("autoscaling").describe_auto_scaling_groups()
        with self.refused("AccessDenied"):
            self.client("elbv2").describe_target_groups()
        with self.refused("AccessDeniedException"):
            self.client("ssm").get_command_invocation(CommandId="c" * 36, InstanceId="i-12345678")

    def test_a_session_that_nobody_told_of_may_do_nothing(self):
        with self.refused("UnauthorizedOperation"):
            self.client("ec2", "ASIAUNKNOWN").describe_instances()

    def test_an_instance_is_judged_by_the_tags_it_has_at_that_moment(self):
        lone = self.instance()
        self.allow(
            "ec2:StopInstances", resource=INSTANCES, StringEqualsIgnoreCase={MODE: ["enforce"]}
        )
        with self.refused("UnauthorizedOperation"):
            self.client("ec2").stop_instances(InstanceIds=[lone])
        self.assertEqual(self.state(lone), "running")
        self.do("tag", instance="lone", tags={"reberth:mode": "Enforce"})
        self.client("ec2").stop_instances(InstanceIds=[lone])
        self.assertEqual(self.state(lone), "stopping")

    def test_every_instance_of_a_call_must_be_allowed(self):
        marked, plain = self.instance("a", tags={"reberth:incident": "x"}), self.instance("b")
        self.allow("ec2:RebootInstances", resource=INSTANCES, StringLike={MARK: "*"})
        self.client("ec2").reboot_instances(InstanceIds=[marked])
        with self.refused("UnauthorizedOperation") as denied:
            self.client("ec2").reboot_instances(InstanceIds=[marked, plain])
        self.assertIn(plain, denied.message)

    def test_a_member_is_known_by_the_tag_of_auto_scaling(self):
        member, lone = self.group()["web-a1"], self.instance()
        name = {"aws:ResourceTag/aws:autoscaling:groupName": "*"}
        self.allow("ec2:StopInstances", resource=INSTANCES, StringLike=name)
        self.client("ec2").stop_instances(InstanceIds=[member])
        with self.refused("UnauthorizedOperation"):
            self.client("ec2").stop_instances(InstanceIds=[lone])

    def test_a_group_is_judged_by_its_own_tags_also_where_a_call_names_a_member(self):
        self.allow(
            "autoscaling:TerminateInstanceInAutoScalingGroup",
            "autoscaling:EnterStandby",
            resource=GROUPS,
            StringEquals={MODE: "enforce"},
        )
        yes = self.group("yes", tags={"reberth:mode": "enforce"})["yes-a1"]
        no = self.group("no")["no-a1"]
        self.do("tag", instance="no-a1", tags={"reberth:mode": "enforce"})
        asg = self.client("autoscaling")
        with self.refused("AccessDenied"):
            asg.terminate_instance_in_auto_scaling_group(
                InstanceId=no, ShouldDecrementDesiredCapacity=False
            )
        with self.refused("AccessDenied"):
            asg.enter_standby(
                AutoScalingGroupName="no",
                InstanceIds=[no],
                ShouldDecrementDesiredCapacity=True,
            )
        asg.terminate_instance_in_auto_scaling_group(
            InstanceId=yes, ShouldDecrementDesiredCapacity=False
        )

    def test_tags_are_judged_by_their_keys_and_values(self):
        lone = self.instance()
        self.policy(
            {
                "Action": "ec2:CreateTags",
                "Resource": INSTANCES,
                "Condition": {
                    "ForAllValues:StringEquals": {"aws:TagKeys": ["reberth:incident"]},
                    "StringLike": {NEW_MARK: "instance-event-*"},
                },
            },
            {
                "Action": "ec2:DeleteTags",
                "Resource": INSTANCES,
                "Condition": {
                    "ForAllValues:StringEquals": {"aws:TagKeys": ["reberth:incident"]},
                    "Null": {"aws:TagKeys": "false"},
                },
            },
        )
        ec2 = self.client("ec2")
        mark = {"Key": "reberth:incident", "Value": "instance-event-1"}
        ec2.create_tags(Resources=[lone], Tags=[mark])
        for others in (
            [mark, {"Key": "reberth:mode", "Value": "enforce"}],
            [mark | {"Value": "x"}],
        ):
            with self.refused("UnauthorizedOperation"):
                ec2.create_tags(Resources=[lone], Tags=others)
        with self.refused("UnauthorizedOperation"):
            ec2.delete_tags(Resources=[lone])
        with self.refused("UnauthorizedOperation"):
            ec2.delete_tags(Resources=[lone], Tags=[{"Key": "Name"}])
        ec2.delete_tags(Resources=[lone], Tags=[{"Key": "reberth:incident"}])

    def reserve(self):
        mark = {"Key": "reberth:incident", "Value": "i-1/instance-event-1"}
        answer = self.client("ec2").create_capacity_reservation(
            InstanceType="m7g.large",
            InstancePlatform="Linux/UNIX",
            AvailabilityZone=f"{REGION}a",
            InstanceCount=1,
            TagSpecifications=[{"ResourceType": "capacity-reservation", "Tags": [mark]}],
        )
        return answer["CapacityReservation"]["CapacityReservationId"]

    def test_tags_of_what_is_created_need_leave_of_their_own(self):
        creation = {"Action": "ec2:CreateCapacityReservation", "Resource": RESERVATIONS}
        tagging = {
            "Action": "ec2:CreateTags",
            "Resource": RESERVATIONS,
            "Condition": {
                "StringEquals": {"ec2:CreateAction": "CreateCapacityReservation"},
                "StringLike": {NEW_MARK: "i-*/instance-event-*"},
            },
        }
        for alone in (creation, tagging):
            self.policy(alone)
            with self.refused("UnauthorizedOperation"):
                self.reserve()
        self.policy(creation, tagging)
        reservation = self.reserve()
        cancel = {"Action": "ec2:CancelCapacityReservation", "Resource": RESERVATIONS}
        self.policy(cancel | {"Condition": {"StringLike": {MARK: "i-2/*"}}})
        with self.refused("UnauthorizedOperation"):
            self.client("ec2").cancel_capacity_reservation(CapacityReservationId=reservation)
        self.policy(cancel | {"Condition": {"StringLike": {MARK: "i-1/*"}}})
        self.client("ec2").cancel_capacity_reservation(CapacityReservationId=reservation)

    def test_a_command_needs_leave_for_document_and_instances(self):
        lone, send = self.instance(), {"Action": "ssm:SendCommand"}
        documents = send | {"Resource": f"arn:aws:ssm:{REGION}:{ACCOUNT}:document/reberth-*"}
        instances = send | {"Resource": INSTANCES}
        ssm = self.client("ssm")
        both_in_one = {"Resource": [documents["Resource"], INSTANCES]}
        tagged = {"Condition": {"StringLike": {MARK: "*"}}}
        for statements in ((documents,), (instances,), (send | both_in_one | tagged,)):
            self.policy(*statements)
            with self.refused("AccessDeniedException"):
                ssm.send_command(DocumentName="reberth-ready", InstanceIds=[lone])
        self.policy(documents, instances)
        ssm.send_command(DocumentName="reberth-ready", InstanceIds=[lone])
        with self.refused("AccessDeniedException"):
            ssm.send_command(DocumentName="AWS-RunShellScript", InstanceIds=[lone])

    def test_without_leave_to_use_its_key_an_instance_falls_back_to_stopped(self):
        lone, start = (
            self.instance(encrypted=True),
            {"Action": "ec2:StartInstances", "Resource": "*"},
        )
        grant = {
            "Action": "kms:CreateGrant",
            "Resource": f"arn:aws:kms:{REGION}:*:key/*",
            "Condition": {
                "Bool": {"kms:GrantIsForAWSResource": "true"},
                "StringEquals": {"kms:ViaService": f"ec2.{REGION}.amazonaws.com"},
            },
        }
        self.ec2.stop_instances(InstanceIds=[lone])
        self.later(300)
        self.policy(start)
        self.client("ec2").start_instances(InstanceIds=[lone])
        self.later(300)
        self.assertEqual(self.state(lone), "stopped")
        self.assertEqual(self.shown(lone)["StateReason"]["Code"], "Client.InternalError")
        self.policy(start, grant)
        self.client("ec2").start_instances(InstanceIds=[lone])
        self.later(300)
        self.assertEqual(self.state(lone), "running")

    def test_what_is_revoked_is_denied_to_every_role_until_it_is_granted(self):
        self.allow("ec2:DescribeInstances")
        self.do("revoke", action="ec2:DescribeInstances")
        with self.refused("UnauthorizedOperation") as denied:
            self.client("ec2").describe_instances()
        self.assertIn("with an explicit deny", denied.message)
        self.ec2.describe_instances()
        self.do("grant", action="ec2:DescribeInstances")
        self.client("ec2").describe_instances()
        self.assertEqual(self.do("permissions")["fleet-mover"]["denied"], {})
        with self.assertRaisesRegex(ValueError, "expected an action that is revoked"):
            self.do("grant", action="ec2:DescribeInstances")
        for action in ("DescribeInstances", "ec2:", "dynamodb:GetItem"):
            with self.assertRaisesRegex(ValueError, "as SERVICE:ACTION, got"):
                self.do("revoke", action=action)

    def test_the_log_names_the_function_and_what_it_was_denied(self):
        self.allow("ec2:DescribeInstances", "ec2:StopInstances", resource=["*"])
        self.client("ec2").describe_instances()
        self.ec2.describe_instances()
        with self.refused("UnauthorizedOperation"):
            self.client("ec2").describe_images()
        logged = self.do("calls")["entries"]
        functions = [call["function"] for call in logged]
        self.assertEqual(functions, ["fleet-mover", None, "fleet-mover"])
        self.assertEqual([bool(call["denial"]) for call in logged], [False, False, True])
        self.do("judged", caller=CALLER, action="sqs:SendMessage", denial="no")
        account = self.do("permissions")["fleet-mover"]
        self.assertEqual(
            account["allowed"], {"Acts": ["ec2:DescribeInstances", "ec2:StopInstances"]}
        )
        used = ["ec2:DescribeImages", "ec2:DescribeInstances", "sqs:SendMessage"]
        self.assertEqual(account["used"], used)
        self.assertEqual(account["denied"], {logged[2]["denial"]: 1, "no": 1})

    def test_what_does_not_exist_is_left_to_the_service_to_say(self):
        self.allow("ec2:StopInstances", resource=INSTANCES, StringEquals={MODE: "enforce"})
        with self.refused("InvalidInstanceID.NotFound"):
            self.client("ec2").stop_instances(InstanceIds=["i-00000000000000000"])
