"""Replaces the code of one deployed function and nothing else; keeps the package that ran before.

    make deploy-function FUNCTION=maintenance-reconciler STACK=reberth REGION=eu-west-1

cargo-lambda uploads the package. The function's configuration is compared before and after, since
all of it belongs to the stack: docs/decisions/0020-one-function-by-cargo-lambda.md.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import packages
import self_check
import show
from account import DONE, REFUSED, Account, Refusal, agreed, run
from stack import Stack

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "target" / "package"
CARGO_LAMBDA = ROOT / ".venv-build" / "bin" / "cargo-lambda"

# What new code changes of a function's configuration, or Lambda itself
# (Lambda API reference, FunctionConfiguration, read 2026-11).
CODE = {"CodeSha256", "CodeSize", "LastModified", "RevisionId", "ResponseMetadata"}
LAMBDAS_OWN = ("State", "LastUpdateStatus", "RuntimeVersionConfig")


def main(arguments):
    """The whole deployment of one function; returns the exit status."""
    options = parse(arguments)
    stack = Stack(Account(options.region), options.stack).must_be_ours().must_rest()
    function = Function(stack.account, self_check.deployed(stack, options.function))
    before = function.configuration()
    architecture = before["Architectures"][0]
    if options.architecture not in ("", architecture):
        raise Refusal(f"{function.name} is {architecture}: ARCHITECTURE={architecture} builds it.")
    package = options.package or PACKAGES / architecture / f"{options.function}.zip"
    if not package.is_file():
        raise Refusal(f"{package} is missing: make build ARCHITECTURE={architecture}")
    wanted = packages.digest(package.read_bytes())
    print("\n".join(show.where(stack) + show.code(before, package, wanted)))
    if before["CodeSha256"] == wanted:
        print("\nThe function runs this code already.")
        return DONE
    if options.dry_run or not agreed(f"Replace the code of {function.name}?", options.yes):
        print("\nNothing was deployed.")
        return DONE if options.dry_run else REFUSED
    previous = function.keep(options.function, before["CodeSha256"])
    version = upload(function, package, options.cargo_lambda)
    print(f"\nPublished as version {version} of the function. Looking whether it works:")
    faults = differences(before, function.configuration(), wanted)
    for finding in self_check.answers(stack, options.function):
        print(f"  {finding.mark} {finding.words}")
        faults += [finding.words] if finding.fault else []
    print("\n".join(["", *show.way_back(options.function, stack, previous)]))
    if faults:
        raise Refusal("the code was replaced, and this is wrong: " + "; ".join(faults))
    return DONE


def parse(arguments):
    """The options, as the Makefile gives them; each may be empty but the function."""
    parser = argparse.ArgumentParser(description="Replace the code of one function.")
    parser.add_argument("function", choices=self_check.FUNCTIONS)
    parser.add_argument("--stack", default="reberth")
    parser.add_argument("--region", default="", help="default: that of your profile")
    parser.add_argument(
        "--architecture", default="", help="what was built; default: do not compare"
    )
    parser.add_argument("--package", type=optional_path, help="default: what make build made")
    parser.add_argument("--cargo-lambda", type=Path, default=CARGO_LAMBDA)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="show it and stop")
    return parser.parse_args(arguments)


def optional_path(text):
    """A path; an empty text is none."""
    return Path(text) if text else None


class Function:
    """One deployed function, by its name in Lambda."""

    def __init__(self, account, name):
        self.name = name
        self.region = account.region
        self._client = account.client("lambda")

    def configuration(self):
        """The function's configuration once no update is under way."""
        self._client.get_waiter("function_updated_v2").wait(FunctionName=self.name)
        return self._client.get_function_configuration(FunctionName=self.name)

    def keep(self, folder, code):
        """Fetches the package with the digest `code`, which runs now, into a file of its own."""
        location = self._client.get_function(FunctionName=self.name)["Code"]["Location"]
        with urllib.request.urlopen(location) as answer:
            content = answer.read()
        if packages.digest(content) != code:
            raise Refusal(f"what Lambda gives for {self.name} is not what runs; nothing was done.")
        # By the digest; `/` and `+` of base64 are no good in a file's name.
        short = code[:12].replace("/", "_").replace("+", "-")
        kept = PACKAGES / "previous" / f"{folder}-{short}.zip"
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content)
        return kept


def upload(function, package, cargo_lambda):
    """Uploads `package` as it is, byte for byte; the version that Lambda publishes it as."""
    with tempfile.TemporaryDirectory() as folder:
        # Where cargo-lambda looks for the package of a binary of this name.
        (Path(folder) / "packaged").mkdir()
        shutil.copy(package, Path(folder) / "packaged" / "bootstrap.zip")
        arguments = ["lambda", "deploy", "--lambda-dir", folder, "--binary-name", "packaged"]
        arguments += ["--region", function.region, "--output-format", "json", function.name]
        done = subprocess.run(
            [cargo_lambda, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise Refusal(f"cargo-lambda failed:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout[done.stdout.index("{") :])["version"]


def differences(before, after, wanted):
    """What the new code must not have changed, and did."""
    faults = []
    if after["CodeSha256"] != wanted:
        faults.append(f"the function runs {after['CodeSha256']}, not {wanted}")
    for field in sorted(before.keys() | after.keys()):
        ours = field not in CODE and not field.startswith(LAMBDAS_OWN)
        if ours and before.get(field) != after.get(field):
            faults.append(f"{field} was {before.get(field)} and is {after.get(field)}")
    return faults


if __name__ == "__main__":
    sys.exit(run(lambda: main(sys.argv[1:])))
