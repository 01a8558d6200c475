"""Proof that the simulation finds mistakes: breaks the product in one place at a time, and wants the
invariant that each mutant names to catch it.

    python3 shared/tests/mutants/prove.py [--seeds N] [--profile NAME] [mutant ...]
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
COPY = ROOT / "target" / "prove"

BROKEN = re.compile(r"^SEED=(\d+) (\S+)")


@dataclass(frozen=True)
class Mutant:
    """One mistake: what stands in a file, and what is put in its place."""

    name: str
    breaks: str
    file: Path
    old: str
    new: str

    @classmethod
    def read(cls, path: Path) -> Mutant:
        """Reads a mutant's file. A field that is missing or unknown is an error."""
        fields = tomllib.loads(path.read_text())
        return cls(path.stem, **(fields | {"file": Path(fields["file"])}))

    def applied(self, text: str) -> str:
        """The text with the mistake in it."""
        times = text.count(self.old)
        if times != 1:
            raise LookupError(f"what it changes stands {times} times in {self.file}, not once")
        return text.replace(self.old, self.new)


@dataclass(frozen=True)
class Caught:
    """The first run that went wrong by an invariant: its seed, and what went wrong in those before."""

    seed: int | None
    before: dict[str, int]


class Tree:
    """A copy of the tree, in which things are broken."""

    def __init__(self, seeds: int, profile: str) -> None:
        self.seeds = seeds
        self.profile = profile

    def copy(self) -> None:
        """Makes the copy as the tree is now; what did not change keeps its time, and is not built again."""
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT, check=True, capture_output=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            source, copy = ROOT / name, COPY / "tree" / name
            if source.is_file() and not same(source, copy):
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)

    def play(self, wanted: str | None) -> Caught:
        """Builds and plays, until a run goes wrong by the wanted invariant, or by any where none is named."""
        command = ["cargo", "test", "--quiet", "--profile", self.profile, "--package", "shared"]
        command += ["--features", "testing", "--test", "simulation"]
        environment = os.environ | {"CARGO_TARGET_DIR": str(COPY / "target")}
        built = subprocess.run(
            [*command, "--no-run"], cwd=COPY / "tree", env=environment, capture_output=True, text=True
        )
        if built.returncode != 0:
            raise LookupError(f"it does not build: {built.stderr.strip()[-2000:]}")
        before: dict[str, int] = {}
        with subprocess.Popen(
            [*command, "--", "--seeds", str(self.seeds)],
            cwd=COPY / "tree", env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            start_new_session=True,
        ) as played:
            for line in played.stdout or ():
                if found := BROKEN.match(line):
                    seed, kind = int(found[1]), found[2].rstrip(":")
                    if wanted in (None, kind):
                        os.killpg(played.pid, 15)
                        return Caught(seed, before)
                    before[kind] = before.get(kind, 0) + 1
        return Caught(None, before)


def same(one: Path, other: Path) -> bool:
    """Both files hold the same."""
    return other.is_file() and one.read_bytes() == other.read_bytes()


def prove(tree: Tree, mutant: Mutant) -> tuple[bool, str]:
    """Breaks the copy, plays, and mends it. Answers whether the mutant was caught, and in which words."""
    began = time.monotonic()
    path = COPY / "tree" / mutant.file
    whole = path.read_text()
    try:
        path.write_text(mutant.applied(whole))
        caught = tree.play(mutant.breaks)
    except LookupError as error:
        return False, str(error)
    finally:
        path.write_text(whole)
    took = f"{time.monotonic() - began:.0f} s"
    others = ", ".join(f"{kind} {times} times" for kind, times in sorted(caught.before.items()))
    others = f"; before it {others}" if others else ""
    if caught.seed is None:
        return False, f"not caught in {tree.seeds} seeds{others} ({took})"
    return True, f"caught at seed {caught.seed}{others} ({took})"


def main() -> int:
    """Proves the mutants that are named, or all of them."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", type=int, default=300, help="play so many at most")
    arguments.add_argument("--profile", default="dev", help="the Cargo profile to play in")
    arguments.add_argument("mutants", nargs="*", help="their names; none means all")
    given = arguments.parse_args()
    paths = [HERE / f"{name}.toml" for name in given.mutants] or sorted(HERE.glob("*.toml"))
    mutants = sorted((Mutant.read(path) for path in paths), key=lambda mutant: (mutant.breaks, mutant.name))
    tree = Tree(given.seeds, given.profile)
    tree.copy()
    unbroken = tree.play(None)
    if unbroken.seed is not None:
        print(f"Nothing is broken, and seed {unbroken.seed} goes wrong: mend that first.")
        return 1
    print(f"Nothing is broken: {given.seeds} seeds, none goes wrong.", flush=True)
    width = max(len(mutant.name) for mutant in mutants)
    failed = 0
    for mutant in mutants:
        caught, words = prove(tree, mutant)
        failed += not caught
        print(f"{mutant.breaks:4} {mutant.name:{width}}  {words}", flush=True)
    print(f"{len(mutants) - failed} of {len(mutants)} mutants caught by the invariant that each names.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
