"""What a stack has open: the ledger's incidents, its switch, and the mark on what is out.

Reads, and writes nothing. The ledger's layout is in `shared/src/aws/dynamodb_items.rs`.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from account import Refusal

ROOT = Path(__file__).resolve().parents[2]

# Where the code of this checkout says which items it can read.
FORMAT = ROOT / "shared" / "src" / "ledger" / "format.rs"

MARK = "reberth:incident"

# Phases in which nothing is taken out of service, or all of it is back. A phase that is not known
# here counts as out: better to refuse once too often.
NOTHING_OUT = {
    "seen": "nothing was done yet",
    "serving": "its replacement serves and is being verified",
    "back": "it serves again and is being verified",
    "rescheduling": "AWS was asked for another date",
}
OUT = {
    "intended": "it is about to be replaced",
    "replacing": "its replacement is on its way",
    "leaving": "it leaves service",
    "moving": "it is out of service, to be stopped or rebooted",
    "returning": "it is out of service, on its way back",
}
# The phase of what a newer version wrote: what it says is not for this checkout to read.
NEWER = "newer"

# Reservations that cost money: EC2 API reference, CapacityReservation, read 2026-11.
HELD = ["active", "pending", "scheduled", "assessing", "delayed"]


@dataclass(frozen=True)
class Incident:
    """One open incident: `key` is `instance/event`, `name` and `group` are empty where absent."""

    key: str
    name: str
    group: str
    phase: str

    @property
    def out(self):
        """Its instance is out of service by Reberth's hand, or may be."""
        return self.phase not in NOTHING_OUT


@dataclass(frozen=True)
class Open:
    """All that is open at one moment: `marked` has ids of instances and capacity reservations."""

    incidents: tuple
    marked: tuple
    switch_thrown: bool


def known_format():
    """The newest format of an item that the code of this checkout can read."""
    return int(re.search(r"const KNOWN: u64 = (\d+);", FORMAT.read_text(encoding="utf-8"))[1])


def incident_of(item, known):
    """The incident in an item of the partition `incident`, as boto3's client gives it.

    Of a format above `known` only what stands beside the document is read.
    """
    key = item.get("sk", {}).get("S", "without a key")
    if int(item.get("format", {}).get("N", "1")) > known:
        return Incident(key, "", item.get("group", {}).get("S", ""), NEWER)
    try:
        document = json.loads(item["document"]["S"])
        phase = document["phase"]["name"]
        group, name = document.get("group") or "", document.get("name") or ""
    except (KeyError, TypeError, ValueError) as error:
        raise Refusal(
            f"the ledger's incident {key} cannot be read ({error!r}); what it has out is unknown. "
            f"docs/operating.md, The ledger, says how to mend it."
        ) from error
    return Incident(key, str(name), str(group), str(phase))


def look(stack):
    """What `stack` has open now; whatever cannot be read is refused, never taken for nothing."""
    table = stack.outputs["LedgerTable"]
    dynamodb = stack.account.client("dynamodb")
    query = dynamodb.get_paginator("query")
    pages = query.paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="pk = :open",
        ExpressionAttributeValues={":open": {"S": "incident"}},
    )
    known = known_format()
    incidents = [incident_of(item, known) for page in pages for item in page["Items"]]
    switch = dynamodb.get_item(
        TableName=table, Key={"pk": {"S": "state"}, "sk": {"S": "switch"}}, ConsistentRead=True
    )
    stopped = switch.get("Item", {}).get("stopped", {}).get("BOOL", False)
    return Open(tuple(incidents), tuple(marked(stack.account)), stopped)


def marked(account):
    """Instances and capacity reservations of the region that carry Reberth's mark."""
    ec2 = account.client("ec2")
    carries = {"Name": "tag-key", "Values": [MARK]}
    pages = ec2.get_paginator("describe_instances").paginate(Filters=[carries])
    for page in pages:
        for reservation in page["Reservations"]:
            for instance in reservation["Instances"]:
                # A terminated one is listed for another hour; nobody can bring it back.
                if instance["State"]["Name"] != "terminated":
                    yield instance["InstanceId"]
    pages = ec2.get_paginator("describe_capacity_reservations").paginate(
        Filters=[carries, {"Name": "state", "Values": HELD}]
    )
    for page in pages:
        for reservation in page["CapacityReservations"]:
            yield reservation["CapacityReservationId"]


def may_open(parameters):
    """Whether a stack with these parameters may begin to move an instance, the switch aside."""
    ceiling = parameters.get("MaximumMode")
    return ceiling in ("approve", "enforce") and parameters.get("KillSwitch") != "on"
