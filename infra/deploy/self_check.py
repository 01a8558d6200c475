"""Whether a deployed stack is awake: everything on that wakes it, and both functions answering.

It asks a question and starts one sweep, as the schedule does every few minutes. A permission that
was forgotten shows here, and not when AWS's date comes.
"""

import json
import time
from dataclasses import dataclass

from botocore.exceptions import ClientError, WaiterError

# An instance that nobody has: asking why starts nothing.
NOBODY = "i-00000000000000000"

# What each function is asked, by its folder. A batch without messages has nothing to do; it still
# needs every setting, and a program that starts.
ASKED = {
    "health-event-router": {"an empty batch": {"Records": []}},
    "maintenance-reconciler": {
        "a question": {"reberth": "why", "instance": NOBODY},
        "a sweep": {"reberth": "sweep"},
    },
}
FUNCTIONS = tuple(ASKED)

# A new role is not known everywhere at once
# (IAM User Guide, troubleshoot, "eventually consistent", read 2026-11).
TRIES, SECONDS_BETWEEN = 6, 5

# Words by which Lambda says that a mapping is on, or will be in a moment
# (Lambda API reference, GetEventSourceMapping, read 2026-11).
AWAKE = ("Enabled", "Creating", "Enabling", "Updating")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it is, and in words."""

    mark: str
    words: str

    @property
    def fault(self):
        """It keeps the stack from working."""
        return self.mark == "FAULT"


def ok(words):
    """As it must be."""
    return Finding("ok   ", words)


def note(words):
    """It works; somebody should look all the same."""
    return Finding("note ", words)


def fault(words):
    """It does not work like this."""
    return Finding("FAULT", words)


def judged(good, words):
    """As it must be, or not."""
    return ok(words) if good else fault(words)


def check(stack, code, rest=time.sleep):
    """Everything that is found of the stack, one thing at a time.

    `code` has the digest of what each function must run by now, by its folder.
    """
    resources = stack.resources()
    yield from functions(stack, code)
    yield from mappings(stack, resources)
    yield from schedules(stack, resources)
    yield from rules(stack, resources)
    yield from subscriptions(stack)
    for function in FUNCTIONS:
        yield from answers(stack, function, rest)


def functions(stack, code):
    """Each function can run, may run, and runs the code that was to be deployed."""
    client = stack.account.client("lambda")
    for function, wanted in code.items():
        name = deployed(stack, function)
        found = settled(client, name)
        allowed = client.get_function_concurrency(FunctionName=name)
        if found["LastUpdateStatus"] != "Successful":
            yield fault(f"{name}: its last update is {found['LastUpdateStatus']}")
        elif found["CodeSha256"] != wanted:
            yield fault(
                f"{name} runs other code than this package: somebody deployed it alone. "
                f"make deploy-function FUNCTION={function} brings this one"
            )
        elif allowed.get("ReservedConcurrentExecutions") == 0:
            yield fault(f"{name} has a reserved concurrency of 0, so it is turned off")
        else:
            yield ok(f"{name} has its code and may run")


def settled(client, name):
    """The function's configuration once its last update is over, or has taken five minutes."""
    try:
        client.get_waiter("function_updated_v2").wait(FunctionName=name)
    except WaiterError:
        # What is the matter stands in the configuration.
        pass
    return client.get_function_configuration(FunctionName=name)


def deployed(stack, function):
    """The name in Lambda of the function in the folder `function`, by the stack's output."""
    return stack.outputs["".join(part.capitalize() for part in function.split("-")) + "Function"]


def mappings(stack, resources):
    """Each queue wakes its function."""
    client = stack.account.client("lambda")
    for name, id in physical(resources, "AWS::Lambda::EventSourceMapping"):
        state = client.get_event_source_mapping(UUID=id)["State"]
        yield judged(state in AWAKE, f"{name} is {state}")


def schedules(stack, resources):
    """The sweep comes at its times."""
    client = stack.account.client("scheduler")
    for name, id in physical(resources, "AWS::Scheduler::Schedule"):
        # A group may stand before the schedule's name.
        found = client.get_schedule(Name=id.rpartition("/")[2])
        words = f"{name} is {found['State']}: {found['ScheduleExpression']}"
        yield judged(found["State"] == "ENABLED", words)


def rules(stack, resources):
    """AWS's events reach the queues."""
    client = stack.account.client("events")
    for name, id in physical(resources, "AWS::Events::Rule"):
        state = client.describe_rule(Name=id)["State"]
        yield judged(state.startswith("ENABLED"), f"{name} is {state}")


def subscriptions(stack):
    """Somebody hears of what happens."""
    topic = stack.outputs["NoticesTopic"]
    found = stack.account.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    heard = [one for one in found if one["SubscriptionArn"].startswith("arn:")]
    if heard:
        yield ok(f"NoticesTopic has {len(heard)} subscription(s)")
    else:
        waits = ", one waits to be confirmed" if found else ""
        yield note(f"NoticesTopic: nobody hears notices and alarms{waits}; subscribe")


def physical(resources, kind):
    """Logical and physical id of each resource of the type `kind`."""
    return sorted((name, id) for name, (id, of) in resources.items() if of == kind)


def answers(stack, function, rest=time.sleep):
    """What the function says to each of its questions, tried again while its role is new."""
    name = deployed(stack, function)
    client = stack.account.client("lambda")
    for asked, question in ASKED[function].items():
        for attempt in range(TRIES):
            if attempt:
                rest(SECONDS_BETWEEN)
            finding = answer(client, name, asked, question)
            if not finding.fault:
                break
        yield finding


def answer(client, name, asked, question):
    """What the function `name` says to one question, which is called `asked`."""
    try:
        response = client.invoke(FunctionName=name, Payload=json.dumps(question).encode())
    except ClientError as error:
        return fault(f"{name}, asked {asked}: {error}")
    told = json.loads(response["Payload"].read() or b"null") or {}
    if "FunctionError" in response:
        return fault(f"{name}, asked {asked}: {told.get('errorMessage', told)}")
    for field in ("error", "unreadable"):
        if told.get(field):
            return fault(f"{name}, asked {asked}: {told[field]}")
    version = f", version {told['version']}" if "version" in told else ""
    return ok(f"{name}, asked {asked}: {told.get('outcome', 'answered')}{version}")
