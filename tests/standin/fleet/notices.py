"""AWS Health's notices on the bus: pages, updates, duplicates and backup copies.

The shape follows "AWS Health events Amazon EventBridge schema" and "Pagination of AWS Health events
on EventBridge" in the AWS Health user guide, read 2026-11.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .place import ACCOUNT, REGION, uuid_from

if TYPE_CHECKING:
    from .world import World

STATUSES = ("upcoming", "open", "closed")
#: The region that gets a copy of what happens in us-west-2; for all others that is us-west-2.
_BACKUP_OF_US_WEST_2 = "us-east-1"


@dataclass(frozen=True)
class Notice:
    """What AWS Health says once; the same `arn` with another notice is an update.

    `page_size` None puts all instances on one page. `copies` is how often every page is delivered.
    `shuffle_seed` None keeps the order of the pages.
    """

    instance_ids: list[str]
    type_code: str
    status: str
    start: datetime
    end: datetime | None = None
    arn: str | None = None
    page_size: int | None = None
    copies: int = 1
    backup_copy: bool = False
    region: str = REGION
    shuffle_seed: int | None = None
    category: str = "scheduledChange"
    service: str = "EC2"


class Notices:
    """Publishes notices."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._count = 0

    def publish(self, notice: Notice) -> dict[str, object]:
        """Put a notice on the bus; returns its ARN, its communication ids and how many events."""
        self._count += 1
        code, nth = notice.type_code, uuid_from(f"notice/{self._count}")
        arn = notice.arn or (
            f"arn:aws:health:{notice.region}::event/{notice.service}/{code}/{code}_{nth}"
        )
        base = uuid_from(f"{arn}/{self._count}").replace("-", "") + f"{self._count:08x}"
        size = notice.page_size or max(1, len(notice.instance_ids))
        ids = notice.instance_ids
        pages = [ids[i : i + size] for i in range(0, len(ids), size)] or [[]]
        events = [
            (self._detail(notice, arn, f"{base}-{i + 1}", page, len(pages), backup), page, backup)
            for backup in ((False, True) if notice.backup_copy else (False,))
            for i, page in enumerate(pages)
            for _ in range(notice.copies)
        ]
        if notice.shuffle_seed is not None:
            random.Random(notice.shuffle_seed).shuffle(events)
        for detail, page, backup in events:
            self._world.bus.put(
                "aws.health", "AWS Health Event", detail, page, _delivered_in(notice.region, backup)
            )
        communications = [f"{base}-{i + 1}" for i in range(len(pages))]
        return {"arn": arn, "communication_ids": communications, "published": len(events)}

    def _detail(
        self,
        notice: Notice,
        arn: str,
        communication: str,
        page: list[str],
        pages: int,
        backup: bool,
    ) -> dict[str, object]:
        updated = _health_date(self._world.clock.now)
        entity_status = "RESOLVED" if notice.status == "closed" else "PENDING"
        detail: dict[str, object] = {
            "eventArn": arn,
            "service": notice.service,
            "eventTypeCode": notice.type_code,
            "eventTypeCategory": notice.category,
            "eventScopeCode": "ACCOUNT_SPECIFIC",
            "communicationId": communication,
            "startTime": _health_date(notice.start),
            "lastUpdatedTime": updated,
            "statusCode": notice.status,
            "eventRegion": notice.region,
            "eventDescription": [
                {"language": "en_US", "latestDescription": _description(notice)},
            ],
            "affectedEntities": [
                {"entityValue": instance, "lastUpdatedTime": updated, "status": entity_status}
                for instance in page
            ],
            "page": communication.rpartition("-")[2],
            "totalPages": str(pages),
            "backupEvent": "true" if backup else "false",
            "affectedAccount": ACCOUNT,
            "personas": ["OPERATIONS"],
            "actionability": "ACTION_REQUIRED",
        }
        if notice.end:
            detail["endTime"] = _health_date(notice.end)
        return detail


def _delivered_in(region: str, backup: bool) -> str:
    if not backup:
        return region
    return _BACKUP_OF_US_WEST_2 if region == "us-west-2" else "us-west-2"


def _health_date(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")


def _description(notice: Notice) -> str:
    if notice.status == "closed":
        return "What was scheduled for your instances is over or was canceled."
    return f"AWS has scheduled work on the hosts of your instances ({notice.type_code})."
