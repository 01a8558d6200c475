"""Commands that play AWS's part: scheduled events, notices, and everything that goes wrong."""

from __future__ import annotations

from standin.clock import rfc3339

from .control import Fields, Refused, command
from .faults import STALE_SECONDS_MAX
from .members import BadHost
from .notices import STATUSES, Notice
from .place import REGION, uuid_from, zone
from .scheduled import DESCRIPTIONS, ScheduledEvent
from .world import World

_CODES = tuple(DESCRIPTIONS)
_CONTENTIONS = ("ResourceContention", "ScalingActivityInProgress")
_REFUSALS = ("InstanceEventStartTimeCannotChange", "InvalidInstanceEventStartTime")
_REFRESH_STATUSES = ("Pending", "InProgress", "Successful", "Failed", "Cancelled")


@command
def schedule_event(world: World, fields: Fields) -> dict:
    """AWS schedules something for an instance."""
    event = world.scheduled.schedule(
        fields.machine(),
        fields.one_of("code", _CODES),
        fields.moment("not_before"),
        fields.moment("not_after", None),
        fields.moment("not_before_deadline", None),
        fields.text("description", None),
    )
    return {"event_id": event.id}


def _event_of(world: World, fields: Fields) -> ScheduledEvent:
    """An event by its id, or an instance's latest, since a file of acts cannot know ids."""
    machine = fields.machine(default=None)
    if machine is None:
        return fields.event()
    events = world.scheduled.of(machine.id)
    if not events:
        expected = "an instance for which something is scheduled"
        raise Refused(f"{fields.command}.instance: expected {expected}, got {machine.name!r}")
    return events[-1]


@command
def move_event(world: World, fields: Fields) -> dict:
    """AWS moves the date, either way."""
    event = _event_of(world, fields)
    world.scheduled.move(event, fields.moment("not_before"))
    return {"not_before": rfc3339(event.not_before)}


@command
def cancel_event(world: World, fields: Fields) -> dict:
    """AWS no longer wants it."""
    event = _event_of(world, fields)
    if event.state == "active":
        world.scheduled.end(event, "canceled")
        if event.left_by is None:
            event.settle("cancelled", world.clock.now)
    return {"state": event.state}


@command
def refuse_reschedule(world: World, fields: Fields) -> dict:
    """EC2 does not let an event's owner move it, with one of its two error codes."""
    event = _event_of(world, fields)
    event.move_refused = fields.one_of("code", _REFUSALS, _REFUSALS[0])
    return {"event_id": event.id}


@command
def complete_event(world: World, fields: Fields) -> dict:
    """AWS is done with it, before its date, and the instance noticed nothing."""
    event = _event_of(world, fields)
    if event.state == "active":
        world.scheduled.end(event, "completed")
        event.settle("ridden", world.clock.now)
    return {"state": event.state}


@command
def publish_notice(world: World, fields: Fields) -> dict:
    """AWS Health tells of it on the bus."""
    wanted = fields.texts("instances")
    known = [world.machines.find(name) for name in wanted]
    # A name that is no instance's goes out as it is: notices also name what is unknown here.
    ids = [m.id if m else name for m, name in zip(known, wanted, strict=True)]
    notice = Notice(
        instance_ids=ids,
        type_code=fields.text("type_code"),
        status=fields.one_of("status", STATUSES, "upcoming"),
        start=fields.moment("start"),
        end=fields.moment("end", None),
        arn=fields.text("arn", None),
        page_size=fields.number("page_size", None),
        copies=fields.number("copies", 1),
        backup_copy=fields.flag("backup_copy"),
        region=fields.text("region", REGION),
        shuffle_seed=fields.number("shuffle_seed", None),
        category=fields.text("category", "scheduledChange"),
        service=fields.text("service", "EC2"),
    )
    fields.nothing_else()
    return world.notices.publish(notice)


@command
def bad_host(world: World, fields: Fields) -> dict:
    """The next launches of a group land on hosts for which something is scheduled."""
    book = world.engine.book(fields.group())
    host = BadHost(
        fields.one_of("code", _CODES),
        fields.moment("not_before"),
        fields.number("after_seconds", 0),
    )
    book.bad_hosts.extend([host] * fields.number("count", 1))
    return {"waiting": len(book.bad_hosts)}


