"""The fleet as a process of its own."""

import json
import os
import subprocess
import sys
import unittest
import urllib.request
from pathlib import Path

TESTS = Path(__file__).parents[2]


class ProcessTest(unittest.TestCase):
    def test_it_says_where_it_listens_and_ends_with_its_parent(self):
        command = [sys.executable, "-m", "standin.fleet", "--port", "0", "--exit-with-parent"]
        process = subprocess.Popen(
            [*command, "--start", "2026-11-20T00:00:00Z"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(TESTS)},
        )
        with process:
            url = json.loads(process.stdout.readline())["fleet"]
            request = urllib.request.Request(f"{url}/control", b'{"do":"clock"}')
            with urllib.request.urlopen(request) as answer:
                self.assertEqual(json.load(answer)["now"], "2026-11-20T00:00:00Z")
            process.stdin.close()
            self.assertEqual(process.wait(timeout=10), 0)
