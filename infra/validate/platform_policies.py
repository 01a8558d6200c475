"""Checks of what AWS does under the template's roles around the functions, where no code calls it:
Lambda reads queues, writes logs and traces; Scheduler invokes.

What it needs: AWS Lambda Developer Guide, services-sqs-configure, monitoring-cloudwatchlogs and
services-xray; EventBridge Scheduler User Guide, setting-up (execution role), read 2026-11.
"""

from permissions import as_list, unwrapped
from source import of_type, target

PLATFORM = "Platform"
OF_QUEUES = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
OF_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
OF_TRACES = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")
OF_SCHEDULES = ("lambda:InvokeFunction",)


def check_platform(template):
    """Each role allows AWS what the function beside it needs around its code, and no more."""
    roles = of_type(template, "IAM::Role")
    traced = template.get("Globals", {}).get("Function", {}).get("Tracing")
    for name, function in of_type(template, "Serverless::Function").items():
        role = target(function["Role"])
        needed = needs_of(function, function.get("Tracing", traced) == "Active")
        yield from differences(role, needed, given_by(roles[role], {PLATFORM}))
        for event in function.get("Events", {}).values():
            if event["Type"] == "ScheduleV2":
                role = target(event["Properties"]["RoleArn"])
                invokes = {(action, name) for action in OF_SCHEDULES}
                yield from differences(role, invokes, given_by(roles[role]))


def needs_of(function, traced):
    """What Lambda does for a function, as pairs of an action and a logical id, or `*`."""
    queues = {
        target(event["Properties"]["Queue"])
        for event in function.get("Events", {}).values()
        if event["Type"] == "SQS"
    }
    needed = {(action, queue) for action in OF_QUEUES for queue in queues}
    log_group = target(function["LoggingConfig"]["LogGroup"])
    needed |= {(action, log_group) for action in OF_LOGS}
    # X-Ray knows no resource for its two writes.
    return needed | ({(action, "*") for action in OF_TRACES} if traced else set())


def given_by(role, names=None):
    """The same pairs of what a role allows by the policies of these names; None: by all."""
    return {
        (action, target(resource) or resource)
        for policy in (unwrapped(given)[1] for given in role["Policies"])
        if names is None or policy["PolicyName"] in names
        for statement in policy["PolicyDocument"]["Statement"]
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def differences(role, needed, given):
    """What a role lacks, and what it has too much, in words."""
    for action, resource in sorted(needed - given):
        yield f"{role}: {action} on {resource}: AWS needs it around the function; allow it"
    for action, resource in sorted(given - needed):
        yield f"{role}: {action} on {resource}: nothing around the function needs it; take it out"
