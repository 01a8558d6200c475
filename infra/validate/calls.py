"""Checks that each function may call what the adapters built into it call, and nothing else.

The adapters in `shared/src/aws` name each API action once for their errors: `classify("X", …)`,
or `CALL: &str = "X"`. Those names are IAM's as well. Which adapters a function has is said by the
features in its `Cargo.toml`. What of it the function really calls is seen when the scenarios are
played: `make scenarios` ends with that comparison.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from permissions import as_list, unwrapped
from source import of_type, target

ROOT = Path(__file__).parents[2]
ADAPTERS = ROOT / "shared" / "src" / "aws"
NAMED = re.compile(r'(?:classify\(\s*|CALL: &str = )"(\w+)"')
MODULE = re.compile(r"(?:#\[cfg\(([^\]]*)\)\]\s*)?(?:pub )?mod (\w+);")
FEATURE = re.compile(r'feature = "([a-z0-9-]+)"')
PACKAGE = re.compile(r"\.\./target/package/([a-z-]+)\.zip")

# IAM knows a transaction by the actions of its items, and a grant is made by EC2 for its caller.
BY_OTHER_NAMES = {
    "TransactWriteItems": {"ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem"},
    "StartInstances": {"StartInstances", "CreateGrant"},
}
# IAM's prefix of a service, where the feature of its SDK is not called so.
PREFIXES = {"elasticloadbalancing-classic": "elasticloadbalancing", "eventbridge": "events"}
# What another service does in the name of its caller: EC2 with the keys of volumes.
ON_BEHALF = {"ec2": {"kms"}}

# The policy of what Lambda does under a function's role, around its code: platform_policies.py.
AROUND = "Platform"


@dataclass(frozen=True)
class Built:
    """What is built into a function: IAM's prefixes of its services, and the actions named."""

    services: frozenset
    actions: frozenset


def check_calls(template):
    """The actions that each function's role allows are those that its adapters name."""
    allowed = dict(allowed_actions(template))
    yield from faults_of(allowed, {function: built_into(function) for function in allowed})


def faults_of(allowed, built):
    """What is wrong with `allowed` actions, as `SERVICE:CALL`, of functions that are so `built`."""
    named = set().union(*(parts.actions for parts in built.values()))
    if not named:
        yield f"{ADAPTERS}: names no API action; has the form of `classify` changed?"
    for function, actions in sorted(allowed.items()):
        parts = built[function]
        for action in sorted(actions):
            service, _, call = action.partition(":")
            if call not in parts.actions or service not in parts.services:
                yield f"{function}: {action}: allowed, and no adapter calls it; take it out"
    everywhere = {action.partition(":")[2] for actions in allowed.values() for action in actions}
    for call in sorted(named - everywhere):
        yield f"{call}: the adapters call it and no role allows it; name it in a policy"


def allowed_actions(template):
    """Yields each function's folder with the actions that its role allows it."""
    roles = of_type(template, "IAM::Role")
    for function in of_type(template, "Serverless::Function").values():
        policies = [unwrapped(given)[1] for given in roles[target(function["Role"])]["Policies"]]
        statements = [
            unwrapped(given)[1]
            for policy in policies
            if policy["PolicyName"] != AROUND
            for given in policy["PolicyDocument"]["Statement"]
        ]
        folder = PACKAGE.fullmatch(function["CodeUri"])[1]
        yield folder, {action for given in statements for action in as_list(given["Action"])}


def built_into(function):
    """What the features in the `Cargo.toml` of a function turn on."""
    with (ROOT / "functions" / function / "Cargo.toml").open("rb") as file:
        features = set(tomllib.load(file)["dependencies"]["shared"]["features"])
    sdks = {feature.removeprefix("aws-") for feature in features}
    services = {PREFIXES.get(sdk, sdk) for sdk in sdks}
    services |= set().union(*(ON_BEHALF.get(service, set()) for service in services))
    modules = modules_with(features, (ADAPTERS / "mod.rs").read_text(encoding="utf-8"))
    sources = [(ADAPTERS / f"{module}.rs").read_text(encoding="utf-8") for module in modules]
    named = {name for source in sources for name in NAMED.findall(source)}
    actions = set().union(*(BY_OTHER_NAMES.get(name, {name}) for name in named))
    return Built(frozenset(services), frozenset(actions))


def modules_with(features, source):
    """Yields the modules that the `source` of their parent compiles with these features."""
    for condition, module in MODULE.findall(source):
        needed = FEATURE.findall(condition)
        enough = any if condition.startswith("any") else all
        if enough(feature in features for feature in needed):
            yield module
