"""Checks of who may do what: the roles of the functions, and the policies of the queues."""

import yaml

from source import target

# What opens something on a fleet and can be kept to groups that opted in by their tag.
# SetInstanceHealth cannot: it closes as well (see its statement in the template).
OPENING = {"autoscaling:TerminateInstanceInAutoScalingGroup"}
OPTED_IN = {"StringEquals": {"aws:ResourceTag/reberth:mode": ["approve", "enforce"]}}

# Tags choose what Reberth may do, so it must not be able to write those.
ONE_TAG = {
    "ForAllValues:StringEquals": {"aws:TagKeys": ["reberth:incident"]},
    "Null": {"aws:TagKeys": "false"},
}


def check_roles(template):
    """Roles name each action, and acts on fleets carry their conditions."""
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for policy in resource["Properties"]["Policies"]:
            for given in policy["PolicyDocument"]["Statement"]:
                yield from check_statement(f"{name}.{policy['PolicyName']}", given)


def check_statement(place, given):
    """One statement, which may hang on a condition of the template."""
    condition, statement = (given["Fn::If"][:2]) if "Fn::If" in given else (None, given)
    for action in as_list(statement["Action"]):
        if "*" in action:
            yield f"{place}: {action}: name the actions one by one"
        if action in OPENING and statement.get("Condition") != OPTED_IN:
            yield f"{place}: {action}: allow it under the condition {OPTED_IN} only"
        if action == "ec2:CreateTags" and statement.get("Condition") != ONE_TAG:
            yield f"{place}: {action}: allow it under the condition {ONE_TAG} only"
        if action in OPENING | {"ec2:CreateTags"} and condition != "MayOpen":
            yield f"{place}: {action}: wrap the statement in !If MayOpen"


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
