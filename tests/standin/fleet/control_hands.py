"""Commands for what people do by hand: tag, stop, start, terminate, standby, detach, scale."""

from __future__ import annotations

from collections import Counter

from moto.autoscaling.models import FakeAutoScalingGroup

from .control import Fields, Refused, command
from .machines import Machine
from .members import Member
from .seams import ServerFault
from .world import World


@command
def tag(world: World, fields: Fields) -> dict:
    """Set tags of an instance, as its owner would."""
    machine, tags = fields.machine(), fields.table("tags", str)
    world.ec2.create_tags([machine.id], tags)
    world.truth.touch(machine)
    return {"id": machine.id}


@command
def untag(world: World, fields: Fields) -> dict:
    """Remove tags of an instance, by key."""
    machine, keys = fields.machine(), fields.texts("keys")
    world.ec2.delete_tag_keys([machine.id], keys)
    world.truth.touch(machine)
    return {"id": machine.id}


@command
def tag_group(world: World, fields: Fields) -> dict:
    """Set tags of a group, not of its members."""
    group, tags = fields.group(), fields.table("tags", str)
    others = [held for held in group.tags if held["Key"] not in tags]
    group.tags = others + [
        {
            "ResourceId": group.name,
            "ResourceType": "auto-scaling-group",
            "Key": key,
            "Value": value,
            "PropagateAtLaunch": False,
        }
        for key, value in tags.items()
    ]
    return {"group": group.name}


@command
def terminate_by_hand(world: World, fields: Fields) -> dict:
    """Somebody terminates an instance in the console."""
    machine = fields.machine()
    if not machine.gone:
        world.scheduled.left(machine, "hand")
        world.machines.terminate(machine)
    return {"id": machine.id, "state": machine.state}


@command
def stop_by_hand(world: World, fields: Fields) -> dict:
    """Somebody stops an instance in the console."""
    machine = _in_state(fields, "running")
    world.scheduled.left(machine, "hand")
    world.machines.stop(machine)
    return {"id": machine.id, "state": machine.state}


@command
def start_by_hand(world: World, fields: Fields) -> dict:
    """Somebody starts an instance in the console; refused where EC2 has no room."""
    machine = _in_state(fields, "stopped")
    try:
        world.capacity.take_room(machine)
    except ServerFault as fault:
        raise Refused(f"start_by_hand.instance: {fault.code}: {fault.message}") from fault
    world.machines.start(machine)
    return {"id": machine.id, "state": machine.state}


@command
def reboot_by_hand(world: World, fields: Fields) -> dict:
    """Somebody reboots an instance in the console; that moves it nowhere."""
    machine = _in_state(fields, "running")
    world.lives.hand(machine, "hand", "host")
    world.machines.reboot(machine)
    return {"id": machine.id, "state": machine.state}


def _in_state(fields: Fields, state: str) -> Machine:
    machine = fields.machine()
    if machine.state != state:
        expected = f"a {state} one, it is {machine.state}"
        raise Refused(f"{fields.command}.instance: expected {expected}")
    return machine


@command
def enter_standby_by_hand(world: World, fields: Fields) -> dict:
    """Somebody puts a member in standby, by default with one less desired."""
    member = _member(world, fields, "InService")
    world.standby.enter(member, fields.flag("decrement", True), "hand")
    world.engine.settle(member.auto_scaling_group)
    return {"id": member.id, "lifecycle": member.lifecycle_state}


@command
def exit_standby_by_hand(world: World, fields: Fields) -> dict:
    """Somebody takes a member out of standby, whoever put it there."""
    member = _member(world, fields, "Standby")
    group = member.auto_scaling_group
    _fits(fields, group, group.desired_capacity + member.weight)
    world.standby.exit(member)
    world.engine.settle(group)
    return {"id": member.id, "lifecycle": member.lifecycle_state}


