"""Builds the packages that Lambda takes, and lets none stand that has a fault.

    python infra/build/build.py --architecture arm64 health-event-router maintenance-reconciler

Each goes to target/package/<architecture>/<function>.zip. The exit status says whether one had a
fault; its package is removed.
"""

import argparse
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import compilation
import crates
import executable
from package import pack

# What a package is meant to have at most, in 10^6 bytes: a larger one takes longer to start
# (AWS Lambda Developer Guide, best-practices, read 2026-11). One above it runs all the same.
BUDGET_MEGABYTES = 4.0


@dataclass
class Built:
    """A package and what was packed."""

    function: str
    architecture: str
    package: Path
    executable: Path


def main(arguments: list[str]) -> int:
    """Build every function for every architecture, and print what came of it."""
    options = parsed(arguments)
    print(f"Compiler: {compilation.compiler()}.", flush=True)
    compilation.fetch()
    private_folders = compilation.private_folders()
    done, faulty = [], 0
    for architecture in options.architecture:
        for function in options.functions:
            built = build(function, architecture)
            faults = list(check(built, private_folders))
            for fault in faults:
                print(f"{function} ({architecture}) {fault}", file=sys.stderr)
            if faults:
                built.package.unlink()
                faulty += 1
            else:
                done.append(built)
    print("\n".join(table(done)))
    if not faulty:
        print(
            "Each is for its architecture, runs on Amazon Linux 2023, and has no test code in it."
        )
    return min(faulty, 1)


def parsed(arguments: list[str]) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--architecture", action="append", required=True, choices=list(compilation.TARGETS)
    )
    parser.add_argument("functions", nargs="+")
    return parser.parse_args(arguments)


def build(function: str, architecture: str) -> Built:
    """Compile and pack one function."""
    print(f"Building {function} for {architecture}; the first takes minutes.", flush=True)
    bootstrap = compilation.compiled(function, architecture)
    package = compilation.TARGET / "package" / architecture / f"{function}.zip"
    pack(bootstrap, package)
    return Built(function, architecture, package, bootstrap)


def check(built: Built, private_folders: list[str]) -> Iterator[str]:
    """Every fault of a built function."""
    yield from crates.check_features(crates.linked(built.function, built.architecture))
    yield from executable.check(built.executable, built.architecture, private_folders)


def table(done: list[Built]) -> Iterator[str]:
    """The packages with their sizes in megabytes of 10^6 bytes, and their checksums."""
    names = max((len(built.function) for built in done), default=0)
    yield f"{'function':{names}}  architecture  zip MB  unpacked MB  SHA-256 of the zip"
    for built in done:
        digest = hashlib.sha256(built.package.read_bytes()).hexdigest()
        yield (
            f"{built.function:{names}}  {built.architecture:12}  {size(built.package):6.2f}"
            f"  {size(built.executable):11.2f}  {digest}"
        )
    over = [built for built in done if size(built.package) > BUDGET_MEGABYTES]
    names = ", ".join(f"{built.function} ({built.architecture})" for built in over)
    yield f"Budget: {BUDGET_MEGABYTES:.2f} MB for each zip. " + (
        f"OVER it: {names}; `cargo tree` shows what came in." if over else "None is over it."
    )


def size(path: Path) -> float:
    """Megabytes of a file."""
    return path.stat().st_size / 1e6


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
