"""Checks of the commands that documents tell people to type: whoever needs them has no time to mend
them. Services, operations and options are held against botocore's own models; nothing is run.

    python infra/validate/commands.py
"""

import re
import sys
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name
from botocore.exceptions import UnknownServiceError

ROOT = Path(__file__).resolve().parents[2]

# Options of every command of the AWS CLI (AWS CLI Command Reference, `aws`, read 2026-11).
EVERYWHERE = {
    "ca-bundle",
    "cli-binary-format",
    "cli-connect-timeout",
    "cli-read-timeout",
    "color",
    "debug",
    "endpoint-url",
    "no-cli-pager",
    "no-paginate",
    "no-sign-request",
    "no-verify-ssl",
    "output",
    "profile",
    "query",
    "region",
}

# Commands that the AWS CLI makes of several calls, with the options that are used here
# (AWS CLI Command Reference, read 2026-11).
COMPOSED = {
    ("cloudformation", "deploy"): {"template-file", "stack-name", "s3-bucket", "capabilities"},
    ("s3", "cp"): {"recursive"},
}


def main():
    """Prints every fault of every document; the exit status says whether there was one."""
    faults, count = [], 0
    for path in documents():
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT)
        found = aws_commands(text)
        count += len(found)
        faults += [f"{name}: {fault}" for command in found for fault in check_aws(command)]
        faults += [f"{name}: {fault}" for fault in check_make(text)]
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{count} commands of the AWS CLI in the documents are as AWS knows them.")
    return min(len(faults), 1)


def documents():
    """Every document, and the shell scripts beside the template."""
    own = ("docs", "events", "functions", "infra", "shared", "tests", ".ci")
    nested = [path for folder in own for path in (ROOT / folder).rglob("*.md")]
    return sorted([*ROOT.glob("*.md"), *nested, *(ROOT / "infra").rglob("*.sh")])


def aws_commands(text):
    """The commands that begin with `aws`: in backticks, on lines set off as code, in scripts."""
    text = re.sub(r"\\\n\s*", "", text)
    spans = re.findall(r"`(aws [^`]+)`", text)
    lines = re.findall(r"^(?: {4,}|.*\$\()?(aws [a-z].*)$", text, re.MULTILINE)
    return [re.sub(r"\s+", " ", command).strip() for command in spans + lines]


def check_aws(command):
    """Whether AWS knows the service, the operation and each option, and misses none."""
    words = re.sub(r"['\"{}\[\]]", "", command).split(" #")[0].split()
    if len(words) < 3 or words[2].startswith("-"):
        yield f"{command!r}: expected aws SERVICE OPERATION"
        return
    _, service, operation, *rest = words
    known = operations(service)
    if (service, operation) in COMPOSED:
        known = {operation: (COMPOSED[service, operation], set())}
    if known is None:
        yield f"{command!r}: AWS has no service {service}"
        return
    if operation not in known:
        yield f"{command!r}: {service} has no operation {operation}"
        return
    members, required = known[operation]
    given = {word[2:].partition("=")[0] for word in rest if word.startswith("--")}
    for option in sorted(given - EVERYWHERE):
        if option.removeprefix("no-") not in members:
            yield f"{command!r}: {operation} has no option --{option}"
    for option in sorted(required - {option.removeprefix("no-") for option in given}):
        yield f"{command!r}: {operation} needs --{option}"


@cache
def operations(service):
    """Options and required options of each operation, by its name; None for no service."""
    try:
        model = botocore.session.get_session().get_service_model(service)
    except UnknownServiceError:
        return None
    return {
        xform_name(name, "-"): options(model.operation_model(name).input_shape)
        for name in model.operation_names
    }


def options(shape):
    """The options that a request of this shape has, and those that it must have."""
    if shape is None:
        return set(), set()
    name = {member: xform_name(member, "-") for member in shape.members}
    return set(name.values()), {name[member] for member in shape.required_members}


def check_make(text):
    """Whether the Makefile reads each variable that a command gives to `make`."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in re.findall(r"(?:^ {4,}|`)(make [a-z][^`\n]*)", text, re.MULTILINE):
        for variable in re.findall(r" ([A-Z_]+)=", command):
            if not re.search(rf"\$[({{](or |filter [^,]*,\$\()?{variable}\b", makefile):
                yield f"{command!r}: the Makefile does not read {variable}"


if __name__ == "__main__":
    sys.exit(main())
