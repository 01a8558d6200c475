"""Runs every event pattern of the template against every sample event.

A pattern has to take all samples of its own kind and none of any other. No linter sees a slip of
the pen such as `detailtype`: the template deploys, and the rule is silent for ever.

`events/` holds one folder per kind. A sample may come wrapped as Lambda gets it from SQS or SNS;
the rule saw what is inside. What is no EventBridge event (garbage, schedules, hints) is skipped.
"""

import asyncio
import json

from ministack.services import eventbridge

# Which folder of samples a rule is there for.
KINDS = {
    "HealthEventRouterRule": "health",
    "InstanceStateRule": "instance-state",
}

# Samples that look like events and are not; whether a rule takes one says nothing about the rule.
GARBAGE = "garbage"


class PatternError(Exception):
    """EventBridge refuses the pattern; the message is its own."""


def patterns_of(template):
    """The event pattern of every rule, by logical id."""
    return {
        name: resource["Properties"]["EventPattern"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Events::Rule"
    }


def read_samples(folder):
    """Yields (kind, place, event) for every EventBridge event below `folder`."""
    for path in sorted(folder.glob("*/*.json")):
        if path.parent.name == GARBAGE:
            continue
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue
        for event in unwrapped(document):
            yield path.parent.name, f"{path.parent.name}/{path.name}", event


def unwrapped(document):
    """Yields the EventBridge events in `document`, through any layers of SQS and SNS."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return
    if not isinstance(document, dict):
        return
    if isinstance(document.get("source"), str) and isinstance(document.get("detail-type"), str):
        yield document
    elif document.get("Type") == "Notification":
        yield from unwrapped(document.get("Message"))
    elif isinstance(document.get("Records"), list):
        for record in filter(lambda record: isinstance(record, dict), document["Records"]):
            notification = record.get("Sns")
            message = notification.get("Message") if isinstance(notification, dict) else None
            yield from unwrapped(record.get("body", message))


def check_rules(patterns, samples):
    """Yields one sentence per rule and sample that disagree."""
    for rule in sorted(patterns.keys() ^ KINDS.keys()):
        where = "KINDS of patterns.py" if rule in patterns else "the template"
        yield f"{rule}: not in {where}; name the kind of sample the rule is there for"
    for rule in sorted(patterns.keys() & KINDS.keys()):
        try:
            faults = list(check_rule(patterns[rule], KINDS[rule], samples))
        except PatternError as refusal:
            faults = [f"EventBridge refuses its pattern: {refusal}"]
        yield from (f"{rule}: {fault}" for fault in faults)


def check_rule(pattern, kind, samples):
    """What is wrong with the pattern of a rule that is there for events of `kind`."""
    own = [(place, event) for found, place, event in samples if found == kind]
    if not own:
        yield f"no sample of kind {kind}; add one to events/{kind}/"
    for place, event in own:
        if not matches(pattern, event):
            yield f"does not take {place}; check the keys and values of its pattern"
        for near_miss in near_misses(event):
            if matches(pattern, near_miss):
                source, detail_type = near_miss["source"], near_miss["detail-type"]
                yield f"takes {detail_type!r} from {source!r}; narrow its pattern"
    for found, place, event in samples:
        if found != kind and matches(pattern, event):
            yield f"takes {place}, which is not for it; narrow its pattern"


def near_misses(event):
    """Yields copies of `event` as another service, or of another type, could have sent it."""
    for key in ("source", "detail-type"):
        yield {**event, key: f"{event[key]} more"}
        yield {**event, key: f"less {event[key]}"}


def matches(pattern, event):
    """EventBridge's answer to TestEventPattern, from ministack's implementation of it."""
    question = json.dumps({"EventPattern": json.dumps(pattern), "Event": json.dumps(event)})
    headers = {"x-amz-target": "AWSEvents.TestEventPattern"}
    call = eventbridge.handle_request("POST", "/", headers, question, {})
    status, _, body = asyncio.run(call)
    answer = json.loads(body)
    if status != 200:
        raise PatternError(answer)
    return answer["Result"]
