"""How a function is compiled, so that the same sources give the same bytes in any folder.

Nothing of the machine may get into an executable: the folders that rustc would write into it (for
the places of panics) are replaced by names that are the same everywhere, and variables that would
change what the compilers do are not passed on.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "target"

# The architectures as infra/template.yaml names them, and as rustc does.
TARGETS = {"arm64": "aarch64-unknown-linux-gnu", "x86_64": "x86_64-unknown-linux-gnu"}
_OPTIONS = {"arm64": "--arm64", "x86_64": "--x86-64"}

# In Cargo.toml: smaller than what the tests build, and slower to make.
_PROFILE = "shipped"

# What people set for other projects, and what would make other bytes of this one.
_UNWANTED = ("RUSTFLAGS", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CARGO_TARGET_DIR")
_UNWANTED_PREFIXES = ("CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_")


def compiled(function: str, architecture: str) -> Path:
    """Compile `function`, and give the path of its executable.

    By its package alone: a build of several would give each the features of all, and test code.
    """
    executables = TARGET / "executables" / architecture
    subprocess.run(
        ["cargo", "lambda", "build", "--locked", "--profile", _PROFILE, _OPTIONS[architecture]]
        + ["--package", function, "--lambda-dir", str(executables)],
        cwd=ROOT,
        env=environment(dict(os.environ), replacements()),
        check=True,
    )
    return executables / function / "bootstrap"


def fetch() -> None:
    """Get the sources of all crates, so that the folders they lie in are known before a build."""
    subprocess.run(["cargo", "fetch", "--locked"], cwd=ROOT, check=True)


def compiler() -> str:
    """The compiler and its version, which the bytes hang on; rust-toolchain.toml chooses it."""
    return _rustc("--version")


def private_folders() -> list[str]:
    """Folders of this machine that no executable may name."""
    return sorted({str(ROOT), str(_cargo_home()), _rustc("--print", "sysroot"), str(Path.home())})


def replacements() -> dict[str, str]:
    """What stands in an executable instead of a folder of this machine, by that folder."""
    version = dict(
        line.split(": ", 1)
        for line in _rustc("--version", "--verbose").splitlines()
        if ": " in line
    )
    library = Path(_rustc("--print", "sysroot"), "lib", "rustlib", "src", "rust")
    # The names below registry/src come from the registry's address, and a mirror has another.
    registries = (_cargo_home() / "registry" / "src").glob("*")
    return {str(registry): "/crates" for registry in registries} | {
        str(_cargo_home()): "/cargo",
        str(ROOT): "/reberth",
        # As the compiled library has it; its sources lie here only where somebody wants them.
        str(library): f"/rustc/{version['commit-hash']}",
    }


def environment(inherited: dict[str, str], replaced: dict[str, str]) -> dict[str, str]:
    """The variables of a build: those inherited, without any that would change its bytes."""
    kept = {
        name: value
        for name, value in inherited.items()
        if name not in _UNWANTED and not name.startswith(_UNWANTED_PREFIXES)
    }
    # The last that fits wins, so a folder within another must come after it.
    flags = [
        f"--remap-path-prefix={folder}={name}"
        for folder, name in sorted(replaced.items(), key=lambda pair: (len(pair[0]), pair))
    ]
    return kept | {
        # Unlike RUSTFLAGS, it bears folders with spaces, and no configuration adds to it.
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        # cargo-lambda and zig lie beside the interpreter of these scripts.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")]),
        # Under target/, so that `make clean` removes them and no build profits from another's.
        "CARGO_ZIGBUILD_CACHE_DIR": str(TARGET / "zig"),
        "ZIG_GLOBAL_CACHE_DIR": str(TARGET / "zig" / "global"),
        "ZIG_LOCAL_CACHE_DIR": str(TARGET / "zig" / "local"),
    }


def _cargo_home() -> Path:
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo").resolve()


def _rustc(*arguments: str) -> str:
    done = subprocess.run(
        ["rustc", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
