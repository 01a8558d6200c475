"""Checks of the settings: safe by default, bounded, and the same in template and documentation."""

import re
from collections import Counter
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"

# What a fresh deployment does: plan and report, and change nothing.
SAFE = {"MaximumMode": "observe", "KillSwitch": "off", "AllowedGroups": ""}


def check_parameters(template):
    """Every parameter has words, a default and a range, and the defaults are harmless."""
    parameters = template["Parameters"]
    for name, default in SAFE.items():
        if parameters.get(name, {}).get("Default") != default:
            yield f"Parameters.{name}.Default: must be {default!r}"
    for name, parameter in parameters.items():
        if "Default" not in parameter:
            yield f"Parameters.{name}.Default: give one, so that a deployment needs no answers"
            continue
        for part in said_of(parameter):
            if part not in parameter.get("Description", ""):
                yield f"Parameters.{name}.Description: say its unit and {part!r}"
        if not {"AllowedValues", "AllowedPattern", "MaxValue"} & parameter.keys():
            yield f"Parameters.{name}: bound it by AllowedValues, AllowedPattern or MaxValue"
        values = parameter.get("AllowedValues", []) + [parameter.get("Default")]
        if any(isinstance(value, bool) for value in values):
            yield f"Parameters.{name}: YAML reads on and off as booleans; quote them"


def said_of(parameter):
    """What the description of a parameter says of its value, for whoever sees only the console."""
    default = parameter["Default"]
    yield "default empty" if default == "" else f"default {default}"
    if "MaxValue" in parameter:
        yield range_of(parameter)


def check_groups(template):
    """The console asks for every parameter under one heading."""
    interface = template["Metadata"]["AWS::CloudFormation::Interface"]
    asked = Counter(name for group in interface["ParameterGroups"] for name in group["Parameters"])
    for name in sorted(asked.keys() | template["Parameters"].keys()):
        if asked[name] != 1 or name not in template["Parameters"]:
            yield f"Metadata: {name} stands in {asked[name]} ParameterGroups; one for a parameter"


def check_documented(template):
    """docs/settings.md has one row per parameter and variable, with the template's own values."""
    rows = rows_of(DOCUMENT.read_text(encoding="utf-8"))
    parameters = template["Parameters"]
    variables = {
        name
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
        for name in resource["Properties"]["Environment"]["Variables"]
    }
    for name in sorted((parameters.keys() | variables) ^ rows.keys()):
        lacking = "the template" if name in rows else "docs/settings.md"
        yield f"{name}: not in {lacking}; a setting is in both or in none"
    for name in sorted(parameters.keys() & rows.keys()):
        for part, value in (("default", default_of), ("range", range_of)):
            wanted = value(parameters[name])
            if wanted and wanted not in rows[name]:
                yield f"{name}: docs/settings.md does not give its {part} as {wanted}"


def rows_of(text):
    """The cells of each table row that starts with a name in backticks, by that name."""
    found = re.finditer(r"^\| `(\w+)` \|(.*)\|$", text, re.MULTILINE)
    return {row[1]: [cell.strip() for cell in row[2].split("|")] for row in found}


def default_of(parameter):
    """How the documentation writes the default: a value in backticks, or `empty`."""
    return f"`{parameter['Default']}`" if parameter["Default"] != "" else "empty"


def range_of(parameter):
    """How the documentation writes the range; None where a pattern says it in other words."""
    if "AllowedValues" in parameter:
        return ", ".join(f"`{value}`" for value in parameter["AllowedValues"])
    if "MaxValue" in parameter:
        return f"{parameter['MinValue']} to {parameter['MaxValue']}"
    return None
