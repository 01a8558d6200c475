"""The serverless side lets each function do what the role of the project's template allows it."""

import json
import unittest
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from botocore.exceptions import ClientError

from standin.serverless.clients import ACCOUNT, REGION, client
from standin.whole import StandIn

ROUTER, RECONCILER = "health-event-router", "maintenance-reconciler"


class RolesTest(unittest.TestCase):
    """The tests share one stand-in, which takes two seconds to start; none depends on another."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.standin = cls.enterClassContext(StandIn())
        cls.standin.deploy({"MaximumMode": "enforce"})
        cls.outputs = cls.standin.stack.outputs
        cls.sessions = cls.standin.stack.credentials()

    def client_of(self, function: str, service: str, url: str):
        """A client with a session of the function's role."""
        session = self.sessions[function]
        return boto3.client(
            service,
            endpoint_url=url,
            region_name=REGION,
            aws_access_key_id=session["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=session["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=session["AWS_SESSION_TOKEN"],
        )

    @contextmanager
    def denied(self) -> Iterator[None]:
        """A context in which a call must be denied; SQS has two codes for that, by protocol."""
        with self.assertRaises(ClientError) as raised:
            yield
        code = raised.exception.response["Error"]["Code"]
        self.assertIn(code, ("AccessDenied", "AccessDeniedException"))

    def account_of(self, function: str) -> dict:
        return self.standin.fleet.do("permissions")[function]

    def test_the_ledger_is_open_to_each_as_far_as_its_role_says(self) -> None:
        table, key = self.outputs["LedgerTable"], {"pk": {"S": "a"}, "sk": {"S": "b"}}
        router, reconciler = (
            self.client_of(function, "dynamodb", self.standin.serverless)
            for function in (ROUTER, RECONCILER)
        )
        router.get_item(TableName=table, Key=key)
        with self.denied():
            reconciler.get_item(TableName=table, Key=key)
        put = [{"Put": {"TableName": table, "Item": key}}]
        reconciler.transact_write_items(TransactItems=put)
        delete = [{"Delete": {"TableName": table, "Key": key}}]
        with self.denied():
            router.transact_write_items(TransactItems=delete)
        self.assertIn("dynamodb:PutItem", self.account_of(RECONCILER)["used"])
        lacking = " ".join(self.account_of(ROUTER)["denied"])
        self.assertIn("is not authorized to perform: dynamodb:DeleteItem", lacking)

    def test_a_message_is_refused_at_once_also_where_it_would_have_to_wait(self) -> None:
        sqs = self.client_of(ROUTER, "sqs", self.standin.gate_server.url)
        for delay in (0, 600):
            with self.subTest(delay=delay):
                message = {"MessageBody": "hint", "DelaySeconds": delay}
                sqs.send_message(QueueUrl=self.outputs["MaintenanceReconcilerQueue"], **message)
                with self.denied():
                    sqs.send_message(QueueUrl=self.outputs["HealthEventRouterQueue"], **message)

    def test_a_rule_delivers_only_where_the_policy_of_the_queue_lets_it_in(self) -> None:
        events = client("events", self.standin.serverless)
        name = self.outputs["HealthEventRouterQueue"].rsplit("/", 1)[-1]
        target = {"Id": "queue", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"}
        events.put_rule(Name="forged", EventPattern=json.dumps({"source": ["somebody"]}))
        events.put_targets(Rule="forged", Targets=[target])
        entry = {"Source": "somebody", "DetailType": "x", "Detail": '{"forged":true}'}
        events.put_events(Entries=[entry])
        self.standin.fleet.do("publish_notice", instances=["i-1"], type_code="X", start="+2h")
        sqs = client("sqs", self.standin.serverless)
        received = sqs.receive_message(
            QueueUrl=self.outputs["HealthEventRouterQueue"], MaxNumberOfMessages=10
        )
        sources = [json.loads(message["Body"])["source"] for message in received["Messages"]]
        self.assertEqual(sources, ["aws.health"])

    def test_a_function_that_is_woken_has_its_own_role(self) -> None:
        self.assertEqual(sorted(self.sessions), [ROUTER, RECONCILER])
        allowed = self.account_of(ROUTER)["allowed"]
        self.assertEqual(sorted(allowed), ["Calls", "Platform"])
        self.assertIn("Open", self.account_of(RECONCILER)["allowed"])

    def test_in_observe_mode_no_role_may_open_anything(self) -> None:
        with StandIn() as standin:
            standin.deploy({"MaximumMode": "observe"})
            standin.stack.credentials()
            allowed = standin.fleet.do("permissions")[RECONCILER]["allowed"]
        self.assertIn("Close", allowed)
        self.assertNotIn("Open", allowed)


if __name__ == "__main__":
    unittest.main()
