"""The check of the template's order finds what stands where nobody looks for it."""

import copy
import unittest
from pathlib import Path

import blocks
from source import read

TEMPLATE = read(Path(__file__).resolve().parents[1] / "template.yaml")


class Blocks(unittest.TestCase):
    """Each function has one block, complete and in order."""

    def setUp(self):
        self.template = copy.deepcopy(TEMPLATE)
        self.resources = self.template["Resources"]

    def faults(self):
        return list(blocks.check_blocks(self.template))

    def test_the_template_as_it_is_has_no_fault(self):
        self.assertEqual(self.faults(), [])

    def test_a_queue_behind_the_role_that_reads_it_is_found(self):
        moved = self.resources.pop("HealthEventRouterQueue")
        names = list(self.resources)
        place = names.index("HealthEventRouterRole") + 1
        names.insert(place, "HealthEventRouterQueue")
        self.resources["HealthEventRouterQueue"] = moved
        self.template["Resources"] = {name: self.resources[name] for name in names}
        self.assertEqual(len(self.faults()), 1, self.faults())
        self.assertIn("HealthEventRouterQueue: stands behind the permissions", self.faults()[0])

    def test_a_block_without_its_log_group_is_found(self):
        del self.resources["MaintenanceReconcilerLogGroup"]
        self.assertEqual(
            self.faults(), ["MaintenanceReconcilerFunction: no log group in its block"]
        )

    def test_a_function_without_a_folder_is_found(self):
        renamed = {
            name.replace("MaintenanceReconcilerFunction", "MaintenanceDoerFunction"): resource
            for name, resource in self.resources.items()
        }
        self.template["Resources"] = renamed
        self.assertEqual(
            self.faults(),
            [
                "maintenance-doer: not in functions/; a function has a folder and a block",
                "maintenance-reconciler: not in the template; a function has a folder and a block",
            ],
        )

    def test_what_is_shared_does_not_stand_in_a_block(self):
        self.resources["SecondTopic"] = {"Type": "AWS::SNS::Topic"}
        self.assertIn("SecondTopic: no part of the block", self.faults()[0])


if __name__ == "__main__":
    unittest.main()
