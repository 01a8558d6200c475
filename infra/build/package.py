"""The zip that Lambda takes: one executable named `bootstrap`, and the same bytes every time."""

import zipfile
from pathlib import Path

# The earliest that a zip can say: a package tells nothing of when it was made.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_REGULAR_FILE = 0o100000
_ALL_MAY_RUN_IT = 0o755


def pack(executable: Path, package: Path) -> None:
    """Write `package` with `executable` in it; a package is there whole, or as it was before."""
    member = zipfile.ZipInfo("bootstrap", _NO_TIME)
    member.create_system = _UNIX
    member.external_attr = (_REGULAR_FILE | _ALL_MAY_RUN_IT) << 16
    package.parent.mkdir(parents=True, exist_ok=True)
    unfinished = package.with_suffix(".unfinished")
    with zipfile.ZipFile(unfinished, "w") as archive:
        content = executable.read_bytes()
        archive.writestr(member, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    unfinished.replace(package)
