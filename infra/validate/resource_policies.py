"""Checks of the policies that queues and the topic carry: who may send, and nobody else.

Within an account IAM lets a role send by its own policy alone. These policies say it once more by
name, so that either side shows who sends, and they let in what has no role of ours: rules, alarms.
"""

from permissions import as_list, unwrapped
from source import of_type, target

ACCOUNT = {"Ref": "AWS::AccountId"}
ALARMS = {
    "Fn::Sub": "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*",
}

# No caller of ours and no service of AWS speaks without TLS. `Bool` matches only where AWS says
# how a call came, so the denial can lock out nobody else.
PLAIN_TRANSPORT = {"Bool": {"aws:SecureTransport": "false"}}

LETS_IN_TOO_MUCH = (
    "allow only a role of this template, or a service under exactly its aws:SourceArn and this "
    "account as aws:SourceAccount"
)


def check_queue_policies(template):
    """A queue lets in one rule, the roles that send to it, and nobody without TLS."""
    rules = of_type(template, "Events::Rule")
    let_in = {}
    for name, policy in of_type(template, "SQS::QueuePolicy").items():
        queues = set(map(target, policy["Queues"]))
        for statement in policy["PolicyDocument"]["Statement"]:
            rule = rule_let_in(statement)
            if rule in rules and reach(statement) == queues == queues_of(rules[rule]):
                let_in[rule] = name
            elif not (is_of_roles(statement) or denies_plain(statement, queues, "sqs:*")):
                yield f"{name}.{sid(statement)}: {LETS_IN_TOO_MUCH}"
        yield from check_roles_named(template, name, policy, "sqs:SendMessage", queues)
        yield from check_plain_denied(name, policy, queues, "sqs:*")
    for name in sorted(rules.keys() - let_in.keys()):
        yield (
            f"{name}: no queue policy lets it in, and it would deliver nothing; allow its service "
            "sqs:SendMessage on its two queues, under exactly its aws:SourceArn and this account "
            "as aws:SourceAccount"
        )


def check_topic_policies(template):
    """Every topic has a policy, which lets in this account's alarms and the roles that publish."""
    topics = of_type(template, "SNS::TopicPolicy")
    subjects = {target(topic) for policy in topics.values() for topic in policy["Topics"]}
    resources = template["Resources"].items()
    for name in sorted({n for n, r in resources if r["Type"] == "AWS::SNS::Topic"} - subjects):
        yield f"{name}: no topic policy; SNS's own lets in everybody of the account"
    for name, policy in topics.items():
        subject = set(map(target, policy["Topics"]))
        statements = policy["PolicyDocument"]["Statement"]
        if not any(lets_in_alarms(statement) for statement in statements):
            yield f"{name}: no alarm could publish; allow cloudwatch.amazonaws.com of this account"
        for statement in statements:
            known = lets_in_alarms(statement) or is_of_roles(statement)
            if not (known or denies_plain(statement, subject, "sns:Publish")):
                yield f"{name}.{sid(statement)}: {LETS_IN_TOO_MUCH}"
        yield from check_roles_named(template, name, policy, "sns:Publish", subject)
        yield from check_plain_denied(name, policy, subject, "sns:Publish")


def check_roles_named(template, name, policy, action, subjects):
    """The roles that a policy names are those whose own policies allow `action`, both ways."""
    named = {
        (target(role), subject)
        for statement in filter(is_of_roles, policy["PolicyDocument"]["Statement"])
        for role in as_list(statement["Principal"]["AWS"])
        for subject in reach(statement)
    }
    allowed = {pair for pair in senders(template, action) if pair[1] in subjects}
    for role, subject in sorted(allowed - named):
        yield f"{name}: does not name {role}, whose policies allow {action} on {subject}"
    for role, subject in sorted(named - allowed):
        yield f"{name}: names {role}, whose policies do not allow {action} on {subject}"


def check_plain_denied(name, policy, subjects, action):
    """Whoever comes without TLS is denied."""
    statements = policy["PolicyDocument"]["Statement"]
    if not any(denies_plain(statement, subjects, action) for statement in statements):
        yield f"{name}: deny {action} to everybody where aws:SecureTransport is false"


def senders(template, action):
    """Yields (role, subject) for each resource that a role's own policies let it send to."""
    for name, role in of_type(template, "IAM::Role").items():
        for _, policy in map(unwrapped, role["Policies"]):
            for _, statement in map(unwrapped, policy["PolicyDocument"]["Statement"]):
                if action in as_list(statement["Action"]):
                    yield from ((name, subject) for subject in reach(statement))


def queues_of(rule):
    """The logical ids of the queue that `rule` delivers to, and of the one it gives up into."""
    goal = rule["Targets"][0]
    return {target(goal["Arn"]), target(goal.get("DeadLetterConfig", {}).get("Arn"))}


def rule_let_in(statement):
    """The logical id of the one rule that a statement lets send; None if it lets in others."""
    condition = statement.get("Condition", {})
    exact = (
        statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": "events.amazonaws.com"}
        and statement["Action"] == "sqs:SendMessage"
        and condition.keys() == {"ArnEquals", "StringEquals"}
        and condition["ArnEquals"].keys() == {"aws:SourceArn"}
        and condition["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    )
    return target(condition["ArnEquals"]["aws:SourceArn"]) if exact else None


def lets_in_alarms(statement):
    """Whether a statement lets the alarms of this account and region publish, and nobody else."""
    return (
        statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        and statement["Action"] == "sns:Publish"
        and statement.get("Condition")
        == {
            "ArnLike": {"aws:SourceArn": ALARMS},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        }
    )


def is_of_roles(statement):
    """Whether a statement lets named roles send or publish."""
    return (
        statement["Effect"] == "Allow"
        and statement["Principal"].keys() == {"AWS"}
        and all(isinstance(role, dict) for role in as_list(statement["Principal"]["AWS"]))
        and statement["Action"] in ("sqs:SendMessage", "sns:Publish")
    )


def denies_plain(statement, subjects, action):
    """Whether a statement denies what comes without TLS, and nothing more."""
    return (
        statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Action"] == action
        and reach(statement) == subjects
        and statement.get("Condition") == PLAIN_TRANSPORT
    )


def reach(statement):
    """The logical ids of the resources of a statement."""
    return set(map(target, as_list(statement["Resource"])))


def sid(statement):
    """What a statement calls itself."""
    return statement.get("Sid", "a statement without a Sid")
