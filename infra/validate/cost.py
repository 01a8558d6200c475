"""What the stack costs in a month, from published prices, and the check that docs/cost.md says so.

    python infra/validate/cost.py infra/template.yaml    # prints the table of docs/cost.md

What the template holds is counted from the template; what a fleet does in a month is assumed, and
docs/cost.md says each assumption. Free allowances are left out: other stacks may have used them.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from source import of_type, read

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = DOCS / "cost.md"
METRICS = DOCS / "report.md"

# US dollars in us-east-1; the pages and the dates they were read stand in docs/cost.md.
PER_ALARM = 0.10
PER_METRIC = 0.30
PER_DASHBOARD = 3.00
PER_GB_OF_LOGS = 0.50
PER_GB_SECOND = 0.0000133334
PER_INVOCATION = 0.20 / 1e6
PER_QUEUE_REQUEST = 0.40 / 1e6
PER_READ_UNIT = 0.125 / 1e6
PER_WRITE_UNIT = 0.625 / 1e6
PER_EVENT = 1.00 / 1e6
PER_SCHEDULED_CALL = 1.00 / 1e6
PER_TRACE = 5.00 / 1e6

MINUTES = 730 * 60
GIGABYTES_OF_MEMORY = 0.25
# Lambda keeps five long polls of 20 seconds on a queue, whether anything comes or not
# (Lambda Developer Guide, services-sqs-scaling, read 2026-11).
POLLS_OF_A_QUEUE = 5 * 3 * MINUTES
# Two lines of ours and three of Lambda's, as a demo writes them.
GB_OF_LOGS_PER_INVOCATION = 3e-6
# An incident from its notice to its end: 25 writes of at most 4 KB, 8 events and messages.
LOOKS_OF_AN_INCIDENT = 12
WRITE_UNITS_OF_AN_INCIDENT = 100
EVENTS_OF_AN_INCIDENT = 8


@dataclass(frozen=True)
class Fleet:
    """What one fleet brings about in a month."""

    instances: int
    # One instance in a hundred is scheduled for maintenance.
    incidents: int
    # Instances that stop or end for any reason, each a message that costs no describe call.
    endings: int
    # Seconds that one look takes, most of them waiting for EC2.
    look: float
    # Units of 4 KB that one look reads of the ledger.
    read_units: int


FLEETS = (
    Fleet(instances=100, incidents=1, endings=1_000, look=2, read_units=4),
    Fleet(instances=10_000, incidents=100, endings=100_000, look=20, read_units=100),
)


def lines(template, metrics, fleet):
    """Yields (what, how many, US dollars a month) for one fleet."""
    sweeps = MINUTES // template["Parameters"]["SweepMinutes"]["Default"]
    looks = sweeps + fleet.incidents * LOOKS_OF_AN_INCIDENT
    # A batch of endings that concern nobody takes a moment; ten of them come together.
    invocations = looks + fleet.endings / 10
    seconds = looks * fleet.look + fleet.endings / 10 * 0.1
    alarms = len(of_type(template, "CloudWatch::Alarm"))
    dashboards = len(of_type(template, "CloudWatch::Dashboard"))
    queues = len(of_type(template, "Serverless::Function"))
    requests = queues * POLLS_OF_A_QUEUE + 2 * fleet.endings
    reads = invocations * fleet.read_units
    writes = fleet.incidents * WRITE_UNITS_OF_AN_INCIDENT + looks
    events = fleet.incidents * EVENTS_OF_AN_INCIDENT
    ledger = reads * PER_READ_UNIT + writes * PER_WRITE_UNIT
    compute = seconds * GIGABYTES_OF_MEMORY
    logs = invocations * GB_OF_LOGS_PER_INVOCATION
    yield "custom metrics", f"{metrics}", metrics * PER_METRIC
    yield "alarms", f"{alarms}", alarms * PER_ALARM
    yield "dashboard", f"{dashboards}", dashboards * PER_DASHBOARD
    yield "queue requests, most of them empty polls", f"{requests:,}", requests * PER_QUEUE_REQUEST
    yield "compute, GB-seconds", f"{compute:,.0f}", compute * PER_GB_SECOND
    yield "invocations", f"{invocations:,.0f}", invocations * PER_INVOCATION
    yield "traces", f"{invocations:,.0f}", invocations * PER_TRACE
    yield "logs, GB", f"{logs:.2f}", logs * PER_GB_OF_LOGS
    yield "ledger, units read and written", f"{reads + writes:,.0f}", ledger
    yield "schedule", f"{sweeps:,}", sweeps * PER_SCHEDULED_CALL
    yield "events of our own", f"{events:,}", events * PER_EVENT


def table(template, metrics):
    """The rows of the page, with the totals; `metrics` is the number of custom metrics."""
    fleets = [list(lines(template, metrics, fleet)) for fleet in FLEETS]
    heads = " | ".join(f"{fleet.instances:,} instances | USD" for fleet in FLEETS)
    yield f"| a month | {heads} |"
    yield "| --- |" + " ---: |" * (2 * len(FLEETS))
    for row in zip(*fleets):
        cells = " | ".join(f"{number} | {dollars:.2f}" for _, number, dollars in row)
        yield f"| {row[0][0]} | {cells} |"
    sums = (sum(dollars for *_, dollars in fleet) for fleet in fleets)
    yield "| **together** |" + "".join(f" | **{dollars:.2f}** |" for dollars in sums)


def metrics_of(report):
    """How many metrics the page on reports names: those of both functions are two each."""
    section = report.split("## Counts and metrics")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `\w+` \| (\w+) \| \w+ \| `\w+` \|", section, re.MULTILINE)
    return sum(2 if by == "both" else 1 for by in rows)


def check_cost(template):
    """Yields a fault for each row of the table that docs/cost.md lacks."""
    page = PAGE.read_text(encoding="utf-8").splitlines()
    for row in table(template, metrics_of(METRICS.read_text(encoding="utf-8"))):
        if row not in page:
            yield f"docs/cost.md lacks this row, as the template and the prices have it: {row}"


if __name__ == "__main__":
    COUNTED = metrics_of(METRICS.read_text(encoding="utf-8"))
    print("\n".join(table(read(sys.argv[1]), COUNTED)))
