"""What people read before they agree says everything that matters, and nothing that misleads."""

import unittest

import show
from changes import Change
from ledger import Incident, Open

OBSERVE = {"MaximumMode": "observe", "KillSwitch": "off"}
ENFORCE = {"MaximumMode": "enforce", "KillSwitch": "off"}


class Shown(unittest.TestCase):
    """The lines, one subject at a time."""

    def test_a_parameter_is_shown_with_what_it_was(self):
        self.assertEqual(
            show.parameters(OBSERVE | {"Old": "1"}, ENFORCE | {"NoticesEmail": ""}),
            [
                "Parameters:",
                "  MaximumMode: observe -> enforce",
                "  NoticesEmail: (empty)",
                "  Old: 1, and is gone afterwards",
            ],
        )
        self.assertEqual(show.parameters(OBSERVE, OBSERVE), ["Parameters: none changes."])

    def test_whether_acts_are_possible_is_told_from_both_sides(self):
        stopped = ENFORCE | {"KillSwitch": "on"}
        for before, after, words in (
            ({}, OBSERVE, "Acts: none"),
            (OBSERVE, ENFORCE, "Acts: BECOME POSSIBLE"),
            (stopped, ENFORCE, "Acts: BECOME POSSIBLE"),
            (ENFORCE, ENFORCE, "Acts: stay possible"),
            (ENFORCE, stopped, "Acts: end"),
            (ENFORCE, OBSERVE, "Acts: end"),
        ):
            with self.subTest(before=before, after=after):
                self.assertIn(words, show.opening(before, after))

    def test_what_would_be_lost_comes_first_and_says_what_is_lost(self):
        lines = show.resources(
            [
                Change("Function", "AWS::Lambda::Function", "Modify", "False", ("Code",)),
                Change("Queue", "AWS::SQS::Queue", "Modify", "True", ("QueueName",)),
                Change("Topic", "AWS::SNS::Topic", "Remove", "False", ()),
                Change("Alarm", "AWS::CloudWatch::Alarm", "Add", "False", ()),
            ]
        )
        self.assertEqual(lines[0], "Resources: 1 REMOVED, 1 REPLACED, 1 added, 1 changed.")
        self.assertIn("REPLACED Queue (AWS::SQS::Queue): QueueName; the messages", lines[1])
        self.assertIn("REMOVED Topic (AWS::SNS::Topic): its subscriptions", lines[2])
        self.assertEqual(lines[4], "  changed Function (AWS::Lambda::Function): Code")

    def test_a_perhaps_is_not_hidden(self):
        [_, line] = show.resources([Change("Q", "AWS::SQS::Queue", "Modify", "Conditional", ())])
        self.assertIn("perhaps REPLACED", line)

    def test_those_out_of_service_come_first(self):
        seen = Incident("i-0a/instance-event-1", "", "", "seen")
        out = Incident("i-0b/instance-event-2", "web-a1", "web", "moving")
        self.assertEqual(
            show.incidents(Open((seen, out), (), False)),
            [
                "Incidents: 2 open, 1 of them out of service.",
                "  web-a1 (i-0b) of group web: it is out of service, to be stopped or rebooted",
                "  i-0a: nothing was done yet",
            ],
        )

    def test_a_storm_does_not_fill_the_screen(self):
        many = tuple(Incident(f"i-{n:03}/event", "", "", "moving") for n in range(100))
        lines = show.incidents(Open(many, (), False))
        self.assertEqual((len(lines), lines[-1]), (show.MOST + 2, "  and 80 more"))
        self.assertTrue(show.listed([one.key for one in many]).endswith(" and 80 more"))

    def test_a_switch_that_is_thrown_is_told(self):
        self.assertIn("switch is on", show.incidents(Open((), (), True))[0])

    def test_a_name_cannot_play_tricks_on_the_terminal(self):
        hostile = Incident("i-0a/e", "web\x1b[2J\r\nStack: ok\u202e" + "x" * 300, "", "seen")
        shown = show.subject(hostile)
        self.assertTrue(shown.isprintable(), shown)
        self.assertLess(len(shown), 80)

    def test_what_stays_is_told_apart_from_what_goes(self):
        resources = {
            "LedgerTable": ("reberth-LedgerTable-1", "AWS::DynamoDB::Table"),
            "AQueue": ("url-1", "AWS::SQS::Queue"),
            "BQueue": ("url-2", "AWS::SQS::Queue"),
        }
        lines = show.removal(resources, {"LedgerTable"})
        goes, stays = lines[: lines.index("Stays:")], lines[lines.index("Stays:") :]
        self.assertIn("    2 AWS::SQS::Queue", goes)
        self.assertIn("  AWS::DynamoDB::Table reberth-LedgerTable-1", stays)


if __name__ == "__main__":
    unittest.main()
