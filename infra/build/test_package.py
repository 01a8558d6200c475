"""A package is what Lambda takes, and the same bytes every time."""

import os
import tempfile
import unittest
import zipfile
from pathlib import Path

from package import pack


class Packages(unittest.TestCase):
    """One file, named and marked as Lambda's Runtime API wants it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.executable = self.folder / "any-name"
        self.executable.write_bytes(b"\x7fELF" + bytes(1000))

    def test_it_holds_one_file_named_bootstrap_that_all_may_run(self):
        pack(self.executable, self.folder / "arm64" / "function.zip")
        with zipfile.ZipFile(self.folder / "arm64" / "function.zip") as archive:
            (member,) = archive.infolist()
            self.assertEqual(archive.read(member), self.executable.read_bytes())
        self.assertEqual(member.filename, "bootstrap")
        self.assertEqual(oct(member.external_attr >> 16), "0o100755")

    def test_neither_time_nor_mode_nor_folder_of_the_executable_is_told(self):
        pack(self.executable, self.folder / "one.zip")
        elsewhere = self.folder / "elsewhere"
        elsewhere.mkdir()
        other = self.executable.rename(elsewhere / "other-name")
        os.utime(other, (1_700_000_000, 1_700_000_000))
        other.chmod(0o700)
        pack(other, self.folder / "two.zip")
        same = (self.folder / "one.zip").read_bytes() == (self.folder / "two.zip").read_bytes()
        self.assertTrue(same)


if __name__ == "__main__":
    unittest.main()
