"""Child processes of the stand-in: each ends when its standard input closes, whoever dies first."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

_START_SECONDS_MAX = 30
# The folder that holds the package `standin`.
_PYTHON_PATH = Path(__file__).resolve().parents[1]


class Child:
    """A Python module run as a server; what it writes goes to `log`."""

    def __init__(self, module: list[str], log: Path, environment: dict[str, str] | None = None):
        self.log = log
        self._name = module[0]
        self._give_up = time.monotonic() + _START_SECONDS_MAX
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *module],
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
                env=_bare_environment() | (environment or {}),
            )

    def wait_for_line(self, start: str) -> str:
        """Wait for a line of output that begins with `start`, by which a server says: ready."""
        while self._alive_in_time():
            for line in self.log.read_text(errors="replace").splitlines(keepends=True):
                if line.startswith(start) and line.endswith("\n"):
                    return line
            time.sleep(0.02)
        raise self._not_ready()

    def wait_for_port(self, port: int) -> None:
        """Wait until the server accepts connections on 127.0.0.1."""
        while self._alive_in_time():
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.02)
        raise self._not_ready()

    def end(self) -> None:
        """Close the standard input and wait; a server that stays is killed."""
        self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _alive_in_time(self) -> bool:
        return self._process.poll() is None and time.monotonic() < self._give_up

    def _not_ready(self) -> RuntimeError:
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
        return RuntimeError(f"{self._name}: ended or silent before it was ready:\n{tail}")


def _bare_environment() -> dict[str, str]:
    """This process's environment without the caller's AWS account in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"PYTHONPATH": str(_PYTHON_PATH), "PYTHONUNBUFFERED": "1"}


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
