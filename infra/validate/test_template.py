"""The checks of the template find what they are for."""

import copy
import unittest
from pathlib import Path

import template as checks
from source import read

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"


class Queues(unittest.TestCase):
    """P43: an outage of four days loses no event, and a dead letter does not lie unseen."""

    def setUp(self):
        self.template = copy.deepcopy(read(TEMPLATE))
        self.resources = self.template["Resources"]

    def faults(self):
        return list(checks.check_queues(self.template))

    def test_p43_the_template_as_it_is_keeps_every_event(self):
        self.assertEqual(self.faults(), [])

    def test_p43_a_retention_of_five_minutes_is_found(self):
        self.resources["HealthEventRouterQueue"]["Properties"]["MessageRetentionPeriod"] = 300
        self.assertIn("HealthEventRouterQueue.MessageRetentionPeriod: 300 s", self.faults()[0])

    def test_p43_a_queue_without_dead_letters_is_found(self):
        del self.resources["MaintenanceReconcilerQueue"]["Properties"]["RedrivePolicy"]
        expected = "MaintenanceReconcilerQueue.RedrivePolicy: no dead-letter queue"
        found = [fault for fault in self.faults() if fault.startswith(expected)]
        self.assertEqual(len(found), 1, self.faults())

    def test_p43_a_queue_whose_age_alarms_nobody_is_found(self):
        del self.resources["MaintenanceReconcilerQueueAgeAlarm"]
        found = [fault for fault in self.faults() if "ApproximateAgeOfOldestMessage" in fault]
        self.assertEqual(len(found), 1, self.faults())


class Sources(unittest.TestCase):
    """No storm of messages takes the account's concurrency, or runs into its own reservation."""

    def test_a_mapping_that_outgrows_the_reservation_is_found(self):
        template = copy.deepcopy(read(TEMPLATE))
        self.assertEqual(list(checks.check_concurrency(template)), [])
        function = template["Resources"]["HealthEventRouterFunction"]["Properties"]
        function["Events"]["Queue"]["Properties"]["ScalingConfig"] = {"MaximumConcurrency": 6}
        expected = (
            "HealthEventRouterFunction.Events: set ScalingConfig.MaximumConcurrency to 2 to 5"
        )
        self.assertEqual(list(checks.check_concurrency(template)), [expected])


if __name__ == "__main__":
    unittest.main()
