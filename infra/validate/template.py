"""Checks of the template that no linter makes: what must not be lost, and who may do what.

Each check yields one sentence per fault, which names the resource, the property and the cure.
The order of the template is in blocks.py, roles are in permissions.py, the policies of queues and
topic in resource_policies.py, key and boundary in organization.py, what the code calls in calls.py,
what AWS does around it in platform_policies.py, settings in settings.py, what alarms and dashboard
rest on in metrics.py and dashboard.py.
"""

import blocks
import calls
import cost
import dashboard
import metrics
import organization
import permissions
import platform_policies
import resource_policies
import settings
from source import of_type, read, target

A_DAY = 24 * 3600
FOUR_DAYS = 4 * A_DAY
# The longest SQS keeps a message. A dead letter's age counts from its first sending, so only this
# leaves people the time to look
# (SQS Developer Guide, setting-up-dead-letter-queue-retention, read 2026-11).
FOURTEEN_DAYS = 14 * A_DAY
# AWS Lambda Developer Guide, services-sqs-configure, read 2026-11.
LEAST_RECEIVES = 5
TIMEOUTS_IN_VISIBILITY = 6


def faults_of(path):
    """Every fault of the template at `path`."""
    template = read(path)
    for check in CHECKS:
        yield from check(template)
    yield from permissions.check_wildcards(path)


def check_queues(template):
    """Nothing is lost in an outage of four days, nor by a poisonous message."""
    queues = of_type(template, "SQS::Queue")
    dead_letters = {dead_letter_of(queue) for queue in queues.values()}
    for name, queue in queues.items():
        retention = queue.get("MessageRetentionPeriod", 0)
        if name in dead_letters:
            if retention != FOURTEEN_DAYS:
                yield f"{name}.MessageRetentionPeriod: {retention} s; make it {FOURTEEN_DAYS}"
            yield from check_alarm(template, name, "ApproximateNumberOfMessagesVisible")
            continue
        if retention < FOUR_DAYS:
            yield f"{name}.MessageRetentionPeriod: {retention} s; at least {FOUR_DAYS}"
        if dead_letter_of(queue) not in queues:
            yield f"{name}.RedrivePolicy: no dead-letter queue of this template; name one"
        if queue.get("RedrivePolicy", {}).get("maxReceiveCount", 0) < LEAST_RECEIVES:
            yield f"{name}.RedrivePolicy.maxReceiveCount: at least {LEAST_RECEIVES}"
        yield from check_alarm(template, name, "ApproximateAgeOfOldestMessage")


def dead_letter_of(queue):
    """The logical id of the dead-letter queue of `queue`; None if it has none."""
    return target(queue.get("RedrivePolicy", {}).get("deadLetterTargetArn"))


def check_alarm(template, subject, metric):
    """Somebody hears of `metric` of the resource `subject`."""
    for alarm in of_type(template, "CloudWatch::Alarm").values():
        subjects = {target(dimension["Value"]) for dimension in alarm["Dimensions"]}
        if alarm["MetricName"] == metric and subject in subjects and alarm.get("AlarmActions"):
            return
    yield f"{subject}: no alarm on {metric} with an action; add one to its block"


def check_functions(template):
    """A function takes one bad message for one bad message, and its failures are heard of."""
    queues = of_type(template, "SQS::Queue")
    for name, function in of_type(template, "Serverless::Function").items():
        yield from check_alarm(template, name, "Errors")
        yield from check_alarm(template, name, "Throttles")
        if target(function["LoggingConfig"]["LogGroup"]) not in of_type(template, "LogGroup"):
            yield f"{name}.LoggingConfig.LogGroup: not of this template; its logs never expire"
        for event in function.get("Events", {}).values():
            if event["Type"] == "SQS":
                source = event["Properties"]
                yield from check_source(name, function, source, queues[target(source["Queue"])])


def check_source(name, function, source, queue):
    """The event source mapping `source` of the function `name` fits its queue."""
    queue_name = target(source["Queue"])
    if source.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
        yield f"{name}.Events: add ReportBatchItemFailures; else one failure repeats its batch"
    needed = TIMEOUTS_IN_VISIBILITY * function["Timeout"] + source["MaximumBatchingWindowInSeconds"]
    visible = queue.get("VisibilityTimeout", 0)
    if visible < needed:
        yield f"{queue_name}.VisibilityTimeout: {visible} s; at least {needed}"
    sends = function["Environment"]["Variables"].values()
    if queue_name in map(target, sends) and function.get("RecursiveLoop") != "Allow":
        yield f"{name}.RecursiveLoop: sends to {queue_name}, which wakes it; set Allow"


def check_concurrency(template):
    """No storm of messages takes the account's concurrency, or outgrows the function's own.

    Beyond what is reserved Lambda would throttle, and its retries would use up the receives of
    innocent messages (Lambda Developer Guide, services-sqs-scaling, read 2026-11).
    """
    reserved = min(filter(None, template["Parameters"]["ReservedConcurrency"]["AllowedValues"]))
    for name, function in of_type(template, "Serverless::Function").items():
        for event in function.get("Events", {}).values():
            scaling = event["Properties"].get("ScalingConfig", {})
            fits = 2 <= scaling.get("MaximumConcurrency", 0) <= reserved
            if event["Type"] == "SQS" and not fits:
                yield f"{name}.Events: set ScalingConfig.MaximumConcurrency to 2 to {reserved}"


def check_rules(template):
    """Rules listen on the default bus, where only AWS can speak as `aws.*`, and lose nothing."""
    queues = of_type(template, "SQS::Queue")
    for name, rule in of_type(template, "Events::Rule").items():
        if "EventBusName" in rule:
            yield f"{name}.EventBusName: leave it out; AWS's events are on the default bus only"
        if len(rule["Targets"]) != 1 or not resource_policies.queues_of(rule) <= queues.keys():
            yield f"{name}.Targets: deliver to one queue, with a queue as DeadLetterConfig"
        if rule["Targets"][0].get("RetryPolicy", {}).get("MaximumEventAgeInSeconds") != A_DAY:
            yield f"{name}.Targets.RetryPolicy: retry for {A_DAY} s, EventBridge's longest"


def check_table(template):
    """The ledger outlives mistakes and the stack itself."""
    for name, table in of_type(template, "DynamoDB::Table").items():
        resource = template["Resources"][name]
        if {resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")} != {"Retain"}:
            yield f"{name}: set DeletionPolicy and UpdateReplacePolicy to Retain"
        if table.get("DeletionProtectionEnabled") is not True:
            yield f"{name}.DeletionProtectionEnabled: set it to true"
        if not table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{name}.PointInTimeRecoverySpecification: enable it"
        if table.get("TimeToLiveSpecification") != {"AttributeName": "expires_at", "Enabled": True}:
            yield f"{name}.TimeToLiveSpecification: enable it on expires_at"


CHECKS = (
    blocks.check_blocks,
    check_queues,
    check_functions,
    check_concurrency,
    check_rules,
    check_table,
    resource_policies.check_queue_policies,
    resource_policies.check_topic_policies,
    organization.check_organization,
    permissions.check_roles,
    calls.check_calls,
    metrics.check_metrics,
    metrics.check_alarms,
    dashboard.check_dashboard,
    platform_policies.check_platform,
    settings.check_parameters,
    settings.check_groups,
    settings.check_documented,
    cost.check_cost,
)
