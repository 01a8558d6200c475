"""Findings of checkov and parliament that are excused, each with its reason, and few of them."""

from pathlib import Path

import yaml

FILE = Path(__file__).with_suffix(".yaml")
MOST = 5


def read_suppressions(text):
    """The excused (place, check) pairs of a file's text, and what is wrong with the file."""
    rows = yaml.safe_load(text)
    faults = [
        f"{FILE.name}: {row['check']}: no reason; say why the check does not fit here"
        for row in rows
        if not row.get("reason")
    ]
    if len(rows) > MOST:
        faults.append(f"{FILE.name}: {len(rows)} rows; {MOST} at the most, fix the rest")
    return {(place, row["check"]) for row in rows for place in row["places"]}, faults


def told(findings, excused):
    """Yields a sentence for each finding that is not excused, and each excuse without a finding."""
    for place, check, words in findings:
        if (place, check) not in excused:
            yield f"{place}: {check}: {words}"
    for place, check in sorted(excused - {finding[:2] for finding in findings}):
        yield f"{place}: {check} finds nothing; take it out of {FILE.name}"