@command
def impair(world: World, fields: Fields) -> dict:
    """The status checks of an instance or of a whole zone fail."""
    machine, letter = fields.machine(default=None), fields.text("zone", None)
    if (machine is None) == (letter is None):
        raise Refused("impair.instance: expected either an instance or a zone")
    now = world.clock.now
    if machine:
        machine.impaired_since = now
    else:
        world.machines.impaired_zones[zone(letter)] = now
    for group in world.engine.groups():
        world.engine.impairment_began(group)
    return {}


@command
def heal(world: World, fields: Fields) -> dict:
    """The impairment is over."""
    machine, letter = fields.machine(default=None), fields.text("zone", None)
    if (machine is None) == (letter is None):
        raise Refused("heal.instance: expected either an instance or a zone")
    if machine:
        machine.impaired_since = None
    else:
        world.machines.impaired_zones.pop(zone(letter), None)
    for group in world.engine.groups():
        world.engine.settle(group)
    return {}


@command
def fail_launches(world: World, fields: Fields) -> dict:
    """The next launches of a group fail, with what AWS would say."""
    book = world.engine.book(fields.group())
    book.failing_launches = fields.number("count")
    default = "We currently do not have sufficient capacity in the Availability Zone you requested."
    book.failure_message = fields.text("message", default)
    return {}


@command
def refresh(world: World, fields: Fields) -> dict:
    """An instance refresh of a group is in a status; it is shown, but replaces nothing."""
    group, status = fields.group(), fields.one_of("status", _REFRESH_STATUSES)
    refreshes, now = world.engine.book(group).refreshes, world.clock.now
    if not refreshes or refreshes[-1]["Status"] not in ("Pending", "InProgress"):
        identifier = uuid_from(f"{group.name}/refresh/{len(refreshes)}")
        refreshes.append(
            {
                "InstanceRefreshId": identifier,
                "AutoScalingGroupName": group.name,
                "StartTime": now,
                "PercentageComplete": 0,
                "InstancesToUpdate": len(group.instance_states),
                "Strategy": "Rolling",
            }
        )
    refreshes[-1]["Status"] = status
    if status not in ("Pending", "InProgress"):
        refreshes[-1] |= {"EndTime": now, "PercentageComplete": 100}
    return {"refresh_id": refreshes[-1]["InstanceRefreshId"]}


@command
def throttle(world: World, fields: Fields) -> dict:
    """Calls of an action are throttled: the next `count`, or all for `seconds`."""
    return _refuse(world, fields, "throttle")


@command
def server_error(world: World, fields: Fields) -> dict:
    """Calls of an action meet an internal error: the next `count`, or all for `seconds`."""
    return _refuse(world, fields, "server_error")


@command
def deny(world: World, fields: Fields) -> dict:
    """The role may not call an action: the next `count` times, or for `seconds`."""
    return _refuse(world, fields, "deny")


@command
def lose_answers(world: World, fields: Fields) -> dict:
    """Calls of an action are carried out, but the caller is told of an internal error."""
    return _refuse(world, fields, "lose_answers")


@command
def contend(world: World, fields: Fields) -> dict:
    """Calls of an action meet another activity: the next `count`, or all for `seconds`."""
    return _refuse(world, fields, fields.one_of("code", _CONTENTIONS))


def _refuse(world: World, fields: Fields, kind: str) -> dict:
    action = fields.text("action")
    count, seconds = fields.number("count", None), fields.number("seconds", None)
    if (count is None) == (seconds is None):
        raise Refused(f"{fields.command}.count: expected either count or seconds")
    world.faults.refuse(action, kind, count, seconds)
    return {}


@command
def stale(world: World, fields: Fields) -> dict:
    """Answers of an action lag behind."""
    action, behind = fields.text("action"), fields.number("seconds_behind")
    if not action.startswith("Describe"):
        raise Refused(f"stale.action: expected one that describes, got {action!r}")
    if behind > STALE_SECONDS_MAX:
        raise Refused(f"stale.seconds_behind: expected up to {STALE_SECONDS_MAX}, got {behind}")
    world.faults.be_stale(action, behind, fields.number("for_seconds"))
    return {}


@command
def lose_events(world: World, fields: Fields) -> dict:
    """The next events of a source do not arrive."""
    source, detail_type = fields.text("source"), fields.text("detail_type", None)
    world.bus.lose(source, detail_type, fields.number("count", 1))
    return {}


@command
def bus(world: World, fields: Fields) -> dict:
    """How many events were sent, lost by a fault, and refused by EventBridge."""
    return {"sent": world.bus.sent, "lost": world.bus.lost, "refused": world.bus.refused}
