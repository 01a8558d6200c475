"""Follows what the functions write: one report per invocation, as JSON, on one line."""

from __future__ import annotations

import json
from pathlib import Path

from standin.fleet_control import read_time


class FunctionLogs:
    """Reads the files in `folder`, each from where it was read last."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._read: dict[Path, int] = {}
        # Lines that are neither a report nor a metric document: what a crash leaves behind.
        self.noise: list[str] = []

    def reports(self) -> list[dict]:
        """The reports written since the last call, by the time they carry."""
        found = []
        for path in sorted(self._folder.iterdir()):
            found += filter(None, map(self._report, self._new_lines(path)))
        return sorted(found, key=lambda report: read_time(report["now"]))

    def _new_lines(self, path: Path) -> list[str]:
        with path.open("rb") as file:
            file.seek(self._read.get(path, 0))
            complete, newline, _ = file.read().rpartition(b"\n")
        self._read[path] = self._read.get(path, 0) + len(complete) + len(newline)
        return complete.decode(errors="replace").splitlines()

    def _report(self, line: str) -> dict | None:
        try:
            document = json.loads(line)
        except json.JSONDecodeError:
            document = None
        if not isinstance(document, dict):
            self.noise.append(line)
            return None
        if "_aws" in document or document.get("level") == "DEBUG":
            return None
        if document.get("level") not in ("INFO", "WARN") or not document.get("now"):
            self.noise.append(line)
            return None
        return document
