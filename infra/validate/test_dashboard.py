"""The checks of the dashboard find what would leave a hole in it."""

import copy
import unittest
from pathlib import Path

import dashboard
from source import read

TEMPLATE = read(Path(__file__).resolve().parents[1] / "template.yaml")


class Dashboard(unittest.TestCase):
    """The body is JSON once it is resolved, complete, and asks for fields that there are."""

    def setUp(self):
        self.template = copy.deepcopy(TEMPLATE)

    def found(self, instead_of, written, words):
        body = self.template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]
        self.assertIn(instead_of, body["Fn::Sub"])
        body["Fn::Sub"] = body["Fn::Sub"].replace(instead_of, written, 1)
        faults = list(dashboard.check_dashboard(self.template))
        self.assertTrue(any(words in fault for fault in faults), faults)

    def test_the_dashboard_as_it_is_has_no_fault(self):
        self.assertEqual(list(dashboard.check_dashboard(self.template)), [])

    def test_a_body_that_is_no_json_is_found(self):
        self.found('"widgets": [', '"widgets": [,', "Dashboard.DashboardBody: no JSON")

    def test_an_alarm_that_is_not_shown_is_found(self):
        self.found(
            '"${MaintenanceSweepAlarm.Arn}",', "", "MaintenanceSweepAlarm: not among the alarms"
        )

    def test_a_field_that_no_report_has_is_found(self):
        self.found(
            "display @timestamp, service", "display @timestamp, function", "`function` is no"
        )
        self.found("decision.words", "decision.sentence", "`decision.sentence` is no field")
        self.found("report.alerts", "report.alarms", "`report.alarms` is no field")

    def test_a_field_of_another_list_is_found(self):
        self.found("decision.phase", "decision.service", "`decision.service` is no field")

    def test_widgets_that_cover_each_other_are_found(self):
        self.found('"x": 12, "y": 10', '"x": 11, "y": 10', "widget 4 covers widget 3")
        self.found('"x": 18, "y": 10', '"x": 20, "y": 10', "widget 5 ends at column 26")


if __name__ == "__main__":
    unittest.main()
