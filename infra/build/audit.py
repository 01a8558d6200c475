"""Audits the dependencies: licences, bans and sources, and the advisories of RustSec.

    python infra/build/audit.py [--without-advisories]

Advisories come from RustSec's database on GitHub, which must be fetched. Where it was not read,
this says so and does not succeed: unknown is not clean. The exit status is 0 when all that was
asked for was checked and nothing found, 1 for findings, 2 when advisories were asked for and not
checked.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from compilation import ROOT, TARGET

DATABASE = "https://github.com/RustSec/advisory-db"
# A fetch takes seconds; a network that swallows packets would hold it for minutes.
FETCH_SECONDS_MAX = 120
# How old the newest advisory of a copy may be that serves while GitHub cannot be reached. RustSec
# publishes several a week. cargo-deny's own limit does not help: it takes the time of the last
# fetch, and a fetch that fails counts.
COPY_DAYS_MAX = 7

CLEAN, FINDINGS, NOT_CHECKED = 0, 1, 2

# An exception that nothing needs any more would let the next crate of that name pass.
_NO_OLD_EXCEPTIONS = ("--deny", "unmatched-skip", "--deny", "unnecessary-skip")
# Not all that leads to a crate at fault, which would fill screens.
_SHORT = "--hide-inclusion-graph"

# Runs cargo-deny with arguments; gives what it wrote.
Deny = Callable[..., str]


def main(arguments: list[str]) -> int:
    """Check everything; with --without-advisories only what needs no network."""
    status = offline(cargo_deny)
    if "--without-advisories" in arguments:
        print("Advisories: not asked for. Whether a crate has a known weakness was NOT checked.")
        return status
    known = advisories(cargo_deny, newest_in_copy, date.today())
    return max(status, known, key=[CLEAN, NOT_CHECKED, FINDINGS].index)


def offline(deny: Deny) -> int:
    """What the sources alone tell: licences, bans, and where crates come from."""
    said = deny("check", _SHORT, *_NO_OLD_EXCEPTIONS, "licenses", "bans", "sources")
    print(said)
    found = verdict(said, "licenses", "bans", "sources")
    if found is None:
        print("Licences, bans, sources: NOT CHECKED, because cargo-deny did not get to its end.")
        return NOT_CHECKED
    print(f"Licences, bans, sources: {'FINDINGS, see above' if found else 'nothing found'}.")
    return FINDINGS if found else CLEAN


def advisories(deny: Deny, newest_in_copy: Callable[[], date | None], today: date) -> int:
    """Known weaknesses, if the database of them can be read."""
    print(f"Fetching the advisories of RustSec from {DATABASE}.", flush=True)
    said = deny("check", _SHORT, "advisories")
    print(said, flush=True)
    found = verdict(said, "advisories")
    newest = newest_in_copy()
    if found is None and newest is None:
        print("Advisories: NOT CHECKED. The database was not fetched, and there is no copy of it.")
        return NOT_CHECKED
    if found is None and (today - newest).days > COPY_DAYS_MAX:
        print(
            f"Advisories: NOT CHECKED. The database was not fetched, and its copy is of {newest}."
        )
        return NOT_CHECKED
    if found is None:
        said = deny("--offline", "check", _SHORT, "advisories")
        print(f"The database was not fetched; its copy on this machine says:\n{said}")
        found = verdict(said, "advisories")
    if found is None:
        print("Advisories: NOT CHECKED, because cargo-deny did not get to its end.")
        return NOT_CHECKED
    print(f"Advisories: {'FINDINGS, see above' if found else 'nothing found'}, as of {newest}.")
    return FINDINGS if found else CLEAN


def verdict(said: str, *checks: str) -> bool | None:
    """Whether one of `checks` failed, by cargo-deny's last line; None where it did not get there.

    Its exit status does not tell: it is also not 0 where a database is missing, or an option.
    """
    last = (said.splitlines() or [""])[-1]
    results = dict(part.split(" ", 1) for part in last.split(", ") if " " in part)
    if not all(results.get(check) in ("ok", "FAILED") for check in checks):
        return None
    return any(results[check] == "FAILED" for check in checks)


def cargo_deny(*arguments: str) -> str:
    """Run the pinned cargo-deny on this workspace."""
    command = [TARGET / "tools" / "bin" / "cargo-deny", "--color", "never", *arguments]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=FETCH_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired:
        return f"cargo-deny {' '.join(arguments)}: no end after {FETCH_SECONDS_MAX} s"
    return done.stdout.strip()


def newest_in_copy() -> date | None:
    """The day of the last change of the database that cargo-deny keeps; None without one."""
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    for copy in (home / "advisory-dbs").glob("advisory-db-*"):
        done = subprocess.run(
            ["git", "-C", copy, "log", "--max-count=1", "--format=%cs"],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode == 0 and done.stdout:
            return date.fromisoformat(done.stdout.strip())
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
