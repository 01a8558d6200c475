"""Commands on time and fleet: clock, groups, instances, and what is seen of them.

What people do to them by hand is in `control_hands`.
"""

from __future__ import annotations

from datetime import timedelta

from standin.clock import rfc3339

from .behaviour import STANDALONE, Behaviour
from .building import GroupPlan, InstancePlan, TargetPlan
from .control import Fields, Refused, command
from .group_answers import PROCESSES
from .world import World

_ZONES = ("a", "b", "c")
_DEFAULT_TYPE, _DEFAULT_IMAGE = "m7g.large", "web-2026-11"


@command
def clock(world: World, fields: Fields) -> dict:
    """Now, and what falls due next."""
    due = world.clock.next_due()
    following = {"label": due.label, "at": rfc3339(due.at)} if due else None
    return {"now": rfc3339(world.clock.now), "next_due": following}


@command
def advance(world: World, fields: Fields) -> dict:
    """Let time pass, `seconds` or until `to`."""
    seconds = fields.number("seconds", None)
    moment = fields.moment("to", None)
    fields.nothing_else()
    if (seconds is None) == (moment is None):
        raise Refused("advance.seconds: expected either seconds or to")
    if moment is None:
        moment = world.clock.now + timedelta(seconds=seconds)
    if moment < world.clock.now:
        raise Refused(f"advance.to: expected a time from {rfc3339(world.clock.now)} on")
    ran = world.advance_to(moment)
    return {"now": rfc3339(world.clock.now), "ran": ran}


@command
def behaviour(world: World, fields: Fields) -> dict:
    """How long things take, for a group, for `standalone`, or for one standalone instance."""
    machine = fields.machine(default=None)
    if machine:
        machine.behaviour = _changed(world.machines.behaviour(machine), fields.rest())
        return vars(machine.behaviour)
    name = fields.text("group")
    if name != STANDALONE:
        fields.group()
    return _behave(world, name, fields.rest())


def _behave(world: World, name: str, settings: dict[str, object]) -> dict:
    group = None if name == STANDALONE else name
    before = world.behaviour_of(group)
    now = world.set_behaviour(group, _changed(before, settings))
    if now.ready_after_seconds is not None and before.ready_after_seconds is None:
        for machine in world.machines.by_id.values():
            if machine.group == group and machine.state == "running":
                world.machines.set_ready(machine)
    return vars(now)


def _changed(before: Behaviour, settings: dict[str, object]) -> Behaviour:
    try:
        return before.changed(**settings)
    except ValueError as error:
        raise Refused(f"behaviour.{error}") from error


@command
def create_group(world: World, fields: Fields) -> dict:
    """A group with its members in service, and all that it needs."""
    desired = fields.number("desired")
    zones = _zones(fields)
    plan = GroupPlan(
        name=fields.text("name"),
        zones=zones,
        desired=desired,
        least=fields.number("min", desired),
        most=fields.number("max", desired),
        image=fields.text("image", _DEFAULT_IMAGE),
        instance_type=fields.text("instance_type", _DEFAULT_TYPE),
        tags=fields.table("tags", str, {}),
        instance_tags=fields.table("instance_tags", str, {}),
        spread=fields.table("spread", int, None),
        maintenance_policy=_policy(fields),
        protected=fields.flag("protected"),
        suspended=fields.texts("suspended", []),
        target_group=fields.text("target_group", None),
        grace_seconds=fields.number("grace_seconds", 300),
        weight=fields.number("weight", None),
        warm_pool=fields.number("warm_pool", 0),
        classic_load_balancers=fields.texts("classic_load_balancers", []),
    )
    durations = fields.take("behaviour", dict, "an object of durations", {})
    fields.nothing_else()
    _check(world, plan)
    _behave(world, plan.name, durations)
    members = world.building.group(plan)
    listed = [{"id": m.id, "name": m.machine.name, "zone": m.machine.zone} for m in members]
    return {"group": plan.name, "instances": listed}


def _zones(fields: Fields) -> list[str]:
    zones = fields.texts("zones", list(_ZONES))
    if unknown := [letter for letter in zones if letter not in _ZONES] or (not zones and [""]):
        expected = f"some of {', '.join(_ZONES)}"
        raise Refused(f"{fields.command}.zones: expected {expected}, got {unknown[0]!r}")
    return zones


