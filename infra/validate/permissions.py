"""Checks of who may do what: the roles of the functions, and the policies of the queues.

Acts on a fleet are of two kinds. What opens something hangs on the stack's mode and switch and,
where AWS lets it, on the owner's tag. What closes it must hang on none of these, or an instance
could be out of service with nobody allowed to bring it back.
"""

import yaml

from source import target

# The keys by which the template narrows acts, and what it may demand of each.
MODE = "aws:ResourceTag/reberth:mode"
MARK = "aws:ResourceTag/reberth:incident"
MEMBER = "aws:ResourceTag/aws:autoscaling:groupName"
NEW_MARK = "aws:RequestTag/reberth:incident"
READY = "aws:RequestTag/reberth:is-ready"
CREATION = "ec2:CreateAction"
KEYS = "aws:TagKeys"
MARKS = {("StringLike", "instance-event-*"), ("StringLike", "i-*/instance-event-*")}
DEMANDS = {
    MODE: {("StringEqualsIgnoreCase", ("approve", "enforce"))},
    MARK: MARKS,
    MEMBER: {("StringLike", "*")},
    NEW_MARK: MARKS,
    READY: {("StringEquals", "true")},
    CREATION: {("StringEquals", "CreateCapacityReservation")},
}

# Tags choose what Reberth may do, so it must not be able to write or delete those. Without keys,
# DeleteTags would delete every tag.
WRITTEN = {("ForAllValues:StringEquals", ("reberth:incident",))}
RESTORED = {("ForAllValues:StringEquals", ("reberth:is-ready",))}
DELETED = {
    ("ForAllValues:StringEquals", ("reberth:incident", "reberth:is-ready")),
    ("Null", "false"),
}

# Every act on a fleet, with the sets of keys by which a statement may narrow it. Tags are written by
# both kinds: the mark opens, and readiness that was taken away is put back.
OPENING = {
    "autoscaling:EnterStandby": [{MODE}],
    "autoscaling:TerminateInstanceInAutoScalingGroup": [{MODE}],
    "ec2:CreateCapacityReservation": [{NEW_MARK}],
    "ec2:CreateTags": [{KEYS, NEW_MARK}, {KEYS, NEW_MARK, CREATION}],
    "ec2:ModifyInstanceEventStartTime": [{MODE}, {MEMBER}],
    "ec2:RebootInstances": [{MODE, MARK}],
    "ec2:StopInstances": [{MODE, MARK}, {MEMBER, MARK}],
    "elasticloadbalancing:DeregisterTargets": [set()],
}
# SetInstanceHealth opens as well as closes; see its statement in the template.
CLOSING = {
    "autoscaling:ExitStandby": [set()],
    "autoscaling:SetInstanceHealth": [set()],
    "ec2:CancelCapacityReservation": [{MARK}],
    "ec2:CreateTags": [{KEYS, READY}],
    "ec2:DeleteTags": [{KEYS}],
    "ec2:StartInstances": [{MARK}, set()],
    "elasticloadbalancing:RegisterTargets": [set()],
    "kms:CreateGrant": [{"kms:GrantIsForAWSResource", "kms:ViaService"}],
    "ssm:SendCommand": [set()],
}
FLEET = ("autoscaling", "ec2", "elasticloadbalancing", "kms", "ssm")


def check_roles(template):
    """Roles name each action, and acts on fleets carry the conditions that are theirs."""
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for condition, policy in map(unwrapped, resource["Properties"]["Policies"]):
            for given in policy["PolicyDocument"]["Statement"]:
                inner, statement = unwrapped(given)
                place = f"{name}.{policy['PolicyName']}"
                for action in as_list(statement["Action"]):
                    faults = check_action(action, statement, condition or inner)
                    yield from (f"{place}: {action}: {fault}" for fault in faults)


def unwrapped(given):
    """A policy or statement, and the condition of the template on which it hangs, if any."""
    return given["Fn::If"][:2] if "Fn::If" in given else (None, given)


def check_action(action, statement, condition):
    """What is wrong with one action of a statement that hangs on `condition`."""
    if "*" in action:
        yield "name the actions one by one"
    service, _, call = action.partition(":")
    if service not in FLEET or call.startswith(("Describe", "Get")):
        return
    if action not in OPENING | CLOSING:
        yield "say in permissions.py whether it opens or closes, and what narrows it"
        return
    given = conditions_of(statement)
    closes = action not in OPENING or given.keys() in CLOSING.get(action, [])
    if not closes and condition != "MayOpen":
        yield "it opens: put it under !If MayOpen"
    if closes and condition is not None:
        yield f"it closes: take it out of !If {condition}"
    narrowed_by = CLOSING[action] if closes else OPENING[action]
    if given.keys() not in narrowed_by:
        allowed = [sorted(keys) for keys in narrowed_by]
        yield f"narrowed by {sorted(given)}: must be one of {allowed}"
    for key in given.keys() & DEMANDS.keys():
        if len(given[key]) != 1 or not given[key] <= DEMANDS[key]:
            yield f"{key}: must be one of {sorted(DEMANDS[key])}"
    tags = DELETED if action == "ec2:DeleteTags" else RESTORED if closes else WRITTEN
    if given.get(KEYS, tags) != tags:
        yield f"{KEYS}: must be exactly {sorted(tags)}"


def conditions_of(statement):
    """Each condition key of a statement, with the operators and values that it must meet."""
    found = {}
    for operator, keys in statement.get("Condition", {}).items():
        for key, value in keys.items():
            demand = value if isinstance(value, str) else tuple(value)
            found.setdefault(key, set()).add((operator, demand))
    return found


def check_wildcards(path):
    """Yields every `*` in a Resource of the template at `path` that no comment accounts for."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    lines = text.splitlines()
    for node in resources_in(yaml.compose(text)):
        if "*" not in node.value:
            continue
        number = node.start_mark.line
        above = lines[number - 1].strip()
        if "#" not in lines[number] and not above.startswith("#"):
            yield f"line {number + 1}: Resource {node.value}: say above why AWS allows no less"


def resources_in(node):
    """Yields the scalars below every `Resource` key of the YAML tree `node`."""
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from resources_in(child)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "Resource":
                yield from scalars_in(value)
            else:
                yield from resources_in(value)


def scalars_in(node):
    """Yields every scalar of the YAML tree `node`, itself included."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from scalars_in(child)
    else:
        for _, value in node.value:
            yield from scalars_in(value)


def lets_in(policy, rule, queues):
    """Whether the queue policy lets `rule`, and nobody else, send to exactly `queues`."""
    statements = policy["PolicyDocument"]["Statement"]
    if len(statements) != 1 or set(map(target, policy["Queues"])) != queues:
        return False
    statement = statements[0]
    return (
        statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": "events.amazonaws.com"}
        and statement["Action"] == "sqs:SendMessage"
        and set(map(target, as_list(statement["Resource"]))) == queues
        and set(statement["Condition"]) == {"ArnEquals", "StringEquals"}
        and target(statement["Condition"]["ArnEquals"].get("aws:SourceArn")) == rule
        and statement["Condition"]["StringEquals"]
        == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    )


def as_list(value):
    """IAM's "one or many" as a list."""
    return value if isinstance(value, list) else [value]
