"""Checks that the template can be read function by function, and a function block from top to end.

Parts of a block in their order: function, rules, queue, dead-letter queue, schedule, permissions,
alarms, log group. A function may lack rules or a schedule, and nothing else.
"""

import re
from pathlib import Path

from source import target

FUNCTIONS = Path(__file__).parents[2] / "functions"

FUNCTION = "AWS::Serverless::Function"
ORDER = (
    "function",
    "rules",
    "queue",
    "dead-letter queue",
    "schedule",
    "permissions",
    "alarms",
    "log group",
)
OPTIONAL = {"rules", "schedule"}
PARTS = {
    FUNCTION: "function",
    "AWS::Events::Rule": "rules",
    "AWS::SQS::Queue": "queue",
    "AWS::SQS::QueuePolicy": "queue",
    "AWS::Scheduler::Schedule": "schedule",
    "AWS::IAM::Role": "permissions",
    "AWS::CloudWatch::Alarm": "alarms",
    "AWS::Logs::LogGroup": "log group",
}


def check_blocks(template):
    """Every function has one block, with all its parts in order, and a folder of its name."""
    blocks = blocks_of(template)
    folders = {path.name for path in FUNCTIONS.iterdir() if path.is_dir()}
    names = {folder_of(name) for name in blocks}
    for name in sorted(folders ^ names):
        lacking = "the template" if name in folders else "functions/"
        yield f"{name}: not in {lacking}; a function has a folder and a block"
    for function, block in blocks.items():
        yield from check_order(function, block)


def blocks_of(template):
    """For each function, (logical id, part) of what stands from it to the next function."""
    resources = template["Resources"]
    dead_letters = {
        target(resource["Properties"].get("RedrivePolicy", {}).get("deadLetterTargetArn"))
        for resource in resources.values()
        if resource["Type"] == "AWS::SQS::Queue"
    }
    blocks, block = {}, []
    for name, resource in resources.items():
        if resource["Type"] == FUNCTION:
            block = blocks.setdefault(name, [])
        part = "dead-letter queue" if name in dead_letters else PARTS.get(resource["Type"])
        block.append((name, part))
    return blocks


def check_order(function, block):
    """The parts of one block are all there, and none stands behind a later one."""
    reached = 0
    for name, part in block:
        if part is None:
            yield f"{name}: no part of the block of {function}; move it to what is shared"
        elif ORDER.index(part) < reached:
            yield f"{name}: stands behind the {ORDER[reached]} of {function}; move {part} before it"
        else:
            reached = ORDER.index(part)
    for part in ORDER:
        if part not in OPTIONAL | {part for _, part in block}:
            yield f"{function}: no {part} in its block"


def folder_of(function):
    """The folder of a function: `health-event-router` of HealthEventRouterFunction."""
    words = re.findall(r"[A-Z][a-z0-9]*", function.removesuffix("Function"))
    return "-".join(words).lower()
