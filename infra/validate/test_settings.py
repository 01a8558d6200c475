"""The checks of the settings find a harmful default, and a parameter that nobody is told of."""

import copy
import unittest
from pathlib import Path

import settings
from source import read

TEMPLATE = read(Path(__file__).resolve().parents[1] / "template.yaml")


class Settings(unittest.TestCase):
    """Parameters are safe by default, bounded, described and grouped."""

    def setUp(self):
        self.template = copy.deepcopy(TEMPLATE)
        self.parameters = self.template["Parameters"]

    def faults(self):
        checks = (settings.check_parameters, settings.check_groups, settings.check_documented)
        return [fault for check in checks for fault in check(self.template)]

    def groups(self):
        return self.template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]

    def test_the_template_as_it_is_has_no_fault(self):
        self.assertEqual(self.faults(), [])

    def test_a_stack_that_acts_by_default_is_found(self):
        self.parameters["MaximumMode"]["Default"] = "enforce"
        self.assertIn("Parameters.MaximumMode.Default: must be 'observe'", self.faults())

    def test_a_description_with_yesterdays_range_is_found(self):
        self.parameters["SweepMinutes"]["MaxValue"] = 20
        expected = "Parameters.SweepMinutes.Description: say its unit and '2 to 20'"
        self.assertIn(expected, self.faults())

    def test_a_description_without_its_default_is_found(self):
        self.parameters["NoticesEmail"]["Description"] = "Address that gets notices."
        expected = "Parameters.NoticesEmail.Description: say its unit and 'default empty'"
        self.assertEqual(self.faults(), [expected])

    def test_a_switch_that_yaml_reads_as_a_boolean_is_found(self):
        self.parameters["KillSwitch"]["AllowedValues"] = [False, True]
        self.assertTrue(any("quote them" in fault for fault in self.faults()), self.faults())

    def test_a_parameter_that_the_console_asks_for_in_no_group_is_found(self):
        self.groups()[0]["Parameters"].remove("ActsPerHour")
        self.assertEqual(
            self.faults(),
            ["Metadata: ActsPerHour stands in 0 ParameterGroups; one for a parameter"],
        )

    def test_a_group_with_a_parameter_that_is_gone_is_found(self):
        self.groups()[1]["Parameters"].append("NoticesPager")
        self.assertIn("Metadata: NoticesPager stands in 1 ParameterGroups", self.faults()[0])


if __name__ == "__main__":
    unittest.main()
