"""Checks that what alarms and dashboard rest on is written, and what is written is of use: the
metrics of the code, of docs/report.md, and of the template are the same.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import dashboard
from source import of_type, target

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "shared" / "src" / "report.rs"
PAGE = ROOT / "docs" / "report.md"

# Which function writes a count, in the words of the page.
WRITERS = {
    "router": {"HealthEventRouterFunction"},
    "reconciler": {"MaintenanceReconcilerFunction"},
    "both": {"HealthEventRouterFunction", "MaintenanceReconcilerFunction"},
}


@dataclass(frozen=True)
class Metric:
    """A metric as somebody rests on it; `subject` is the logical id of its one dimension's value."""

    namespace: str
    name: str
    dimension: str
    subject: str


def check_metrics(template):
    """Each metric of ours that is rested on is written by that function, and none for nobody."""
    source = SOURCE.read_text(encoding="utf-8")
    written = written_by(source)
    documented = documented_by(PAGE.read_text(encoding="utf-8"))
    for count in sorted(written.keys() | documented.keys()):
        name, (said, _) = written.get(count), documented.get(count, (None, None))
        if name != said:
            yield f"docs/report.md: `{count}` is the metric {name}, and the page says {said}"
    writers = {name: WRITERS[by] for name, by in documented.values()}
    rested = set(alarmed(template)) | set(shown(template))
    namespace, dimension = home_of(source)
    for metric in sorted(rested, key=str):
        if metric.namespace != namespace:
            continue
        if metric.dimension != dimension or metric.subject not in writers.get(metric.name, ()):
            yield (
                f"{metric.name} of {metric.dimension} {metric.subject}: nobody writes it; see "
                "METRICS in shared/src/report.rs, and who writes it in docs/report.md"
            )
    for name in sorted(writers.keys() - {metric.name for metric in rested}):
        yield f"{name}: neither an alarm nor the dashboard rests on it; take it out of METRICS"


def check_alarms(template):
    """An alarm says what it means, tells somebody, and is not left to the default about silence."""
    for name, alarm in of_type(template, "CloudWatch::Alarm").items():
        if not alarm.get("AlarmDescription", "").endswith((".", "?")):
            yield f"{name}.AlarmDescription: say what it means, and what to do first"
        if [target(action) for action in alarm.get("AlarmActions", [])] != ["NoticesTopic"]:
            yield f"{name}.AlarmActions: tell the notices topic"
        if alarm.get("TreatMissingData") not in ("breaching", "notBreaching", "ignore"):
            yield f"{name}.TreatMissingData: say what silence means"


def alarmed(template):
    """Yields the metric of each alarm."""
    for alarm in of_type(template, "CloudWatch::Alarm").values():
        [dimension] = alarm["Dimensions"]
        subject = target(dimension["Value"])
        yield Metric(alarm["Namespace"], alarm["MetricName"], dimension["Name"], subject)


def shown(template):
    """Yields each metric of each dashboard; `.` stands for what the metric before has there."""
    for board in of_type(template, "CloudWatch::Dashboard").values():
        for widget in dashboard.widgets_as_written(board):
            before = []
            for row in widget["properties"].get("metrics", []):
                cells = zip(row, before or row)
                before = [above if cell == "." else cell for cell, above in cells]
                namespace, name, dimension, subject = before[:4]
                yield Metric(namespace, name, dimension, subject.strip("${}"))


def written_by(source):
    """The metric of each count that the code writes as one."""
    counts = re.search(r"METRICS: \[&str; \d+\] = \[(.*?)\];", source, re.DOTALL)[1]
    named = dict(re.findall(r'"(\w+)" => return "(\w+)"', source))
    return {count: named.get(count, capitals(count)) for count in re.findall(r'"(\w+)"', counts)}


def capitals(count):
    """`acts_applied` is the metric ActsApplied."""
    return "".join(word[:1].upper() + word[1:] for word in count.split("_"))


def home_of(source):
    """The namespace and the one dimension of what the code writes."""
    namespace = re.search(r'const NAMESPACE: &str = "(\w+)"', source)[1]
    [dimension] = re.findall(r'"Dimensions": \[\["(\w+)"\]\]', source)[:1]
    return namespace, dimension


def documented_by(page):
    """(metric, who writes it) of each count that the page calls a metric."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| \w+ \| `(\w+)` \|", page, re.MULTILINE)
    return {count: (metric, by) for count, by, metric in rows}
