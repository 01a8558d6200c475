"""Deletes a stack that has nothing open; shows what goes and what stays, and asks.

    make remove STACK=reberth REGION=eu-west-1

Whatever is out of service when the stack goes, nobody brings back. So there is no way to force it.
"""

import argparse
import sys

import ledger
import show
from account import DONE, REFUSED, Account, Refusal, agreed, run
from stack import Stack, Watch


def main(arguments):
    """The whole removal; returns the exit status."""
    options = parse(arguments)
    stack = Stack(Account(options.region), options.stack).must_be_ours()
    print("\n".join(show.where(stack)))
    if stack.changing:
        raise Refusal(f"Stack {stack.name} is {stack.status}: wait until that is over.")
    open_now = ledger.look(stack)
    print("\n".join(show.incidents(open_now)))
    refuse(stack, open_now, options.forget)
    resources, retained = stack.resources(), stack.retained()
    print("\n".join(show.removal(resources, retained)))
    if options.dry_run:
        print("\nDry run: nothing was removed.")
        return DONE
    if not agreed(f"Delete the stack {stack.name}?", options.yes):
        print("Nothing was removed.")
        return REFUSED
    # Between the question and the answer a look may have passed.
    refuse(stack, ledger.look(stack), options.forget)
    delete(stack)
    print("\n".join(show.afterwards(stack)))
    return DONE


def parse(arguments):
    """The options, as the Makefile gives them; each may be empty."""
    parser = argparse.ArgumentParser(description="Delete a stack that has nothing open.")
    parser.add_argument("--stack", default="reberth")
    parser.add_argument("--region", default="", help="default: that of your profile")
    parser.add_argument(
        "--forget", action="store_true", help="incidents may be open if nothing of theirs is out"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="show it and stop")
    return parser.parse_args(arguments)


def refuse(stack, open_now, forget):
    """Refuses while the stack is needed to bring something back, or might yet take something."""
    table = stack.outputs["LedgerTable"]
    out = [incident for incident in open_now.incidents if incident.out]
    if ledger.may_open(stack.parameters) and not open_now.switch_thrown:
        raise Refusal(
            f"acts may still begin (MaximumMode={stack.parameters['MaximumMode']}). Throw the "
            f"switch, then wait until nothing is out:\n  aws dynamodb put-item "
            f"--region {stack.account.region} --table-name {table} \\\n    --item "
            """'{"pk":{"S":"state"},"sk":{"S":"switch"},"stopped":{"BOOL":true}}'"""
        )
    if out:
        names = show.listed([show.subject(incident) for incident in out])
        raise Refusal(
            f"{len(out)} incident(s) have something out of service: {names}. Only this stack "
            f'brings it back. Wait until its summary line says "out":0, then come again.'
        )
    if open_now.marked:
        raise Refusal(
            f"{show.listed(open_now.marked)} carry the tag {ledger.MARK}. Something is out, or "
            f"costs money. Nothing here takes it away: docs/operating.md, Bring an instance back "
            f"by hand."
        )
    if open_now.incidents and not forget:
        raise Refusal(
            f"{len(open_now.incidents)} incident(s) are open. Nothing of theirs is out of service, "
            f"but nobody would verify or plan them any more. FORGET=1 removes all the same."
        )


def delete(stack):
    """Lifts the protection that `make deploy` set, deletes the stack, and follows that."""
    watch = Watch(stack)
    stack.cloudformation.update_termination_protection(
        StackName=stack.name, EnableTerminationProtection=False
    )
    stack.cloudformation.delete_stack(StackName=stack.id)
    status = watch.until_it_rests()
    if status != "DELETE_COMPLETE":
        raise Refusal(
            f"stack {stack.name} came to {status}; the lines above say which resource stayed."
        )


if __name__ == "__main__":
    sys.exit(run(lambda: main(sys.argv[1:])))
