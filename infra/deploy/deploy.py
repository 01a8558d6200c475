"""Deploys the template: shows what would change, asks, carries it out, and looks whether it works.

    make deploy STACK=reberth REGION=eu-west-1 PARAMETERS="MaximumMode=observe"

docs/installing.md says what each of them means.
"""

import argparse
import json
import sys
from pathlib import Path

from botocore.exceptions import ClientError

import changes
import ledger
import packages
import self_check
import show
from account import DONE, REFUSED, Account, Refusal, agreed, run
from stack import Stack, Watch

ROOT = Path(__file__).resolve().parents[2]

# Nobody's deployment may replace or delete the ledger, not only ours
# (CloudFormation User Guide, protect-stack-resources, read 2026-11).
POLICY = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*"},
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["Update:Replace", "Update:Delete"],
                "Resource": "LogicalResourceId/LedgerTable",
            },
        ]
    }
)


def main(arguments):
    """The whole deployment; returns the exit status."""
    options = parse(arguments)
    code = packages.chosen(options.template, self_check.FUNCTIONS)
    wanted = changes.parameters_of(options.parameters)
    changes.check_names(options.template, wanted)
    if options.architecture:
        wanted["Architecture"] = options.architecture
    stack = Stack(Account(options.region), options.stack).must_rest()
    before = stack.parameters if stack.deployed else {}
    print("\n".join(show.where(stack)))
    under_way, refusals = in_flight(stack.must_be_ours()) if stack.deployed else ([], [])
    print("\nUploading the packages and asking CloudFormation what would change (half a minute).")
    change_set = changes.make(stack, options.template, wanted)
    if change_set is None:
        print("Nothing would change.")
        return report(stack, code)
    refusals = changes.refusals(change_set.changes) + ([] if options.forget else refusals)
    if consent(
        stack, change_set, show.deployment(before, change_set) + under_way, refusals, options
    ):
        changes.carry_out(stack, change_set, Watch(stack))
        return report(stack.read(), code)
    return DONE if options.dry_run else REFUSED


def in_flight(stack):
    """What is open, in words, and why this checkout must not take it over.

    What cannot be read is said and stops nothing: the version that reads it may be this one.
    """
    try:
        open_now = ledger.look(stack)
    except (Refusal, ClientError) as error:
        return [f"Incidents: UNKNOWN. {error}"], []
    newer = [show.subject(one) for one in open_now.incidents if one.phase == ledger.NEWER]
    refusal = (
        f"a newer version than this checkout began what is open for {show.listed(newer)}; this one "
        f"would leave it as it is. Deploy the newer one, or let it come to its end first. FORGET=1 "
        f"deploys all the same: docs/operating.md, Upgrade and roll back."
    )
    return show.incidents(open_now), [refusal] if newer else []


def consent(stack, change_set, lines, refusals, options):
    """Shows what would change and asks; without a yes the change set is deleted again."""
    yes = False
    try:
        print("\n".join(["", *lines]))
        if refusals:
            raise Refusal("\n".join(refusals))
        yes = not options.dry_run and agreed(f"Deploy this to {stack.name}?", options.yes)
    finally:
        if not yes:
            changes.discard(stack, change_set)
    if not yes:
        print("\nNothing was deployed; the change set is deleted again.")
    return yes


def parse(arguments):
    """The options, as the Makefile gives them; each may be empty."""
    parser = argparse.ArgumentParser(description="Deploy the template.")
    parser.add_argument("--stack", default="reberth")
    parser.add_argument("--region", default="", help="default: that of your profile")
    parser.add_argument("--architecture", default="", choices=["", "arm64", "x86_64"])
    parser.add_argument("--parameters", default="", help="Name=value Name=value")
    parser.add_argument("--template", type=Path, default=ROOT / "infra" / "template.yaml")
    parser.add_argument(
        "--forget", action="store_true", help="what a newer version began may stay as it is"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="show it and stop")
    return parser.parse_args(arguments)


def protect(stack):
    """Keeps the ledger, and the stack while something is out, from everybody's mistakes."""
    cloudformation, name = stack.cloudformation, stack.name
    try:
        if "StackPolicyBody" in cloudformation.get_stack_policy(StackName=name):
            words = f"{name} has a stack policy, which stays as it is"
        else:
            cloudformation.set_stack_policy(StackName=name, StackPolicyBody=POLICY)
            words = f"{name} has a stack policy now: no update replaces or deletes the ledger"
        cloudformation.update_termination_protection(
            StackName=name, EnableTerminationProtection=True
        )
    except ClientError as error:
        return self_check.fault(f"{name} is not protected: {error}")
    return self_check.ok(f"{words}; only make remove deletes the stack")


def report(stack, code):
    """Looks whether the stack works, says what it found and where to look; the exit status."""
    print("\nLooking whether it works:")
    faults = 0
    for finding in (protect(stack), *self_check.check(stack, code)):
        faults += finding.fault
        print(f"  {finding.mark} {finding.words}")
    print(
        f"\nmake doctor STACK={stack.name} REGION={stack.account.region} "
        f"says what is in scope, and what would be done when."
    )
    return REFUSED if faults else DONE


if __name__ == "__main__":
    sys.exit(run(lambda: main(sys.argv[1:])))
