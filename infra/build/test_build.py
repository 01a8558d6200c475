"""A package without a fault stands, one with a fault does not, and the exit status tells."""

import contextlib
import io
import platform
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import build
from crates import crates_of

HOST = {"aarch64": "arm64", "x86_64": "x86_64"}[platform.machine()]
CLEAN = b"shared/src/decide/guard.rs"
TREE = "0function v0.1.0 (/work)\t{}\tApache-2.0\t"


class Builds(unittest.TestCase):
    """The command as a whole; instead of compiling, it takes the executable of this Python."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.target = Path(folder.name)
        self.package = self.target / "package" / HOST / "function.zip"

    def run_build(self, mark=CLEAN, features="default", budget=build.BUDGET_MEGABYTES):
        """Exit status and what was written, for an executable with `mark` in it."""
        executable = self.target / "bootstrap"
        executable.write_bytes(Path(sys.executable).resolve().read_bytes() + mark)
        written = io.StringIO()
        replaced = {
            "build.compilation.TARGET": self.target,
            "build.compilation.compiled": lambda *_: executable,
            "build.compilation.fetch": lambda: None,
            "build.compilation.private_folders": list,
            "build.crates.linked": lambda *_: crates_of(TREE.format(features)),
            "build.executable.NEWEST_GLIBC": (99, 0),
            "build.BUDGET_MEGABYTES": budget,
        }
        with contextlib.ExitStack() as stack:
            for name, value in replaced.items():
                stack.enter_context(mock.patch(name, value))
            stack.enter_context(contextlib.redirect_stdout(written))
            stack.enter_context(contextlib.redirect_stderr(written))
            return build.main(["--architecture", HOST, "function"]), written.getvalue()

    def assert_refused(self, fault, **changed):
        """The build says `fault`, fails, and leaves no package."""
        status, written = self.run_build(**changed)
        self.assertIn(f"function ({HOST}) {fault}", written)
        self.assertEqual(status, 1)
        self.assertFalse(self.package.exists())

    def test_a_package_without_a_fault_stands_and_is_listed(self):
        status, written = self.run_build()
        self.assertEqual(status, 0)
        self.assertTrue(self.package.is_file())
        self.assertRegex(written, rf"function +{HOST} +\d+\.\d\d +\d+\.\d\d +[0-9a-f]{{64}}")

    def test_a_package_with_test_code_is_removed(self):
        self.assert_refused("has test code", mark=CLEAN + b"shared/src/testing/mod.rs")

    def test_a_package_built_with_the_feature_of_tests_is_removed(self):
        self.assert_refused("function is linked with the feature testing", features="testing")

    def test_a_package_over_the_budget_is_named_and_stands(self):
        status, written = self.run_build(budget=0.001)
        self.assertIn(f"OVER it: function ({HOST})", written)
        self.assertEqual((status, self.package.is_file()), (0, True))
        self.assertIn("None is over it.", self.run_build()[1])


if __name__ == "__main__":
    unittest.main()
