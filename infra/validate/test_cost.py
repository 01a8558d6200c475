"""The page on cost follows the template."""

import copy
import unittest
from pathlib import Path

import cost
from source import read

TEMPLATE = read(Path(__file__).resolve().parents[1] / "template.yaml")


class Page(unittest.TestCase):
    """docs/cost.md says what the template and the prices come to."""

    def test_the_page_is_up_to_date(self):
        self.assertEqual(list(cost.check_cost(TEMPLATE)), [])

    def test_an_alarm_more_is_found(self):
        template = copy.deepcopy(TEMPLATE)
        template["Resources"]["OneMore"] = template["Resources"]["MaintenanceSweepAlarm"]
        faults = list(cost.check_cost(template))
        self.assertEqual(len(faults), 2, faults)
        self.assertIn("| alarms |", faults[0])
        self.assertIn("| **together** |", faults[1])

    def test_a_metric_of_both_functions_costs_twice(self):
        rows = (
            "| `a` | both | sum | `A` | in both |",
            "| `b` | router | sum | `B` | in one |",
            "| `c` | both | sum | | in the line alone |",
        )
        page = "\n".join(("## Counts and metrics", *rows, "## Answers"))
        self.assertEqual(cost.metrics_of(page), 3)


if __name__ == "__main__":
    unittest.main()
