"""Checks of a built executable: that Lambda can run it, and that nothing is in it by mistake.

Each check yields one sentence per fault, which says what was found and what to do.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

# What provided.al2023 has (Amazon Linux 2023 release notes, package glibc, read 2026-11).
NEWEST_GLIBC = (2, 34)

_MACHINES = {"EM_AARCH64": "arm64", "EM_X86_64": "x86_64"}

# rustc leaves in every place that can panic the path of its source.
_OUR_SOURCES = b"shared/src/"
_TEST_SOURCES = b"shared/src/testing/"


def check(executable: Path, architecture: str, private_folders: Iterable[str]) -> Iterator[str]:
    """Every fault of the file `executable`, which is to run on `architecture`."""
    with executable.open("rb") as file:
        elf = ELFFile(file)
        yield from check_architecture(elf["e_machine"], architecture)
        yield from check_glibc(wanted_versions(elf))
    content = executable.read_bytes()
    yield from check_test_code(content)
    yield from check_folders(content, private_folders)


def check_architecture(machine: str, architecture: str) -> Iterator[str]:
    """Lambda starts an executable of another architecture, and it ends at once."""
    if _MACHINES.get(machine) != architecture:
        yield f"is for {_MACHINES.get(machine, machine)}, not for {architecture}: build it again"


def check_glibc(versions: Iterable[str]) -> Iterator[str]:
    """A symbol of a newer glibc than Lambda's is not found when the function starts."""
    for version in sorted(set(versions)):
        found = re.fullmatch(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?", version)
        if found and (int(found[1]), int(found[2])) > NEWEST_GLIBC:
            has = ".".join(map(str, NEWEST_GLIBC))
            yield f"wants {version}, and Amazon Linux 2023 has {has}: build it with zig, as here"


def check_test_code(content: bytes) -> Iterator[str]:
    """The fake world and the builders of tests are in no function."""
    if _OUR_SOURCES not in content:
        yield (
            f"names no source below {_OUR_SOURCES.decode()}, so whether test code is in it cannot"
            " be told: find another mark in infra/build/executable.py"
        )
    found = sorted(set(re.findall(re.escape(_TEST_SOURCES) + rb"[\w/]+\.rs", content)))
    if found:
        names = ", ".join(name.decode() for name in found)
        yield f"has test code of {names}: build it without the feature testing"


def check_folders(content: bytes, private_folders: Iterable[str]) -> Iterator[str]:
    """A folder of the machine in the bytes makes them others on the next machine."""
    for folder in private_folders:
        if re.search(re.escape(folder.encode()) + b"/", content):
            yield f"names {folder} of this machine: replace it in infra/build/compilation.py"


def wanted_versions(elf: ELFFile) -> list[str]:
    """The versions of symbols that libraries must have, such as GLIBC_2.28."""
    return [
        version.name
        for section in elf.iter_sections()
        if isinstance(section, GNUVerNeedSection)
        for _, versions in section.iter_versions()
        for version in versions
    ]
