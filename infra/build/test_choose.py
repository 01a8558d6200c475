"""The packages of one architecture are put where the template looks for them, all or none."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path


class Choices(unittest.TestCase):
    """The script, in a folder laid out as this project is."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        self.script = root / "infra" / "build" / "choose.sh"
        self.script.parent.mkdir(parents=True)
        shutil.copy(Path(__file__).with_name("choose.sh"), self.script)
        self.packages = root / "target" / "package"

    def packaged(self, architecture, *functions):
        """Packages of an architecture, whose content is its name."""
        (self.packages / architecture).mkdir(parents=True)
        for function in functions:
            (self.packages / architecture / f"{function}.zip").write_text(architecture)

    def choose(self, *arguments):
        """What the script answers."""
        return subprocess.run(
            [self.script, *arguments], check=False, capture_output=True, text=True
        )

    def chosen(self):
        """What lies where the template looks."""
        return {path.name: path.read_text() for path in self.packages.glob("*.zip")}

    def test_the_last_choice_stands(self):
        self.packaged("arm64", "router", "reconciler")
        self.packaged("x86_64", "router", "reconciler")
        for architecture in ("x86_64", "arm64"):
            self.assertEqual(self.choose(architecture, "router", "reconciler").returncode, 0)
            self.assertEqual(set(self.chosen().values()), {architecture})
        self.assertEqual(self.chosen().keys(), {"router.zip", "reconciler.zip"})

    def test_where_one_package_is_missing_none_is_chosen_and_the_cure_is_said(self):
        self.packaged("arm64", "router")
        answer = self.choose("arm64", "router", "reconciler")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("arm64/reconciler.zip is missing: make build", answer.stderr)
        self.assertEqual(self.chosen(), {})

    def test_before_the_first_build_the_cure_is_said(self):
        answer = self.choose("arm64", "router")
        self.assertEqual(answer.returncode, 1)
        self.assertIn("make build", answer.stderr)


if __name__ == "__main__":
    unittest.main()
