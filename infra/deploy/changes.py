"""What a deployment would change: asked of CloudFormation through `sam`, judged, carried out.

`sam deploy` uploads the packages and makes the change set. Exactly this change set is shown, and
carried out once somebody agreed; what changes meanwhile, AWS refuses.
"""

import json
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from account import Refusal

LEDGER = "AWS::DynamoDB::Table"

# Actions that leave a resource where it is, unless it is replaced. AWS's other words are `Remove`,
# and `Dynamic` where it cannot tell yet
# (CloudFormation API reference, ResourceChange, read 2026-11).
KEEPS = {"Add", "Modify", "Import"}

# What is lost when CloudFormation puts another in its place.
LOST = {
    "AWS::SQS::Queue": "the messages in it are lost; the next sweep looks again",
    "AWS::SNS::Topic": "its subscriptions are lost; people must subscribe again",
    "AWS::Logs::LogGroup": "its logs are lost",
}


@dataclass(frozen=True)
class Change:
    """One resource's change: `action` is `Add`, `Modify`, `Remove` or another word of AWS's.

    `replaced` is `True`, `False` or `Conditional`, as AWS says; `what` has the properties named.
    """

    name: str
    type: str
    action: str
    replaced: str
    what: tuple

    @property
    def loses(self):
        """The resource as it stands is gone afterwards, or nobody can say that it is not."""
        return self.action not in KEEPS or self.replaced != "False"


@dataclass(frozen=True)
class ChangeSet:
    """A change set: its ARN, its resources, and every parameter's value after it."""

    arn: str
    changes: tuple
    parameters: dict


def parameters_of(words):
    """The pairs of `Name=value Name=value`; a value with spaces stands in quotes."""
    try:
        split = shlex.split(words)
    except ValueError as error:
        raise Refusal(f"PARAMETERS={words}: {error}; quote whole pairs.") from error
    pairs = {}
    for word in split:
        name, equals, value = word.partition("=")
        if not (name.isalnum() and equals):
            raise Refusal(f"PARAMETERS: {word!r} is not Name=value.")
        pairs[name] = value
    return pairs


def check_names(template, parameters):
    """Refuses a parameter that the template does not have: `sam` would leave it out silently."""
    known = yaml_parse(template.read_text(encoding="utf-8"))["Parameters"]
    if unknown := sorted(parameters.keys() - known.keys()):
        raise Refusal(f"PARAMETERS: the template has no {unknown[0]}. It has {', '.join(known)}.")


def make(stack, template, parameters):
    """The change set that `sam` makes for `template`; None where nothing would change."""
    with tempfile.TemporaryDirectory() as folder:
        # A file, because `sam` would split values at spaces; YAML, because it takes no JSON.
        overrides = Path(folder) / "parameters.yaml"
        overrides.write_text(json.dumps(parameters), encoding="utf-8")
        arguments = ["--template-file", str(template), "--stack-name", stack.name]
        arguments += ["--region", stack.account.region, "--output", "json"]
        arguments += ["--no-execute-changeset", "--no-confirm-changeset"]
        if parameters:
            arguments += ["--parameter-overrides", f"file://{overrides}"]
        result = result_of(sam("deploy", *arguments))
    # A new stack has its id from now on.
    stack.read()
    return read(stack, result["changeset_id"]) if "changeset_id" in result else None


def sam(*arguments):
    """What `sam` says to `arguments`, all of it."""
    # Beside the interpreter: both are of the environment that pins them.
    program = Path(sys.executable).parent / "sam"
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    return done.stdout + done.stderr


def result_of(said):
    """How `sam deploy` ended, by the last of its lines of JSON; refuses any other end."""
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    result = next((line for line in reversed(lines) if line["type"] == "result"), {})
    if result.get("status") not in ("changeset_created", "no_changes"):
        raise Refusal(f"sam deploy: {result['error']['message'] if 'error' in result else said}")
    return result


def read(stack, arn):
    """The change set `arn` with all its pages."""
    changes, parameters, token = [], {}, {}
    while True:
        page = stack.cloudformation.describe_change_set(ChangeSetName=arn, **token)
        changes += [change_of(entry["ResourceChange"]) for entry in page["Changes"]]
        parameters |= {
            parameter["ParameterKey"]: parameter.get("ParameterValue", "")
            for parameter in page.get("Parameters", [])
        }
        if "NextToken" not in page:
            return ChangeSet(arn, tuple(changes), parameters)
        token = {"NextToken": page["NextToken"]}


def change_of(resource):
    """One change as `describe_change_set` gives it."""
    targets = [detail.get("Target", {}) for detail in resource.get("Details", [])]
    named = {target.get("Name") or target.get("Attribute") for target in targets}
    return Change(
        name=resource["LogicalResourceId"],
        type=resource["ResourceType"],
        action=resource["Action"],
        replaced=resource.get("Replacement", "False"),
        what=tuple(sorted(name for name in named if name)),
    )


def refusals(changes):
    """Why these changes are never carried out; none where they may be.

    The ledger is the only memory of what is out: with another in its place nobody would bring it
    back but by its mark.
    """
    found = []
    for change in changes:
        if change.type == LEDGER and change.loses:
            verb = "remove" if change.action == "Remove" else "replace"
            reason = f" ({', '.join(change.what)})" if change.what else ""
            found.append(
                f"it would {verb} {change.name}{reason}, the ledger of what is out of service. "
                f"Deploy a template that keeps the table."
            )
    return found


def discard(stack, change_set):
    """Deletes a change set that is not carried out, and a stack that was only begun for it."""
    stack.cloudformation.delete_change_set(ChangeSetName=change_set.arn)
    if stack.read().status == "REVIEW_IN_PROGRESS":
        stack.cloudformation.delete_stack(StackName=stack.id)


def carry_out(stack, change_set, watch):
    """Carries the change set out and follows it; refuses with its last status if it failed."""
    stack.cloudformation.execute_change_set(ChangeSetName=change_set.arn)
    status = watch.until_it_rests()
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise Refusal(
            f"stack {stack.name} came to {status}; the lines above say which resource failed. "
            f"CloudFormation brought back what was there before."
        )
