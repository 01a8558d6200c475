"""Events of source `reberth` and their schema."""

import copy
import json
import unittest

from standin.notifications import SCHEMA, faults_of, told_twice

ROOT = SCHEMA.parents[1]
SAMPLE = json.loads((ROOT / "events/unknown/own-notification.json").read_text(encoding="utf-8"))


class TheSchemaOfOurEvents(unittest.TestCase):
    def faults_with(self, field, value):
        event = copy.deepcopy(SAMPLE)
        event["detail"][field] = value
        return list(faults_of([event]))

    def test_the_sample_keeps_to_it(self):
        self.assertEqual(list(faults_of([SAMPLE])), [])

    def test_what_a_reader_could_not_read_is_a_fault(self):
        for field, value in [
            ("state", "moved"),
            ("version", "2"),
            ("within_hours", 12),
            ("attempt", 0),
            ("not_before", "tomorrow"),
            ("words", "first line\nsecond line"),
            ("words", "turned \u202e round"),
            ("group", ""),
            ("id", "i-0aa11bb22cc33dd01/held"),
        ]:
            with self.subTest(field=field, value=value):
                self.assertEqual(len(self.faults_with(field, value)), 1)

    def test_every_field_is_always_there(self):
        for field in SAMPLE["detail"]:
            event = copy.deepcopy(SAMPLE)
            del event["detail"][field]
            with self.subTest(field=field):
                self.assertEqual(len(list(faults_of([event]))), 1)

    def test_what_is_told_twice_is_known_by_its_id(self):
        self.assertEqual(list(told_twice([SAMPLE])), [])
        again = SAMPLE | {"id": "another one"}
        [words] = told_twice([SAMPLE, again])
        self.assertEqual(words, f"{SAMPLE['detail']['id']} was told 2 times")

    def test_a_field_that_is_added_is_none(self):
        self.assertEqual(self.faults_with("weather", "fair"), [])

    def test_an_example_of_the_documentation_keeps_to_it(self):
        text = (ROOT / "docs/events.md").read_text(encoding="utf-8")
        examples = [block.split("```")[0] for block in text.split("```json\n")[1:]]
        events = [event for event in map(json.loads, examples) if "detail-type" in event]
        self.assertEqual(len(events), 1)
        self.assertEqual(list(faults_of(events)), [])


if __name__ == "__main__":
    unittest.main()
