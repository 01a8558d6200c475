"""What is open is read as the ledger has it, and what cannot be read is never nothing."""

import json
import unittest
from types import SimpleNamespace

import ledger
from account import Refusal


def item(phase="moving", **fields):
    """An item of the partition `incident`, with the attributes that are read here."""
    document = {"phase": {"name": phase}, "group": "web", "name": "web-a1"} | fields
    key = "i-0440699ab9b888747/instance-event-026956c11b4d0fbcd"
    return {"sk": {"S": key}, "document": {"S": json.dumps(document)}}


class Incidents(unittest.TestCase):
    """One incident from its item."""

    def test_it_has_its_instance_its_group_and_its_phase(self):
        incident = ledger.incident_of(item(), 1)
        self.assertEqual((incident.name, incident.group), ("web-a1", "web"))
        self.assertTrue(incident.out)

    def test_a_standalone_instance_without_a_name_has_neither(self):
        incident = ledger.incident_of(item(group=None, name=None), 1)
        self.assertEqual((incident.name, incident.group), ("", ""))

    def test_what_was_only_seen_is_not_out(self):
        self.assertFalse(ledger.incident_of(item("seen"), 1).out)

    def test_a_phase_that_is_not_known_counts_as_out(self):
        self.assertTrue(ledger.incident_of(item("hibernating"), 1).out)

    def test_every_phase_of_the_code_is_known(self):
        source = (ledger.ROOT / "shared/src/ledger/incident.rs").read_text(encoding="utf-8")
        body = source.split("pub fn phase_code")[1]
        phases = set(body.split("match self.phase {")[1].split("}\n    }")[0].split('"')[1::2])
        self.assertEqual(phases - {"closed"}, ledger.OUT.keys() | ledger.NOTHING_OUT.keys())

    def test_what_a_newer_version_wrote_is_not_read_and_counts_as_out(self):
        newer = item() | {"format": {"N": "2"}, "group": {"S": "web"}, "document": {"S": "?"}}
        incident = ledger.incident_of(newer, 1)
        self.assertEqual((incident.phase, incident.group), (ledger.NEWER, "web"))
        self.assertTrue(incident.out)
        self.assertEqual(ledger.incident_of(item() | {"format": {"N": "2"}}, 2).phase, "moving")

    def test_the_format_that_is_known_is_the_codes_own(self):
        self.assertGreaterEqual(ledger.known_format(), 1)

    def test_an_item_that_cannot_be_read_is_refused_by_its_key(self):
        broken = (
            item() | {"document": {"S": "{"}},
            item() | {"document": {"S": "[]"}},
            item(phase=None) | {"document": {"S": '{"phase": null}'}},
            {"sk": {"S": "i-0440699ab9b888747/instance-event-026956c11b4d0fbcd"}},
        )
        for one in broken:
            with self.subTest(one), self.assertRaisesRegex(Refusal, "i-0440699ab9b888747"):
                ledger.incident_of(one, 1)


class Marked(unittest.TestCase):
    """Who carries the mark, page by page."""

    def marked(self, instances, reservations):
        """What is marked where EC2 answers these pages."""
        pages = {"describe_instances": instances, "describe_capacity_reservations": reservations}
        ec2 = SimpleNamespace(
            get_paginator=lambda name: SimpleNamespace(paginate=lambda **_: pages[name])
        )
        return list(ledger.marked(SimpleNamespace(client=lambda _: ec2)))

    def test_stopped_instances_and_reservations_count_and_terminated_ones_do_not(self):
        def instance(id, state):
            return {"Instances": [{"InstanceId": id, "State": {"Name": state}}]}

        self.assertEqual(
            self.marked(
                [
                    {"Reservations": [instance("i-1", "stopped"), instance("i-2", "terminated")]},
                    {"Reservations": [instance("i-3", "running")]},
                ],
                [{"CapacityReservations": [{"CapacityReservationId": "cr-1"}]}],
            ),
            ["i-1", "i-3", "cr-1"],
        )


class Opening(unittest.TestCase):
    """When a stack may begin to move something."""

    def test_only_approve_and_enforce_open_and_the_switch_closes(self):
        for mode, switch, opens in (
            ("off", "off", False),
            ("observe", "off", False),
            ("approve", "off", True),
            ("enforce", "off", True),
            ("enforce", "on", False),
        ):
            with self.subTest(mode=mode, switch=switch):
                parameters = {"MaximumMode": mode, "KillSwitch": switch}
                self.assertEqual(ledger.may_open(parameters), opens)


if __name__ == "__main__":
    unittest.main()