@command
def detach_by_hand(world: World, fields: Fields) -> dict:
    """Somebody detaches a member from its group, by default with one less desired for good."""
    member, decrement = _member(world, fields, "InService"), fields.flag("decrement", True)
    group = member.auto_scaling_group
    if decrement:
        _fits(fields, group, group.desired_capacity - member.weight)
        world.leftovers.wish(group.name, -member.weight)
    world.engine.detach(member, decrement)
    return {"id": member.id}


@command
def retain(world: World, fields: Fields) -> dict:
    """A member leaves, its hook is abandoned, and the group's lifecycle policy keeps it: it runs on
    and is billed, out of the group's capacity."""
    member = _member(world, fields, "InService")
    member.retained = True
    world.engine.terminate(member, "a user request", "hand")
    world.engine.settle(member.auto_scaling_group)
    return {"id": member.id}


@command
def set_desired(world: World, fields: Fields) -> dict:
    """A group is scaled, by its owner or by a policy; `min` and `max` may change with it."""
    group, desired = fields.group(), fields.number("desired")
    group.min_size = fields.number("min", group.min_size)
    group.max_size = fields.number("max", group.max_size)
    _fits(fields, group, desired)
    world.leftovers.wish(group.name, desired - group.desired_capacity)
    group.desired_capacity = desired
    world.engine.settle(group)
    return {"group": group.name, "desired": desired}


@command
def rebalance(world: World, fields: Fields) -> dict:
    """Auto Scaling moves a member to another zone, launching first: an `instance`, or one of the
    fullest zone of a `group`."""
    if group := fields.group(default=None):
        serving = [m for m in group.instance_states if m.lifecycle_state == "InService"]
        held = Counter(member.machine.zone for member in serving)
        free = [m for m in serving if m.heir is None and not m.protected_from_scale_in]
        if not free:
            raise Refused(f"rebalance.group: no member of {group.name} can be moved now")
        member = max(free, key=lambda m: held[m.machine.zone])
    else:
        member = _member(world, fields, "InService")
    if member.heir is None:
        world.engine.replace_first(member.auto_scaling_group, member, elsewhere=True)
    return {"id": member.id, "replacement": member.heir.id if member.heir else None}


@command
def suspend(world: World, fields: Fields) -> dict:
    """Somebody suspends processes of a group."""
    group, since = fields.group(), world.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    book = world.engine.book(group)
    for process in fields.texts("processes"):
        book.suspended.setdefault(process, f"User suspended at {since}")
    return {"suspended": sorted(book.suspended)}


@command
def resume(world: World, fields: Fields) -> dict:
    """Somebody resumes processes of a group; what they missed happens now."""
    group = fields.group()
    book = world.engine.book(group)
    for process in fields.texts("processes"):
        book.suspended.pop(process, None)
    world.engine.settle(group)
    return {"suspended": sorted(book.suspended)}


@command
def deregister_by_hand(world: World, fields: Fields) -> dict:
    """Somebody takes a standalone instance out of all its target groups."""
    machine = fields.machine()
    world.lives.hand(machine, "hand", "targets")
    for arn, target in world.targets.of_machine(machine):
        world.targets.remove(arn, target)
    return {"id": machine.id}


@command
def register_by_hand(world: World, fields: Fields) -> dict:
    """Somebody puts a standalone instance back wherever it belongs."""
    machine = _in_state(fields, "running")
    for arn, (_, port) in sorted(world.targets.missing(machine)):
        world.targets.add(arn, machine, port)
    return {"id": machine.id}


def _member(world: World, fields: Fields, state: str) -> Member:
    machine = fields.machine()
    member = world.engine.member(machine.id)
    if member is None or member.lifecycle_state != state:
        held = member.lifecycle_state if member else "no member of a group"
        raise Refused(f"{fields.command}.instance: expected one {state}, it is {held}")
    return member


def _fits(fields: Fields, group: FakeAutoScalingGroup, desired: int) -> None:
    if not group.min_size <= desired <= group.max_size:
        sizes = f"{group.min_size} to {group.max_size}"
        raise Refused(f"{fields.command}.desired: expected {sizes}, got {desired}")
