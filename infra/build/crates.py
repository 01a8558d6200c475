"""What cargo links into a function: its crates, each with features, licence and what it calls.

Asked for one package and one architecture. `cargo metadata`, which other tools read, tells of the
whole workspace and would give each function what another needs.
"""

import re
import subprocess
import tomllib
from dataclasses import dataclass, field

from compilation import ROOT, TARGETS

# A folder is given for the workspace's own crates; (*) says that what it calls was listed before.
_LINE = re.compile(
    r"(?P<depth>\d+)(?P<name>\S+) v(?P<version>\S+?)(?: \((?P<folder>[^)]*)\))?"
    r"\t(?P<features>\S*)\t(?P<licence>[^\t]*?)\t(?P<repository>\S*)(?: \(\*\))?"
)


@dataclass
class Crate:
    """A crate as it is linked; `ours` says that it is of this workspace."""

    name: str
    version: str
    features: set[str]
    licence: str
    # Empty where the crate names none.
    repository: str
    ours: bool
    # Names and versions of the crates that it calls.
    calls: set[tuple[str, str]] = field(default_factory=set)

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others: cargo links a version once."""
        return (self.name, self.version)


def linked(function: str, architecture: str) -> list[Crate]:
    """All crates in `function`, itself first; without those that only work while it is built."""
    done = subprocess.run(
        ["cargo", "tree", "--locked", "--package", function, "--target", TARGETS[architecture]]
        + ["--edges", "normal,no-proc-macro", "--prefix", "depth"]
        + ["--format", "{p}\t{f}\t{l}\t{r}"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return crates_of(done.stdout)


def crates_of(tree: str) -> list[Crate]:
    """The crates that a `tree` of cargo lists, each once."""
    crates: dict[tuple[str, str], Crate] = {}
    callers: list[Crate] = []
    for line in tree.splitlines():
        found = _LINE.fullmatch(line)
        if not found:
            raise ValueError(f"cargo tree: a line that infra/build/crates.py cannot read: {line!r}")
        seen = Crate(
            name=found["name"],
            version=found["version"],
            features=set(filter(None, found["features"].split(","))),
            licence=found["licence"],
            repository=found["repository"],
            ours=found["folder"] is not None,
        )
        crate = crates.setdefault(seen.key, seen)
        del callers[int(found["depth"]) :]
        if callers:
            callers[-1].calls.add(crate.key)
        callers.append(crate)
    return list(crates.values())


def checksums(lockfile: str) -> dict[tuple[str, str], str]:
    """SHA-256 of each crate's archive, as the registry gave it, by name and version."""
    packages = tomllib.loads(lockfile)["package"]
    return {
        (package["name"], package["version"]): package["checksum"]
        for package in packages
        if "checksum" in package
    }


def check_features(crates: list[Crate]) -> list[str]:
    """One sentence for each crate of ours that would bring test code into the function."""
    return [
        f"{crate.name} is linked with the feature testing: build the function by its package alone"
        for crate in crates
        if crate.ours and "testing" in crate.features
    ]
