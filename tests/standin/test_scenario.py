"""Scenario files are read strictly: what is not understood is refused, with its place."""

import unittest
from datetime import UTC, datetime, timedelta
from pathlib import Path

from standin.player.scenario import Expectation, ScenarioError, parse_scenario, read_scenario
from standin.player.summary import opted_in_mode
from standin.whole import ROOT

START = datetime(2026, 12, 1, 8, tzinfo=UTC)
SCENARIOS = sorted((ROOT / "tests" / "scenarios").glob("*.yaml"))
MAINTENANCE = {"instances": ["web-a1"], "code": "instance-stop", "not_before": "+1d2h"}


def parse(**changes):
    document = {"name": "n", "start": START, "lasts": "+1h"} | changes
    return parse_scenario(Path("s.yaml"), document)


class ScenarioTest(unittest.TestCase):
    def check_refused(self, words: str, **changes) -> None:
        with self.assertRaises(ScenarioError) as caught:
            parse(**changes)
        self.assertEqual(str(caught.exception).split(": ", 1)[1], words)

    def test_times_are_counted_from_the_start(self) -> None:
        scenario = parse(timeline=[{"at": "+90m", "maintenance": MAINTENANCE}])
        [step] = scenario.steps
        self.assertEqual(step.at, START + timedelta(minutes=90))
        self.assertEqual(step.fields["not_before"], START + timedelta(hours=26))
        self.assertEqual(scenario.end, START + timedelta(hours=1))

    def test_steps_are_played_in_the_order_of_their_times(self) -> None:
        steps = [{"at": at, "control": {"do": "heal"}} for at in ("+2h", "+5m", "+1h")]
        hours = [step.at for step in parse(timeline=steps).steps]
        self.assertEqual(hours, sorted(hours))

    def test_on_and_off_are_words_where_they_are_parameters(self) -> None:
        scenario = parse(parameters={"KillSwitch": False, "ActsPerHour": 5})
        self.assertEqual(scenario.parameters, {"KillSwitch": "off", "ActsPerHour": "5"})

    def test_an_expectation_is_an_outcome_or_a_decision_and_an_outcome(self) -> None:
        expect = {"a": "moved", "b": {"hold": "small_group", "then": "forced"}}
        self.assertEqual(
            parse(expect=expect).expect,
            {"a": Expectation("moved"), "b": Expectation("forced", "hold", "small_group")},
        )

    def test_what_is_not_understood_is_refused_with_its_place(self) -> None:
        fields = "name, about, start, lasts, parameters, groups, instances, alarms, timeline, "
        fields += "expect, data_lost"
        self.check_refused(f"color: is unknown; expected one of {fields}", color="red")
        self.check_refused("groups.web: expected a mapping, got 3", groups={"web": 3})
        self.check_refused("lasts: expected an offset such as +90m or +1d2h, got '1h'", lasts="1h")
        self.check_refused(
            "timeline[0]: expected exactly one of maintenance, notice, control",
            timeline=[{"at": "+1m"}],
        )
        self.check_refused(
            "timeline[0].at: expected +2h or 2026-12-01T08:00:00Z, got 'soon'",
            timeline=[{"at": "soon", "notice": {}}],
        )

    def test_an_expectation_may_say_when_and_what_people_were_told(self) -> None:
        expect = {"a": {"then": "moved", "between": ["+1h", "+2h"], "alert": "capacity"}}
        between = (START + timedelta(hours=1), START + timedelta(hours=2))
        [(_, wanted)] = parse(expect=expect).expect.items()
        self.assertEqual(wanted, Expectation("moved", None, None, between, "capacity"))

    def test_an_alarm_has_a_state_or_follows_somebody(self) -> None:
        alarms = {"errors": "ALARM", "lag": {"follows": "store"}}
        self.assertEqual(
            parse(alarms=alarms).alarms, {"errors": {"state": "ALARM"}, "lag": {"follows": "store"}}
        )

    def test_a_word_that_is_none_of_the_known_is_refused(self) -> None:
        outcomes = "moved, ridden, forced, cancelled, gone, open"
        self.check_refused(
            f"expect.a: expected one of {outcomes}, got 'movd'", expect={"a": "movd"}
        )
        self.check_refused(
            f"expect.a.then: expected one of {outcomes}, got 'held'",
            expect={"a": {"hold": "busy", "then": "held"}},
        )
        self.check_refused(
            "expect.a.between: expected two times such as [+2h, +4h], got ['+2h']",
            expect={"a": {"then": "moved", "between": ["+2h"]}},
        )
        self.check_refused(
            "alarms.x: expected one of OK, ALARM, INSUFFICIENT_DATA, got 'red'",
            alarms={"x": "red"},
        )

    def test_every_scenario_of_the_project_can_be_read(self) -> None:
        self.assertGreaterEqual(len(SCENARIOS), 2)
        for path in SCENARIOS:
            with self.subTest(path.name):
                scenario = read_scenario(path)
                affected = {
                    name
                    for step in scenario.steps
                    if step.act == "maintenance"
                    for name in step.fields["instances"]
                }
                self.assertLessEqual(affected, scenario.expect.keys())

    def test_most_of_what_opted_in_is_expected_to_end_well(self) -> None:
        for path in SCENARIOS:
            scenario = read_scenario(path)
            asked = [
                wanted
                for name, wanted in scenario.expect.items()
                if opted_in_mode(
                    scenario.instances.get(name) or scenario.groups.get(name.rsplit("-", 1)[0])
                )
            ]
            well = [wanted for wanted in asked if wanted.outcome in ("moved", "ridden")]
            self.assertGreaterEqual(len(well), 0.6 * len(asked), path.name)


if __name__ == "__main__":
    unittest.main()
