"""The functions' packages as `make build` leaves them, and how Lambda names their content."""

import base64
import hashlib

from account import Refusal


def chosen(template, functions):
    """Lambda's digest of each function's package, where the template's `CodeUri` looks for it."""
    folder = template.resolve().parents[1] / "target" / "package"
    missing = [name for name in functions if not (folder / f"{name}.zip").is_file()]
    if missing:
        raise Refusal(f"{folder}/{missing[0]}.zip is missing: make build makes it.")
    return {name: digest((folder / f"{name}.zip").read_bytes()) for name in functions}


def digest(content):
    """Lambda's `CodeSha256` of a package with these bytes."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
