"""Without a yes nothing stays behind, and a ledger that cannot be read stops no repair."""

import contextlib
import io
import json
import unittest
from types import SimpleNamespace
from unittest import mock

from botocore.exceptions import ClientError

import deploy
import ledger
from account import Refusal
from changes import ChangeSet

NEWER = ledger.Incident("i-0a/instance-event-1", "", "web", ledger.NEWER)
MOVING = ledger.Incident("i-0b/instance-event-2", "", "web", "moving")


class Consent(unittest.TestCase):
    """The question, and what becomes of the change set."""

    def setUp(self):
        self.enterContext(contextlib.redirect_stdout(io.StringIO()))
        self.discard = self.enterContext(mock.patch.object(deploy.changes, "discard"))

    def consent(self, *refusals, dry_run=False, yes=False):
        options = SimpleNamespace(dry_run=dry_run, yes=yes)
        stack = SimpleNamespace(name="reberth")
        return deploy.consent(stack, ChangeSet("arn", (), {}), [], refusals, options)

    def test_a_yes_keeps_the_change_set(self):
        self.assertTrue(self.consent(yes=True))
        self.discard.assert_not_called()

    def test_a_dry_run_ends_before_the_question_even_with_a_yes(self):
        self.assertFalse(self.consent(dry_run=True, yes=True))
        self.discard.assert_called_once()

    def test_no_yes_helps_against_a_refusal(self):
        with self.assertRaisesRegex(Refusal, "the ledger would go"):
            self.consent("the ledger would go", yes=True)
        self.discard.assert_called_once()

    def test_whoever_interrupts_the_question_leaves_nothing(self):
        self.enterContext(mock.patch.object(deploy, "agreed", side_effect=KeyboardInterrupt))
        with self.assertRaises(KeyboardInterrupt):
            self.consent()
        self.discard.assert_called_once()


class Deploying(unittest.TestCase):
    """What is said, and what is set."""

    def test_a_ledger_that_cannot_be_read_is_said_and_stops_nothing(self):
        with mock.patch.object(deploy.ledger, "look", side_effect=Refusal("of a newer format")):
            said = (["Incidents: UNKNOWN. of a newer format"], [])
            self.assertEqual(deploy.in_flight(None), said)

    def test_only_what_a_newer_version_began_stands_in_the_way(self):
        for incidents, refused in (((), 0), ((MOVING,), 0), ((MOVING, NEWER), 1)):
            open_now = ledger.Open(incidents, (), False)
            with mock.patch.object(deploy.ledger, "look", return_value=open_now):
                _, refusals = deploy.in_flight(None)
            self.assertEqual(len(refusals), refused, incidents)

    def protect(self, policy, refused=None):
        """What protecting a stack with this policy finds, and which policy it sets."""
        cloudformation = mock.Mock()
        cloudformation.get_stack_policy.return_value = policy
        cloudformation.update_termination_protection.side_effect = refused
        stack = SimpleNamespace(name="reberth", cloudformation=cloudformation)
        return deploy.protect(stack), cloudformation.set_stack_policy.called

    def test_a_stack_policy_of_the_owners_stays(self):
        finding, replaced = self.protect({"StackPolicyBody": "{}"})
        self.assertFalse(finding.fault or replaced)

    def test_a_stack_without_a_policy_gets_one(self):
        finding, replaced = self.protect({})
        self.assertTrue(replaced)
        self.assertIn("no update replaces or deletes the ledger", finding.words)

    def test_a_protection_that_is_refused_is_a_fault(self):
        answer = {"Error": {"Code": "AccessDenied", "Message": "not authorized"}}
        finding, _ = self.protect({}, ClientError(answer, "UpdateTerminationProtection"))
        self.assertTrue(finding.fault)

    def test_the_stack_policy_denies_exactly_what_loses_the_ledger(self):
        allow, deny = json.loads(deploy.POLICY)["Statement"]
        self.assertEqual((allow["Effect"], allow["Resource"]), ("Allow", "*"))
        self.assertEqual(
            (deny["Effect"], deny["Resource"]), ("Deny", "LogicalResourceId/LedgerTable")
        )
        self.assertEqual(set(deny["Action"]), {"Update:Replace", "Update:Delete"})


if __name__ == "__main__":
    unittest.main()