def _policy(fields: Fields) -> dict[str, int] | None:
    policy = fields.table("maintenance_policy", int, None)
    if policy is None:
        return None
    if set(policy) != {"min", "max"}:
        raise Refused('create_group.maintenance_policy: expected {"min": 0-100, "max": 100-200}')
    return {"MinHealthyPercentage": policy["min"], "MaxHealthyPercentage": policy["max"]}


def _check(world: World, plan: GroupPlan) -> None:
    if plan.name in world.autoscaling.autoscaling_groups or plan.name == STANDALONE:
        raise Refused(f"create_group.name: expected a new name, got {plan.name!r}")
    if not plan.least <= plan.desired <= plan.most:
        raise Refused("create_group.desired: expected min <= desired <= max")
    if plan.weight is not None and (plan.weight == 0 or plan.desired % plan.weight):
        raise Refused("create_group.weight: expected a number that divides desired")
    if unknown := [name for name in plan.suspended if name not in PROCESSES]:
        raise Refused(f"create_group.suspended: unknown process {unknown[0]!r}")
    if plan.spread is not None:
        if sum(plan.spread.values()) != plan.members or not set(plan.spread) <= set(plan.zones):
            raise Refused("create_group.spread: expected zones of the group, with all its members")


@command
def delete_group(world: World, fields: Fields) -> dict:
    """Its owner deletes a group together with its members."""
    group = fields.group()
    world.engine.force_delete(group)
    return {"group": group.name}


@command
def create_instance(world: World, fields: Fields) -> dict:
    """A standalone instance that runs."""
    plan = InstancePlan(
        name=fields.text("name"),
        zone=fields.one_of("zone", _ZONES, "a"),
        image=fields.text("image", _DEFAULT_IMAGE),
        instance_type=fields.text("instance_type", _DEFAULT_TYPE),
        tags=fields.table("tags", str, {}),
        root_device=fields.one_of("root_device", ("ebs", "instance-store"), "ebs"),
        lifecycle=fields.one_of("lifecycle", ("spot", "scheduled", "capacity-block"), None),
        tenancy=fields.one_of("tenancy", ("default", "dedicated", "host"), "default"),
        placement_group=fields.text("placement_group", ""),
        stop_protected=fields.flag("stop_protected"),
        public_address=fields.flag("public_address"),
        elastic_address=fields.flag("elastic_address"),
        reboot_migration=fields.one_of("reboot_migration", ("default", "disabled"), "default"),
        encrypted=fields.flag("encrypted"),
        targets=_targets(fields),
        classic_load_balancers=fields.texts("classic_load_balancers", []),
        behaviour=_own_behaviour(world, fields),
    )
    fields.nothing_else()
    machine = world.building.instance(plan)
    return {"id": machine.id, "name": machine.name, "zone": machine.zone}


def _targets(fields: Fields) -> list[TargetPlan]:
    short = fields.text("target_group", None)
    ports = fields.table("target_groups", list, {}) | ({short: []} if short else {})
    for name, listed in ports.items():
        if wrong := [port for port in listed if not isinstance(port, int)]:
            place = f"{fields.command}.target_groups.{name}"
            raise Refused(f"{place}: expected a list of ports, got {wrong[0]!r}")
    plans = [TargetPlan(name, listed) for name, listed in ports.items()]
    return plans + [TargetPlan(name, [], "ip") for name in fields.texts("ip_target_groups", [])]


def _own_behaviour(world: World, fields: Fields) -> Behaviour | None:
    settings = fields.take("behaviour", dict, "an object of durations", None)
    return None if settings is None else _changed(world.behaviour_of(None), settings)


@command
def image(world: World, fields: Fields) -> dict:
    """Register, deprecate or deregister an image, by name or id."""
    state = fields.one_of("state", ("available", "deprecated", "deregistered"), "available")
    ami = world.building.image(fields.text("image"))
    if state == "deprecated":
        since = world.clock.now - timedelta(seconds=1)
        ami.deprecation_time = since.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    elif state == "deregistered":
        world.ec2.deregister_image(ami.id)
    return {"image_id": ami.id}


@command
def calls(world: World, fields: Fields) -> dict:
    """The call log, after call number `since`."""
    return world.calls.since(fields.number("since", 0))


@command
def reset_calls(world: World, fields: Fields) -> dict:
    """Forget the calls so far."""
    world.calls.reset()
    return {}


@command
def truth(world: World, fields: Fields) -> dict:
    """What really happened."""
    return world.truth.report()
