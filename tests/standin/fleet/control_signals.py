"""Commands for what applications and their owners signal: alarms, and what documents find."""

from __future__ import annotations

from .alarms import STATES
from .commands import FINDINGS
from .control import Fields, Refused, command
from .world import World


@command
def alarm(world: World, fields: Fields) -> dict:
    """A CloudWatch alarm is created or changed: its `state`, or the group or instance it `follows`,
    being in ALARM while an application there runs and is not ready."""
    name, state = fields.text("name"), fields.one_of("state", STATES, None)
    follows = fields.text("follows", None)
    if (state is None) == (follows is None):
        raise Refused("alarm.state: expected either state or follows")
    if follows and not (_is_group(world, follows) or world.machines.find(follows)):
        expected = "the name of a group, or the id or Name of an instance"
        raise Refused(f"alarm.follows: expected {expected}, got {follows!r}")
    made = world.alarms.put(name, state, follows, fields.flag("composite"))
    return {"name": made.name, "state": made.state}


def _is_group(world: World, name: str) -> bool:
    return name in world.autoscaling.autoscaling_groups


@command
def document(world: World, fields: Fields) -> dict:
    """What a document of Systems Manager finds from now on, on one instance or on all."""
    name, finds = fields.text("name"), fields.one_of("finds", FINDINGS)
    world.commands.script(name, finds, fields.machine(default=None))
    return {"name": name, "finds": finds}
