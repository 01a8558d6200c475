"""Checks of the dashboard: AWS takes its body, no alarm is left out, and its tables ask for fields
that reports have.

Its text is what the console shows; that it is read with pleasure no check can tell.
"""

import json
import re
from pathlib import Path

from resolve import Resolver
from source import of_type

REPORT = Path(__file__).resolve().parents[2] / "shared" / "src" / "report.rs"

# The grid's width (CloudWatch API Reference, CloudWatch-Dashboard-Body-Structure, read 2026-11).
COLUMNS = 24
# A dashboard with more metrics is not among the three that are free
# (Amazon CloudWatch pricing, read 2026-11).
METRICS_MOST = 50
# Words of the query language, and what it calls every line
# (CloudWatch Logs User Guide, CWL_QuerySyntax, read 2026-11).
COMMANDS = {"fields", "filter", "sort", "limit", "display", "stats", "unnest", "source"}
FUNCTIONS = {"jsonparse", "ispresent", "latest"}
WORDS = {"as", "by", "into", "asc", "desc"}
# What our queries call a line that they have taken apart, and an entry of one of its lists.
STRUCTS = {"report": "Report", "decision": "DecisionLine"}


def check_dashboard(template):
    """Each dashboard of the template is one that AWS takes, complete and without an empty table."""
    resolver = Resolver(template, {})
    for name, board in of_type(template, "CloudWatch::Dashboard").items():
        try:
            body = json.loads(resolver.value(board["DashboardBody"]))
        except ValueError as error:
            yield f"{name}.DashboardBody: no JSON: {error}"
            continue
        widgets = body["widgets"]
        yield from (f"{name}: {fault}" for fault in check_places(widgets))
        yield from (f"{name}: {fault}" for fault in check_alarms_shown(resolver, widgets))
        rows = sum(len(widget["properties"].get("metrics", [])) for widget in widgets)
        if rows > METRICS_MOST:
            yield f"{name}: {rows} metrics; more than {METRICS_MOST} cost 3 dollars a month"
        for widget in widgets:
            query = widget["properties"].get("query")
            if query:
                yield from (f"{name}: {fault}" for fault in check_query(query))


def widgets_as_written(board):
    """The widgets of a dashboard, its references as they are; none where the body is no JSON."""
    try:
        return json.loads(board["DashboardBody"]["Fn::Sub"])["widgets"]
    except ValueError:
        return []


def check_places(widgets):
    """No widget covers another or the edge."""
    taken = {}
    for number, widget in enumerate(widgets):
        columns = range(widget["x"], widget["x"] + widget["width"])
        rows = range(widget["y"], widget["y"] + widget["height"])
        if columns.stop > COLUMNS:
            yield f"widget {number} ends at column {columns.stop}; there are {COLUMNS}"
        covered = {taken[place] for x in columns for y in rows if (place := (x, y)) in taken}
        yield from (f"widget {number} covers widget {other}" for other in sorted(covered))
        taken |= {(x, y): number for x in columns for y in rows}


def check_alarms_shown(resolver, widgets):
    """Every alarm is among those whose state is shown."""
    shown = {arn for widget in widgets for arn in widget["properties"].get("alarms", [])}
    for name in of_type(resolver.template, "CloudWatch::Alarm"):
        if resolver.attribute(name, "Arn") not in shown:
            yield f"{name}: not among the alarms that it shows"


def check_query(query):
    """A query asks for what is in the log: its names are fields of a report, or its own."""
    text = re.sub(r"'[^']*'", "", query)
    own = set(re.findall(r"\b(?:as|into) (\w+)", text))
    for word in sorted(set(re.findall(r"(?<![@\w.])[A-Za-z_][\w.]*", text))):
        if word.lower() in COMMANDS | FUNCTIONS | WORDS or word in own:
            continue
        whose, _, field = word.rpartition(".")
        known = fields_of(STRUCTS[whose]) if whose in own & STRUCTS.keys() else ()
        if field not in (known if whose else fields_of("Report")):
            yield f"`{word}` is no field of a report: {query}"


def fields_of(struct):
    """The fields that a struct of the report is written with."""
    source = REPORT.read_text(encoding="utf-8").replace("#[serde(skip)]\n    pub ", "// ")
    body = source.split(f"pub struct {struct} {{")[1].split("\n}")[0]
    return set(re.findall(r"^    pub (\w+):", body, re.MULTILINE))
