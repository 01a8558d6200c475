"""Whoever deploys is told what he must be allowed: every call that is made here, and no other."""

import ast
import re
import unittest
from pathlib import Path

import botocore.session
from botocore import xform_name

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "installing.md"
HEADING = "## What whoever deploys must be allowed"

SERVICES = ("cloudformation", "dynamodb", "ec2", "events", "lambda", "scheduler", "sns", "sts")
# IAM's name where it is not the operation's; and what a waiter calls.
NAMES = {"Invoke": "InvokeFunction", "function_updated_v2": "GetFunction"}
# What `sam` and cargo-lambda call.
OF_TOOLS = {"CreateChangeSet", "GetTemplateSummary", "UpdateFunctionCode"}


def operations():
    """Every operation of the services used, by the name of boto3's method."""
    session = botocore.session.get_session()
    models = (session.get_service_model(service) for service in SERVICES)
    return {xform_name(name): name for model in models for name in model.operation_names}


def calls(source, known):
    """The operations that a module names: as a method, or as the words of a paginator or waiter."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            words = [one.value for one in node.args if isinstance(one, ast.Constant)]
            named = words if node.func.attr in ("get_paginator", "get_waiter") else [node.func.attr]
            yield from (NAMES.get(known.get(one, one), known.get(one)) for one in named)


class Documented(unittest.TestCase):
    """The table of docs/installing.md against the calls."""

    def setUp(self):
        known = operations()
        modules = [
            path
            for path in HERE.glob("*.py")
            if path.stem.partition("_")[0] not in ("test", "play")
        ]
        named = {call for path in modules for call in calls(path.read_text("utf-8"), known)}
        self.called = {call for call in named if call} | OF_TOOLS
        table = DOCUMENT.read_text("utf-8").split(HEADING)[1].split("\n\n")[2]
        self.told = set(re.findall(r"`([A-Z][A-Za-z]+)`", table))

    def test_every_call_is_in_the_table(self):
        self.assertEqual(self.called - self.told, set())

    def test_the_table_asks_for_nothing_else(self):
        # What goes to the bucket is SAM's own affair.
        self.assertEqual(self.told - self.called, {"GetObject", "PutObject"})


if __name__ == "__main__":
    unittest.main()
