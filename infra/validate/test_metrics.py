"""The checks of the metrics find an alarm that nobody feeds, and a metric that nobody needs."""

import copy
import unittest
from pathlib import Path
from unittest import mock

import metrics
from source import read

TEMPLATE = read(Path(__file__).resolve().parents[1] / "template.yaml")


class Metrics(unittest.TestCase):
    """What is written, what is documented and what is rested on are the same."""

    def setUp(self):
        self.template = copy.deepcopy(TEMPLATE)
        self.resources = self.template["Resources"]

    def faults(self):
        checks = (metrics.check_metrics, metrics.check_alarms)
        return [fault for check in checks for fault in check(self.template)]

    def alarm(self, name):
        return self.resources[name]["Properties"]

    def found(self, words):
        self.assertTrue(any(words in fault for fault in self.faults()), self.faults())

    def test_the_template_as_it_is_has_no_fault(self):
        self.assertEqual(self.faults(), [])

    def test_an_alarm_on_a_metric_that_nobody_writes_is_found(self):
        self.alarm("MaintenanceReconcilerStuckAlarm")["MetricName"] = "Stucked"
        self.found("Stucked of FunctionName MaintenanceReconcilerFunction: nobody writes it")

    def test_an_alarm_on_the_other_function_is_found(self):
        dimension = {"Name": "FunctionName", "Value": {"Ref": "HealthEventRouterFunction"}}
        self.alarm("MaintenanceReconcilerStuckAlarm")["Dimensions"] = [dimension]
        self.found("Stuck of FunctionName HealthEventRouterFunction: nobody writes it")

    def test_an_alarm_on_a_dimension_that_is_not_written_is_found(self):
        self.alarm("MaintenanceSweepAlarm")["Dimensions"][0]["Name"] = "Function"
        self.found("SweepsCompleted of Function MaintenanceReconcilerFunction: nobody writes it")

    def test_a_graph_of_a_metric_that_nobody_writes_is_found(self):
        body = self.resources["Dashboard"]["Properties"]["DashboardBody"]
        body["Fn::Sub"] = body["Fn::Sub"].replace('"Ridden"', '"Rode"')
        self.found("Rode of FunctionName MaintenanceReconcilerFunction: nobody writes it")
        self.found("Ridden: neither an alarm nor the dashboard rests on it")

    def test_a_metric_without_a_row_on_the_page_is_found(self):
        with mock.patch.object(metrics, "documented_by", lambda page: {}):
            self.found("docs/report.md: `stuck` is the metric Stuck, and the page says None")

    def test_an_alarm_that_tells_nobody_is_found(self):
        del self.alarm("MaintenanceReconcilerForcedAlarm")["AlarmActions"]
        self.found("MaintenanceReconcilerForcedAlarm.AlarmActions")

    def test_an_alarm_that_is_left_to_the_default_about_silence_is_found(self):
        del self.alarm("MaintenanceReconcilerForcedAlarm")["TreatMissingData"]
        self.found("MaintenanceReconcilerForcedAlarm.TreatMissingData")


if __name__ == "__main__":
    unittest.main()
