"""The deployed stack: what of it is on, what it was told, and who would hear."""

from collections.abc import Iterator

from .asking import Asking
from .role import simulate

_RECONCILER = "MaintenanceReconcilerFunction"
_ROLE = "MaintenanceReconcilerRole"
_TOPIC = "NoticesTopic"


class NoStack(RuntimeError):
    """There is no such stack, or the caller may not see it."""


def describe(asking: Asking, name: str) -> dict:
    """Everything that is asked of a stack; raises NoStack where it cannot be looked at."""
    cloudformation = asking.client("cloudformation")
    resources = [
        resource
        for page in asking.pages(
            cloudformation, "list_stack_resources", f"stack {name}", StackName=name
        )
        for resource in page["StackResourceSummaries"]
    ]
    if not resources:
        words = asking.unanswered[-1]["words"] if asking.unanswered else "it has no resources"
        raise NoStack(f"stack {name}: {words}; is it deployed in this region, under this name?")
    functions = dict(_of_type(resources, "AWS::Lambda::Function"))
    role = dict(_of_type(resources, "AWS::IAM::Role")).get(_ROLE)
    return {
        "name": name,
        "variables": _variables(asking, functions.get(_RECONCILER)),
        "functions": {
            logical_id: _function(asking, function) for logical_id, function in functions.items()
        },
        "rules": dict(_rules(asking, resources)),
        "schedules": dict(_schedules(asking, resources)),
        "role": role and simulate(asking, role),
    } | _subscriptions(asking, dict(_of_type(resources, "AWS::SNS::Topic")).get(_TOPIC))


def _of_type(resources: list[dict], kind: str) -> Iterator[tuple[str, str]]:
    for resource in resources:
        if resource["ResourceType"] == kind and "PhysicalResourceId" in resource:
            yield resource["LogicalResourceId"], resource["PhysicalResourceId"]


def _variables(asking: Asking, function: str | None) -> dict[str, str]:
    if function is None:
        return {}
    lambda_ = asking.client("lambda")
    answer = asking.answer(lambda_, "get_function_configuration", function, FunctionName=function)
    variables = (answer or {}).get("Environment", {}).get("Variables", {})
    return {name: value for name, value in variables.items() if name.startswith("REBERTH_")}


def _function(asking: Asking, function: str) -> dict:
    lambda_ = asking.client("lambda")
    reserved = asking.answer(lambda_, "get_function_concurrency", function, FunctionName=function)
    before = len(asking.unanswered)
    sources = [
        mapping["State"]
        for page in asking.pages(
            lambda_, "list_event_source_mappings", function, FunctionName=function
        )
        for mapping in page["EventSourceMappings"]
    ]
    return {
        "reserved_concurrency": (reserved or {}).get("ReservedConcurrentExecutions"),
        "event_sources": sources if len(asking.unanswered) == before else None,
    }


def _rules(asking: Asking, resources: list[dict]) -> Iterator[tuple[str, str]]:
    events = asking.client("events")
    for logical_id, name in _of_type(resources, "AWS::Events::Rule"):
        # The default bus is not part of a rule's physical id; another one would be, before a `|`.
        answer = asking.answer(events, "describe_rule", name, Name=name.rpartition("|")[2])
        if answer:
            yield logical_id, answer["State"]


def _schedules(asking: Asking, resources: list[dict]) -> Iterator[tuple[str, str]]:
    scheduler = asking.client("scheduler")
    for logical_id, name in _of_type(resources, "AWS::Scheduler::Schedule"):
        answer = asking.answer(scheduler, "get_schedule", name, Name=name.rpartition("/")[2])
        if answer:
            yield logical_id, answer["State"]


def _subscriptions(asking: Asking, topic: str | None) -> dict:
    confirmed: dict[str, int] = {}
    pending, before = 0, len(asking.unanswered)
    if topic:
        sns = asking.client("sns")
        for page in asking.pages(sns, "list_subscriptions_by_topic", topic, TopicArn=topic):
            for subscription in page["Subscriptions"]:
                # SNS shows no ARN before somebody has confirmed.
                if subscription["SubscriptionArn"].startswith("arn:"):
                    protocol = subscription["Protocol"]
                    confirmed[protocol] = confirmed.get(protocol, 0) + 1
                else:
                    pending += 1
    return {
        "subscriptions": confirmed,
        "pending_subscriptions": pending,
        "topic_unread": topic is None or len(asking.unanswered) > before,
    }
