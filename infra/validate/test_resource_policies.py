"""The checks of queue and topic policies find a sender too many, and one too few."""

import copy
import unittest
from pathlib import Path

import resource_policies
from source import read

TEMPLATE = read(Path(__file__).resolve().parents[1] / "template.yaml")


class ResourcePolicies(unittest.TestCase):
    """Rules, alarms and named roles send; nobody else, and nobody without TLS."""

    def setUp(self):
        self.template = copy.deepcopy(TEMPLATE)
        self.resources = self.template["Resources"]

    def faults(self):
        return [
            *resource_policies.check_queue_policies(self.template),
            *resource_policies.check_topic_policies(self.template),
        ]

    def statements(self, name):
        return self.resources[name]["Properties"]["PolicyDocument"]["Statement"]

    def statement(self, name, sid):
        return next(found for found in self.statements(name) if found["Sid"] == sid)

    def assert_found(self, fault):
        found = [sentence for sentence in self.faults() if fault in sentence]
        self.assertEqual(len(found), 1, self.faults())

    def test_the_template_as_it_is_has_no_fault(self):
        self.assertEqual(self.faults(), [])

    def test_a_rule_of_another_account_is_found(self):
        rule = self.statement("HealthEventRouterQueuePolicy", "Rule")
        del rule["Condition"]["StringEquals"]
        self.assert_found("HealthEventRouterQueuePolicy.Rule: allow only")
        self.assert_found("HealthEventRouterRule: no queue policy lets it in")

    def test_a_rule_that_cannot_reach_its_dead_letter_queue_is_found(self):
        rule = self.statement("MaintenanceReconcilerQueuePolicy", "Rule")
        rule["Resource"].pop()
        self.assert_found("InstanceStateRule: no queue policy lets it in")

    def test_an_account_as_principal_is_found(self):
        hints = self.statement("MaintenanceReconcilerQueuePolicy", "Hints")
        hints["Principal"] = {"AWS": "123456789012"}
        self.assert_found("MaintenanceReconcilerQueuePolicy.Hints: allow only")

    def test_a_role_that_sends_and_is_not_named_is_found(self):
        hints = self.statement("MaintenanceReconcilerQueuePolicy", "Hints")
        hints["Principal"]["AWS"].pop(0)
        self.assert_found("does not name HealthEventRouterRole, whose policies allow")

    def test_a_role_that_is_named_and_does_not_send_is_found(self):
        letters = self.statement("HealthEventRouterQueuePolicy", "DeadLetters")
        letters["Principal"] = {"AWS": {"Fn::GetAtt": ["MaintenanceReconcilerRole", "Arn"]}}
        self.assert_found("names MaintenanceReconcilerRole, whose policies do not allow")

    def test_a_queue_that_takes_plain_transport_is_found(self):
        self.statements("HealthEventRouterQueuePolicy").pop()
        self.assert_found("HealthEventRouterQueuePolicy: deny sqs:* to everybody where")

    def test_a_denial_of_more_than_plain_transport_is_found(self):
        denial = self.statement("NoticesTopicPolicy", "EncryptedTransport")
        denial["Condition"] = {"BoolIfExists": {"aws:SecureTransport": "false"}}
        self.assert_found("NoticesTopicPolicy.EncryptedTransport: allow only")

    def test_a_topic_that_no_alarm_reaches_is_found(self):
        self.statements("NoticesTopicPolicy").remove(self.statement("NoticesTopicPolicy", "Alarms"))
        self.assert_found("NoticesTopicPolicy: no alarm could publish")

    def test_a_topic_without_a_policy_is_found(self):
        del self.resources["NoticesTopicPolicy"]
        self.assert_found("NoticesTopic: no topic policy")


if __name__ == "__main__":
    unittest.main()
