"""A packaged function's output ends in a file of its own, and is read once, line by line."""

import io
import os
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

from standin.player.function_logs import FunctionLogs
from standin.serverless.package import LOG_FOLDER, package


class FunctionLogsTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_a_packaged_function_writes_to_a_file_of_its_own(self) -> None:
        binary = self.folder / "fast-function"
        binary.write_text('#!/bin/sh\necho "$1 said"\necho complaint >&2\n')
        (self.folder / "logs").mkdir()
        with zipfile.ZipFile(io.BytesIO(package(binary))) as archive:
            archive.extractall(self.folder)
            mode = archive.getinfo("bootstrap").external_attr >> 16
        self.assertEqual(mode, 0o755)
        for name in ("bootstrap", "function"):
            (self.folder / name).chmod(0o755)
        environment = os.environ | {
            "AWS_LAMBDA_FUNCTION_NAME": "fast",
            "LAMBDA_TASK_ROOT": str(self.folder),
            LOG_FOLDER: str(self.folder / "logs"),
        }
        subprocess.run([self.folder / "bootstrap"], env=environment, check=True)
        [log] = (self.folder / "logs").iterdir()
        self.assertRegex(log.name, r"^fast\.\d+\.log$")
        self.assertEqual(log.read_text(), " said\ncomplaint\n")

    def test_a_function_that_was_packed_for_lambda_is_taken_out_of_its_package(self) -> None:
        with zipfile.ZipFile(self.folder / "packed.zip", "w") as archive:
            archive.writestr("bootstrap", b"the function")
        with zipfile.ZipFile(io.BytesIO(package(self.folder / "packed"))) as archive:
            self.assertEqual(archive.read("function"), b"the function")

    def test_a_function_that_is_not_built_says_how_to_build_it(self) -> None:
        with self.assertRaisesRegex(FileNotFoundError, "cargo build --release -p absent"):
            package(self.folder / "absent")

    def test_reports_are_read_once_and_only_when_complete(self) -> None:
        log, logs = self.folder / "a.log", FunctionLogs(self.folder)
        line = '{"level":"INFO","now":"2026-12-01T08:00:00Z"}\n'
        log.write_text(line + line[:20])
        self.assertEqual(len(logs.reports()), 1)
        self.assertEqual(logs.reports(), [])
        log.write_text(line + line)
        self.assertEqual(len(logs.reports()), 1)

    def test_metrics_are_skipped_and_the_rest_is_noise(self) -> None:
        logs = FunctionLogs(self.folder)
        (self.folder / "a.log").write_text('{"_aws":{}}\nthread panicked\n{"level":"WARN"}\n')
        self.assertEqual(logs.reports(), [])
        self.assertEqual(logs.noise, ["thread panicked", '{"level":"WARN"}'])

    def test_reports_of_several_processes_come_in_the_order_of_their_times(self) -> None:
        for name, hour in (("a", "10"), ("b", "09")):
            line = f'{{"level":"INFO","now":"2026-12-01T{hour}:00:00Z"}}\n'
            (self.folder / f"{name}.log").write_text(line)
        hours = [report["now"][11:13] for report in FunctionLogs(self.folder).reports()]
        self.assertEqual(hours, ["09", "10"])


if __name__ == "__main__":
    unittest.main()
