"""The check of what AWS does around functions finds what is lacking, and what is too much."""

import copy
import unittest
from pathlib import Path

from platform_policies import check_platform
from source import read

TEMPLATE = read(Path(__file__).resolve().parents[1] / "template.yaml")


class Platform(unittest.TestCase):
    """A queue that a role cannot read, a log that it cannot write, and the other way round."""

    def setUp(self):
        self.resources = copy.deepcopy(TEMPLATE["Resources"])

    def faults(self):
        return list(check_platform(TEMPLATE | {"Resources": self.resources}))

    def statement(self, role, sid):
        """The statement `sid` of the first policy of a role."""
        policy = self.resources[role]["Properties"]["Policies"][0]
        statements = policy["PolicyDocument"]["Statement"]
        return next(one for one in statements if one.get("Sid") == sid)

    def test_the_template_as_it_is_has_no_fault(self):
        self.assertEqual(self.faults(), [])

    def test_a_queue_whose_messages_cannot_be_deleted_is_found(self):
        self.statement("HealthEventRouterRole", "Queue")["Action"].remove("sqs:DeleteMessage")
        [fault] = self.faults()
        self.assertIn("sqs:DeleteMessage on HealthEventRouterQueue: AWS needs it", fault)

    def test_the_queue_of_another_function_is_found(self):
        other = {"Fn::GetAtt": ["MaintenanceReconcilerQueue", "Arn"]}
        self.statement("HealthEventRouterRole", "Queue")["Resource"] = other
        self.assertEqual(len(self.faults()), 6)

    def test_a_permission_that_nothing_needs_is_found(self):
        self.statement("MaintenanceReconcilerRole", "Logs")["Action"].append("logs:DeleteLogGroup")
        [fault] = self.faults()
        self.assertIn("logs:DeleteLogGroup on MaintenanceReconcilerLogGroup: nothing", fault)

    def test_traces_are_allowed_only_where_they_are_written(self):
        properties = self.resources["HealthEventRouterFunction"]["Properties"]
        properties["Tracing"] = "PassThrough"
        self.assertEqual(len(self.faults()), 2, self.faults())

    def test_a_schedule_that_may_invoke_another_function_is_found(self):
        statement = self.statement("MaintenanceSweepScheduleRole", None)
        statement["Resource"] = {"Fn::GetAtt": ["HealthEventRouterFunction", "Arn"]}
        lacking, needless = self.faults()
        self.assertIn("lambda:InvokeFunction on MaintenanceReconcilerFunction: AWS", lacking)
        self.assertIn("lambda:InvokeFunction on HealthEventRouterFunction: nothing", needless)


if __name__ == "__main__":
    unittest.main()
