"""What functions may do and what they did are held against each other, both ways."""

import contextlib
import io
import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from standin.player import permissions

MOVER = {"Platform": ["logs:PutLogEvents"], "Acts": ["ec2:StartInstances", "ec2:StopInstances"]}


class PermissionsTest(unittest.TestCase):
    def compare(self, *used: list[str]) -> tuple[int, str]:
        """The exit status and the words for plays of one function that used these actions."""
        with tempfile.TemporaryDirectory() as folder:
            for number, actions in enumerate(used):
                account = {"mover": {"allowed": MOVER, "used": actions, "denied": {}}}
                record = Path(folder, f"play-{number}")
                record.mkdir()
                (record / "permissions.json").write_text(json.dumps(account), encoding="utf-8")
            told = io.StringIO()
            with contextlib.redirect_stdout(told):
                status = permissions.compare(Path(folder))
        return status, told.getvalue()

    def test_all_plays_together_use_what_is_allowed(self) -> None:
        status, told = self.compare(["ec2:StopInstances"], ["ec2:StartInstances"])
        self.assertEqual(told, "Permissions: 2 allowed to 1 functions, 2 used.\n")
        self.assertEqual(status, 0)

    def test_a_permission_that_no_play_uses_is_a_fault_unless_it_has_an_excuse(self) -> None:
        status, told = self.compare(["ec2:StopInstances"])
        self.assertIn("mover: ec2:StartInstances: its role allows it, and no scenario", told)
        self.assertEqual(status, 1)
        excuse = {("mover", "ec2:StartInstances"): "nothing is ever stopped"}
        with mock.patch.object(permissions, "UNUSED", excuse):
            self.assertEqual(self.compare(["ec2:StopInstances"])[0], 0)
            _, told = self.compare(["ec2:StopInstances", "ec2:StartInstances"])
        self.assertIn("needs no excuse any more", told)

    def test_what_was_asked_for_and_is_not_allowed_is_a_fault(self) -> None:
        status, told = self.compare([*MOVER["Acts"], "ec2:TerminateInstances"])
        self.assertIn("mover: ec2:TerminateInstances: it asked for it", told)
        self.assertEqual(status, 1)

    def test_a_folder_without_plays_is_an_error_that_says_what_to_do(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(FileNotFoundError, "play scenarios into it first"):
                permissions.compare(Path(folder))


if __name__ == "__main__":
    unittest.main()
