"""Checks of who may do what: the roles of the functions.

Acts on a fleet are of two kinds. What opens something hangs on the stack's mode and switch and,
where AWS lets it, on the owner's tag. What closes it must hang on none of these, or an instance
could be out of service with nobody allowed to bring it back.
"""

import yaml

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

# Every act on a fleet, with the sets of keys by which a statement may narrow it. Tags are written
# by both kinds: the mark opens, and readiness that was taken away is put back.
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

# Every act is on something of the stack's own account and region, but for what an instance may be
# tied to and another account may own.
OWN_PLACE = "${AWS::Region}:${AWS::AccountId}:"
OTHERS = ("arn:${AWS::Partition}:kms:", "arn:${AWS::Partition}:license-manager:")
# Policies that stand apart from roles would not be read here. One does: it is of the owner's key,
# by which queues and table are encrypted, and none of it is an act on a fleet.
APART = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy")
OF_THE_KEY = "EncryptionKey"

# Who may act in a role, and by which keys that must be narrowed. Lambda gives none: it takes a role
# only for a function to which somebody with iam:PassRole gave it.
TRUSTED = {
    "lambda.amazonaws.com": set(),
    "scheduler.amazonaws.com": {"aws:SourceAccount", "aws:SourceArn"},
}

# SendCommand needs leave for the document and for each instance. In one statement for both, a
# condition on tags would bind the document as well, which carries none
# (Systems Manager User Guide, run-command-setting-up, read 2026-11).
DOCUMENTS, INSTANCES = ":document/", ":instance/"


def check_roles(template):
    """Roles name each action, and acts on fleets carry the conditions that are theirs."""
    for name, resource in template["Resources"].items():
        kind = resource["Type"]
        if kind in APART and resource["Properties"].get("PolicyName") != OF_THE_KEY:
            yield f"{name}: put it into Policies of the role, where these checks read it"
        if kind == "AWS::Serverless::Function" and "Role" not in resource["Properties"]:
            yield f"{name}.Role: name a role of this template; SAM's own would not be read"
        if kind == "AWS::IAM::Role":
            yield from check_role(name, resource["Properties"])


def check_role(name, role):
    """What is wrong with one role."""
    yield from (f"{name}.AssumeRolePolicyDocument: {fault}" for fault in check_trust(role))
    if "ManagedPolicyArns" in role:
        yield f"{name}.ManagedPolicyArns: name the actions one by one, in Policies"
    for condition, policy in map(unwrapped, role["Policies"]):
        place = f"{name}.{policy['PolicyName']}"
        for given in policy["PolicyDocument"]["Statement"]:
            inner, statement = unwrapped(given)
            if not {"Action", "Resource"} <= statement.keys():
                yield f"{place}: a statement without Action or Resource; name what is allowed"
                continue
            for action in as_list(statement["Action"]):
                faults = check_action(action, statement, condition or inner)
                yield from (f"{place}: {action}: {fault}" for fault in faults)


def check_trust(role):
    """What is wrong with who may act in a role."""
    statements = role["AssumeRolePolicyDocument"]["Statement"]
    trusted = [statement.get("Principal") for statement in statements]
    if trusted not in [[{"Service": service}] for service in TRUSTED]:
        yield f"let one of {sorted(TRUSTED)} act in it, and nobody else"
        return
    [statement] = statements
    needed = TRUSTED[statement["Principal"]["Service"]]
    if statement["Action"] != "sts:AssumeRole" or conditions_of(statement).keys() != needed:
        yield f"allow sts:AssumeRole alone, narrowed by {sorted(needed)}"


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
    yield from check_resources(action, statement)
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


def check_resources(action, statement):
    """What is wrong with the resources of an act on a fleet."""
    resources = [arn.get("Fn::Sub", "") for arn in map(as_sub, as_list(statement["Resource"]))]
    for arn in resources:
        if OWN_PLACE not in arn and not arn.startswith(OTHERS):
            yield f"Resource {arn or statement['Resource']}: name this account and region"
    if action == "ssm:SendCommand":
        kinds = {kind for kind in (DOCUMENTS, INSTANCES) for arn in resources if kind in arn}
        if len(kinds) != 1:
            yield "Resource: documents in one statement and instances in another"


def as_sub(value):
    """A value of the template that is no function, as one."""
    return value if isinstance(value, dict) else {"Fn::Sub": value}


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


def as_list(value):
    """IAM's "one or many" as a list."""
    return value if isinstance(value, list) else [value]
