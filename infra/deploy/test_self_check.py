"""What keeps a stack asleep is found after its deployment, and not at AWS's date."""

import io
import json
import unittest
from types import SimpleNamespace
from unittest import mock

from botocore.exceptions import ClientError, WaiterError

import self_check

OUTPUTS = {
    "HealthEventRouterFunction": "router",
    "MaintenanceReconcilerFunction": "reconciler",
    "NoticesTopic": "arn:aws:sns:eu-west-1:123456789012:notices",
}
RESOURCES = {
    "Mapping": ("uuid-1", "AWS::Lambda::EventSourceMapping"),
    "Sweep": ("default/sweep-1", "AWS::Scheduler::Schedule"),
    "Rule": ("rule-1", "AWS::Events::Rule"),
}
CODE = {"health-event-router": "same", "maintenance-reconciler": "same"}


class Services:
    """Every service at once, all of them well; a test spoils one answer."""

    def __init__(self):
        self.update = "Successful"
        self.code = "same"
        self.concurrency = {}
        self.mapping = self.schedule = self.rule = None
        self.subscriptions = [{"SubscriptionArn": "arn:aws:sns:eu-west-1:1:notices:1"}]
        self.says = [{"outcome": "nothing", "version": "0.1.0"}]
        self.failed = []

    def get_waiter(self, _):
        def wait(**_):
            if self.update != "Successful":
                raise WaiterError("function_updated_v2", "it failed", {})

        return SimpleNamespace(wait=wait)

    def get_function_configuration(self, FunctionName):
        return {"LastUpdateStatus": self.update, "CodeSha256": self.code}

    def get_function_concurrency(self, FunctionName):
        return self.concurrency

    def get_event_source_mapping(self, UUID):
        return {"State": self.mapping or "Enabled"}

    def get_schedule(self, Name):
        assert Name == "sweep-1", Name
        return {"State": self.schedule or "ENABLED", "ScheduleExpression": "rate(5 minutes)"}

    def describe_rule(self, Name):
        return {"State": self.rule or "ENABLED"}

    def list_subscriptions_by_topic(self, TopicArn):
        return {"Subscriptions": self.subscriptions}

    def invoke(self, FunctionName, Payload):
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        wrong = {"FunctionError": "Unhandled"} if "errorMessage" in said else {}
        return {"Payload": io.BytesIO(json.dumps(said).encode())} | wrong


class Checking(unittest.TestCase):
    """One thing is wrong at a time, and it alone is found."""

    def setUp(self):
        self.services, self.rests = Services(), []

    def findings(self):
        stack = SimpleNamespace(
            outputs=OUTPUTS,
            account=SimpleNamespace(client=lambda _: self.services),
            resources=lambda: RESOURCES,
        )
        return list(self_check.check(stack, CODE, self.rests.append))

    def faults(self):
        return [finding.words for finding in self.findings() if finding.fault]

    def test_a_stack_that_is_well_has_no_fault_and_nobody_waits(self):
        self.assertEqual((self.faults(), self.rests), ([], []))
        self.assertEqual({finding.mark for finding in self.findings()}, {"ok   "})

    def test_whatever_is_off_is_found(self):
        for field, value, words in (
            ("update", "Failed", "last update is Failed"),
            ("code", "other", "runs other code than this package"),
            ("concurrency", {"ReservedConcurrentExecutions": 0}, "it is turned off"),
            ("mapping", "Disabled", "Mapping is Disabled"),
            ("schedule", "DISABLED", "Sweep is DISABLED"),
            ("rule", "DISABLED", "Rule is DISABLED"),
        ):
            with self.subTest(field):
                self.services = Services()
                setattr(self.services, field, value)
                self.assertTrue(self.faults())
                self.assertTrue(all(words in fault for fault in self.faults()), self.faults())

    def test_a_permission_that_is_missing_is_told_in_the_functions_words(self):
        denied = "DescribeInstanceStatus on *: denied: UnauthorizedOperation"
        self.services.says = [{"errorMessage": denied, "errorType": "look"}]
        self.assertIn(denied, self.faults()[0])
        self.assertEqual(len(self.rests), 3 * (self_check.TRIES - 1))

    def test_an_error_that_does_not_end_the_function_is_told_as_well(self):
        self.services.says = [{"outcome": "failed", "error": "Query on the ledger: denied"}]
        self.assertIn("Query on the ledger: denied", self.faults()[0])

    def test_a_role_that_is_too_new_is_asked_again(self):
        self.services.says = [{"errorMessage": "denied"}, {"outcome": "nothing"}]
        self.assertEqual(self.faults(), [])
        self.assertEqual(self.rests, [self_check.SECONDS_BETWEEN])

    def test_a_function_that_cannot_be_asked_is_a_fault_and_no_end(self):
        answer = {"Error": {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}}
        refused = ClientError(answer, "Invoke")
        self.services.invoke = mock.Mock(side_effect=refused)
        self.assertEqual(len([one for one in self.faults() if "Rate Exceeded" in one]), 3)

    def test_nobody_who_listens_is_no_fault_but_said(self):
        self.services.subscriptions = [{"SubscriptionArn": "PendingConfirmation"}]
        [note] = [finding for finding in self.findings() if finding.mark == "note "]
        self.assertIn("one waits to be confirmed", note.words)


if __name__ == "__main__":
    unittest.main()
