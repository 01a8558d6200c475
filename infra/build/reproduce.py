"""Proves that the packages are the same bytes whoever builds them: builds them twice and compares.

    python infra/build/reproduce.py --architecture arm64 health-event-router maintenance-reconciler

Both builds start from nothing, in two copies of these sources: folders of different names and
depth, each with a target folder and caches of its own. What cargo downloaded is shared.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from compilation import ROOT, TARGET

_COPIES = ("first", "second/at another depth")
_NOT_SOURCES = shutil.ignore_patterns("target", ".git", ".venv*", ".ruff_cache", "__pycache__")


def main(arguments: list[str]) -> int:
    """Build twice and compare; `arguments` are those of build.py."""
    folder = TARGET / "reproduce"
    shutil.rmtree(folder, ignore_errors=True)
    packages = [built(folder / name, arguments) for name in _COPIES]
    differing = compared(*packages)
    if differing:
        print(f"Both builds are kept in {folder}; diffoscope shows where they differ.")
        return 1
    shutil.rmtree(folder)
    return 0


def built(copy: Path, arguments: list[str]) -> dict[str, str]:
    """SHA-256 of every package that a copy of these sources makes, by its path in target/."""
    print(f"Building from nothing in {copy.relative_to(ROOT)}.", flush=True)
    shutil.copytree(ROOT, copy, ignore=_NOT_SOURCES)
    script = copy / Path(__file__).relative_to(ROOT).with_name("build.py")
    subprocess.run([sys.executable, script, *arguments], cwd=copy, check=True)
    packages = (copy / "target" / "package").glob("*/*.zip")
    return {str(path.relative_to(copy)): digest(path) for path in sorted(packages)}


def compared(first: dict[str, str], second: dict[str, str]) -> list[str]:
    """The names that stand for other bytes, or in one alone; prints a line for each name."""
    differing = [] if first | second else ["no package at all"]
    for name in sorted(first | second):
        same = first.get(name) == second.get(name)
        print(f"{name}: {'the same bytes' if same else 'DIFFERENT'}, {first.get(name)}")
        if not same:
            print(f"{name}: in the second build {second.get(name)}")
            differing.append(name)
    return differing


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
