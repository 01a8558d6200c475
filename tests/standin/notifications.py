"""What people and programs are told: a listener on topic and bus, and the schema of the events.

As a command it reads a JSON list of events from its standard input, as EventBridge delivers them,
and ends with 1 and one line for each fault.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from jsonschema import Draft202012Validator

from standin.serverless.clients import ACCOUNT, REGION, client

SCHEMA = Path(__file__).parents[2] / "docs" / "events.schema.json"

_BUS_QUEUE, _TOPIC_QUEUE = "heard-on-the-bus", "heard-on-the-topic"


def faults_of(events: Iterable[dict]) -> Iterator[str]:
    """What in `events` of source `reberth` does not keep to their schema, one sentence each."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for number, event in enumerate(events):
        for fault in validator.iter_errors(event):
            yield f"events[{number}]{fault.json_path[1:]}: {fault.message}"


def told_twice(events: Iterable[dict]) -> Iterator[str]:
    """The notifications that came more than once, by their ids."""
    times = Counter(event["detail"]["id"] for event in events)
    yield from (f"{name} was told {count} times" for name, count in times.items() if count > 1)


class Listener:
    """Hears everything that is put on the bus by us, or published on the topic, from now on."""

    def __init__(self, url: str, topic: str):
        self._sqs = client("sqs", url)
        bus, heard = client("events", url), self._queue(_BUS_QUEUE, "events.amazonaws.com")
        bus.put_rule(Name=_BUS_QUEUE, EventPattern=json.dumps({"source": ["reberth"]}))
        bus.put_targets(Rule=_BUS_QUEUE, Targets=[{"Id": "queue", "Arn": heard}])
        client("sns", url).subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=self._queue(_TOPIC_QUEUE, "sns.amazonaws.com"),
            Attributes={"RawMessageDelivery": "true"},
        )

    def events(self) -> list[dict]:
        """The events of source `reberth` since they were asked for last."""
        return self._taken(_BUS_QUEUE)

    def messages(self) -> list[dict]:
        """The messages to people since they were asked for last, as a chat gets them."""
        return self._taken(_TOPIC_QUEUE)

    def _queue(self, name: str, service: str) -> str:
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._sqs.create_queue(QueueName=name, Attributes={"Policy": policy})
        return arn

    def _taken(self, name: str) -> list[dict]:
        url, taken = self._sqs.get_queue_url(QueueName=name)["QueueUrl"], []
        while found := self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10):
            messages = found.get("Messages")
            if not messages:
                return taken
            for message in messages:
                taken.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return taken


def main() -> None:
    """Check the events on standard input."""
    events = json.load(sys.stdin)
    faults = list(faults_of(events))
    print(*faults, f"{len(events)} events, {len(faults)} faults", sep="\n")
    sys.exit(1 if faults or not events else 0)


if __name__ == "__main__":
    main()
