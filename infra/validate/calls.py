"""Checks that the functions may call what their code calls, and nothing else.

The adapters in `shared/src/aws` name each API action once for their errors: `classify("X", …)`,
or `CALL: &str = "X"`. Those names are IAM's as well.
"""

import re
from pathlib import Path

from permissions import as_list, unwrapped

ADAPTERS = Path(__file__).parents[2] / "shared" / "src" / "aws"
NAMED = re.compile(r'(?:classify\(\s*|CALL: &str = )"(\w+)"')

# IAM knows a transaction by the actions of its items, and a grant is made by EC2 for its caller.
BY_OTHER_NAMES = {
    "TransactWriteItems": {"ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"},
    "StartInstances": {"StartInstances", "CreateGrant"},
}

# What Lambda and Scheduler do under these roles, around the functions.
NOT_OURS = {"Platform", "Sweep"}


def check_calls(template):
    """The actions that the roles of functions allow are those that the adapters name."""
    allowed = set(allowed_actions(template))
    sources = [path.read_text(encoding="utf-8") for path in sorted(ADAPTERS.glob("*.rs"))]
    named = {name for source in sources for name in NAMED.findall(source)}
    if not named:
        yield f"{ADAPTERS}: names no API action; has the form of `classify` changed?"
        return
    called = set().union(*(BY_OTHER_NAMES.get(name, {name}) for name in named))
    for action in sorted(called - allowed):
        yield f"{action}: the adapters call it and no role allows it; name it in a policy"
    for action in sorted(allowed - called):
        yield f"{action}: a role allows it and no adapter calls it; take it out"


def allowed_actions(template):
    """Yields the API actions that functions are allowed, without their services."""
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for _, policy in map(unwrapped, resource["Properties"]["Policies"]):
            if policy["PolicyName"] in NOT_OURS:
                continue
            for given in policy["PolicyDocument"]["Statement"]:
                for action in as_list(unwrapped(given)[1]["Action"]):
                    yield action.partition(":")[2]
