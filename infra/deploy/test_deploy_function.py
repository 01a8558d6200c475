"""New code is all that a deployment of one function may bring."""

import copy
import json
import subprocess
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import deploy_function
from account import Refusal

BEFORE = {
    "FunctionName": "reberth-MaintenanceReconcilerFunction-1ABCDEFGHIJKL",
    "Role": "arn:aws:iam::123456789012:role/reberth-1",
    "Timeout": 120,
    "Environment": {"Variables": {"REBERTH_MAXIMUM_MODE": "observe"}},
    "CodeSha256": "old",
    "CodeSize": 1,
    "LastModified": "2026-11-01T00:00:00.000+0000",
    "RevisionId": "1",
    "State": "Active",
    "LastUpdateStatus": "Successful",
}


class Differences(unittest.TestCase):
    """The configuration before and after."""

    def setUp(self):
        self.after = copy.deepcopy(BEFORE) | {
            "CodeSha256": "new",
            "CodeSize": 2,
            "LastModified": "2026-11-02T00:00:00.000+0000",
            "RevisionId": "2",
            "LastUpdateStatusReason": "",
        }

    def differences(self):
        return deploy_function.differences(BEFORE, self.after, "new")

    def test_new_code_differs_in_nothing_that_is_the_stacks(self):
        self.assertEqual(self.differences(), [])

    def test_another_role_timeout_or_variable_is_found(self):
        self.after |= {"Role": "other", "Timeout": 30}
        self.after["Environment"]["Variables"] = {}
        self.assertEqual(
            [fault.partition(" ")[0] for fault in self.differences()],
            ["Environment", "Role", "Timeout"],
        )

    def test_what_is_added_or_lost_is_found(self):
        self.after["Layers"] = []
        del self.after["Timeout"]
        self.assertEqual(len(self.differences()), 2)

    def test_other_code_than_the_package_is_found(self):
        self.after["CodeSha256"] = "another"
        self.assertIn("runs another, not new", self.differences()[0])


class Upload(unittest.TestCase):
    """What cargo-lambda is given, and what it says."""

    def upload(self, status, said):
        """Uploads this file as the package; the program's arguments and what came of it."""
        done = subprocess.CompletedProcess([], status, stdout=said, stderr="")
        function = SimpleNamespace(name="reberth-1", region="eu-west-1")
        with mock.patch.object(deploy_function.subprocess, "run", return_value=done) as run:
            version = deploy_function.upload(function, Path(__file__), Path("cargo-lambda"))
        return run.call_args.args[0], version

    def test_it_names_the_function_of_the_stack_and_changes_no_setting(self):
        said = "loading\n" + json.dumps({"version": "7"})
        [_, *arguments], version = self.upload(0, said)
        self.assertEqual(version, "7")
        self.assertEqual(arguments[-1], "reberth-1")
        options = {argument for argument in arguments if argument.startswith("--")}
        self.assertEqual(options, {"--lambda-dir", "--binary-name", "--region", "--output-format"})

    def test_its_own_words_are_told_where_it_fails(self):
        with self.assertRaisesRegex(Refusal, "no such function"):
            self.upload(1, "no such function")


if __name__ == "__main__":
    unittest.main()
