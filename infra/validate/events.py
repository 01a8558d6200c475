"""Holds events of source `reberth` against their schema, `docs/events.schema.json`.

As a command it reads a JSON list of events from its standard input, as EventBridge delivers them,
and ends with 1 and one line for each fault.
"""

import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator, FormatChecker

SCHEMA = Path(__file__).parents[2] / "docs" / "events.schema.json"


def validator():
    """The validator of the schema, which must be a good one itself."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


def faults_of(events):
    """Yields what is wrong with `events`, one sentence each."""
    schema = validator()
    for number, event in enumerate(events):
        for fault in schema.iter_errors(event):
            yield f"events[{number}]{fault.json_path[1:]}: {fault.message}"


def main():
    """Checks the events on standard input."""
    events = json.load(sys.stdin)
    faults = list(faults_of(events))
    print(*faults, f"{len(events)} events, {len(faults)} faults", sep="\n")
    sys.exit(1 if faults or not events else 0)


if __name__ == "__main__":
    main()
