"""Zips of the functions, as Lambda takes them, with one addition: their logs are kept in files.

ministack attaches to an invocation whatever its reader has seen when the answer comes, so a line
may be booked to a later invocation or, when the process ends, to none. The packaged `bootstrap`
is therefore a script that becomes the function with its output appended to a file.
"""

import io
import zipfile
from pathlib import Path

# Where functions append their output; each process has a file of its own, so lines never mix.
LOG_FOLDER = "STANDIN_FUNCTION_LOGS"

_BOOTSTRAP = f"""#!/bin/sh
exec "$LAMBDA_TASK_ROOT/function" >>"${LOG_FOLDER}/$AWS_LAMBDA_FUNCTION_NAME.$$.log" 2>&1
"""

_UNUSED = b"#!/bin/sh\necho 'this stack was deployed without functions' >&2\nexit 1\n"


def package(binary: Path) -> bytes:
    """The zip of a function whose executable is `binary`; says how to make a missing one.

    Where `make build` packed it, `binary` is its package without the ending `.zip`.
    """
    packed = binary.with_name(f"{binary.name}.zip")
    if binary.is_file():
        function = binary.read_bytes()
    elif packed.is_file():
        with zipfile.ZipFile(packed) as archive:
            function = archive.read("bootstrap")
    else:
        raise FileNotFoundError(
            f"{binary}: the function is not built; run `cargo build --release -p {binary.name}`"
        )
    return _zip({"bootstrap": _BOOTSTRAP.encode(), "function": function})


def placeholder() -> bytes:
    """The zip of a function that is never meant to run."""
    return _zip({"bootstrap": _UNUSED})


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = 0o755 << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return buffer.getvalue()
