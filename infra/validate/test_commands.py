"""A command that nobody could run is found, and those of the documents can be run."""

import contextlib
import io
import unittest

import commands

GOOD = "aws ec2 start-instances --instance-ids i-0440699ab9b888747"


class Commands(unittest.TestCase):
    """One seeded fault at a time."""

    def faults(self, text):
        found = commands.aws_commands(text)
        self.assertEqual(len(found), 1, found)
        return list(commands.check_aws(found[0]))

    def test_the_documents_as_they_are_can_be_typed(self):
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(commands.main(), 0)

    def test_a_good_command_is_good_wherever_it_stands(self):
        for text in (
            f"Start it: `{GOOD}`.",
            f"    {GOOD}   # and wait",
            f"      {GOOD} \\\n        --region eu-west-1",
            "text with `aws ec2 start-instances\n  --instance-ids i-0440699ab9b888747` in it",
            f'answer="$({GOOD})"',
        ):
            with self.subTest(text):
                self.assertEqual(self.faults(text), [])

    def test_what_is_mistyped_is_found_by_its_name(self):
        for right, wrong, words in (
            ("ec2", "ecc2", "no service ecc2"),
            ("start-instances", "start-instance", "no operation start-instance"),
            ("--instance-ids", "--instances", "no option --instances"),
            (" --instance-ids i-0440699ab9b888747", "", "needs --instance-ids"),
            (" start-instances", "", "expected aws SERVICE OPERATION"),
        ):
            with self.subTest(wrong=wrong):
                faults = self.faults(f"    {GOOD.replace(right, wrong)}")
                self.assertTrue(any(words in fault for fault in faults), faults)

    def test_an_option_may_be_said_by_its_no(self):
        text = (
            "    aws autoscaling terminate-instance-in-auto-scaling-group \\\n"
            "      --instance-id i-1 --no-should-decrement-desired-capacity"
        )
        self.assertEqual(self.faults(text), [])

    def test_a_variable_that_the_makefile_does_not_read_is_found(self):
        self.assertEqual(list(commands.check_make("    make demo SCENARIO=a.yaml")), [])
        [fault] = commands.check_make("`make demo SCENE=a.yaml`")
        self.assertIn("does not read SCENE", fault)


if __name__ == "__main__":
    unittest.main()
