"""Validates the template without AWS, stage by stage, and tells every fault that any stage finds.

    .venv/bin/python infra/validate/run.py

A stage takes several templates at once, because its tool is slow to start: the test of these stages
hands them one template for each fault they must find.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cfnlint.api
from cfnlint.config import ManualArgs

import patterns
import template
from expand import ExpansionError, expand

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SAM = ROOT / ".venv-validate" / "bin" / "sam"
SCAN_PYTHON = ROOT / ".venv-scan" / "bin" / "python"

# A region is needed to read a template, not to call AWS.
REGION = "us-east-1"


@dataclass(eq=False)
class Candidate:
    """A template under validation: where it stands, and where its expanded form goes."""

    path: Path
    expanded: Path
    # Whether the transform refused it, so that there is no expanded form to look at.
    refused: bool = False


def main():
    """Runs every stage over the template of this project; the exit status tells of any fault."""
    # A folder of its own: two runs side by side must not take each other's files away.
    with tempfile.TemporaryDirectory() as folder:
        return validate(Candidate(HERE.parent / "template.yaml", Path(folder, "expanded.json")))


def validate(candidate):
    """Runs the stages over one candidate, telling of each; 1 if there was any fault, else 0."""
    found = 0
    for number, (words, stage) in enumerate(STAGES, 1):
        print(f"{number}/{len(STAGES)} {words} … ", end="", flush=True)
        began = time.monotonic()
        faults = [words for _, words in stage([candidate])]
        print(f"{f'faults: {len(faults)}' if faults else 'ok'}, {time.monotonic() - began:.1f} s")
        for fault in faults:
            print(f"    {fault}", file=sys.stderr)
        found += len(faults)
        if candidate.refused:
            print("The stages after this one look at the expanded template, and there is none.")
            break
    return min(found, 1)


def taken_by_sam(candidates):
    """SAM's own command line takes the template as it is written."""
    environment = os.environ | {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": REGION}
    for candidate in candidates:
        command = [SAM, "validate", "--lint", "--template", candidate.path]
        done = run_tool(command, env=environment)
        if done.returncode:
            yield candidate, done.stdout + done.stderr


def expanded(candidates):
    """The SAM transform takes it; what AWS would deploy is written down for the next stages."""
    for candidate in candidates:
        try:
            document = expand(candidate.path)
        except ExpansionError as refusal:
            candidate.refused = True
            yield candidate, str(refusal)
        else:
            candidate.expanded.write_text(json.dumps(document, indent=1), encoding="utf-8")


def linted(candidates):
    """cfn-lint finds nothing in what AWS would deploy."""
    for candidate in with_expansion(candidates):
        text = candidate.expanded.read_text(encoding="utf-8")
        for match in cfnlint.api.lint(text, config=ManualArgs(regions=[REGION])):
            place = ".".join(map(str, match.path))
            yield candidate, f"{place}: {match.rule.id}: {match.message}"


def patterned(candidates):
    """Every rule takes its own sample events and no others."""
    samples = list(patterns.read_samples(ROOT / "events"))
    for candidate in with_expansion(candidates):
        document = json.loads(candidate.expanded.read_text(encoding="utf-8"))
        faults = patterns.check_rules(patterns.patterns_of(document), samples)
        yield from ((candidate, fault) for fault in faults)


def ruled(candidates):
    """What the project asks of its template and no linter knows."""
    for candidate in with_expansion(candidates):
        yield from ((candidate, fault) for fault in template.faults_of(candidate.path))


def scanned(candidates):
    """checkov and parliament find nothing that suppressions.yaml does not excuse."""
    there = {str(candidate.expanded): candidate for candidate in with_expansion(candidates)}
    done = run_tool([SCAN_PYTHON, HERE / "scan.py", *there])
    lines = done.stdout.splitlines()
    if done.stderr or done.returncode != min(len(lines), 1):
        words = f"scan.py broke off with {done.returncode}: {done.stderr}"
        yield from ((candidate, words) for candidate in candidates)
        return
    for line in lines:
        path, _, words = line.partition(": ")
        yield there[path], words


def with_expansion(candidates):
    """The candidates that the transform took; of the others it has told."""
    return [candidate for candidate in candidates if not candidate.refused]


def run_tool(command, **options):
    """What a tool in a venv of its own printed; says how to install it where it is missing."""
    if not Path(command[0]).exists():
        sys.exit(f"{command[0]}: not installed; `make validate` sets it up")
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


STAGES = (
    ("SAM's command line takes the template", taken_by_sam),
    ("the SAM transform expands it", expanded),
    ("cfn-lint reads what would be deployed", linted),
    ("event patterns take their samples", patterned),
    ("the project's own rules", ruled),
    ("checkov and parliament", scanned),
)

if __name__ == "__main__":
    sys.exit(main())
