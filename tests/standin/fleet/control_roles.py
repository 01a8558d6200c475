"""Commands on who may do what; the first two are the serverless side's."""

from __future__ import annotations

from .control import Fields, Refused, command
from .world import World

#: IAM's prefixes of what the fleet judges; the serverless side judges the rest by itself.
_SERVICES = ("autoscaling", "cloudwatch", "ec2", "elasticloadbalancing", "kms", "ssm")


@command
def session(world: World, fields: Fields) -> dict:
    """Somebody holds a session of a role, whose policies are given by name."""
    policies = fields.take("policies", dict, "an object of policy documents by name")
    world.roles.learn(fields.text("access_key"), fields.text("caller"), policies)
    return {}


@command
def judged(world: World, fields: Fields) -> dict:
    """A call of a role's session was judged elsewhere; `denial` says why it was denied."""
    world.roles.note(fields.text("caller"), fields.text("action"), fields.text("denial", None))
    return {}


@command
def revoke(world: World, fields: Fields) -> dict:
    """From now on no role may do `action`, an IAM action such as ec2:StopInstances."""
    world.roles.revoke(_action(fields))
    return {}


@command
def grant(world: World, fields: Fields) -> dict:
    """Roles may again do what was revoked, as far as their policies allow it."""
    action = _action(fields)
    if action not in world.roles.revoked:
        raise Refused(f"grant.action: expected an action that is revoked, got {action!r}")
    world.roles.grant(action)
    return {}


@command
def permissions(world: World, fields: Fields) -> dict:
    """What each function's role allows, what the function asked for, and what the role lacks."""
    return world.roles.account()


def _action(fields: Fields) -> str:
    action = fields.text("action")
    service, _, call = action.partition(":")
    if service not in _SERVICES or not call:
        expected = f"ACTION of {', '.join(_SERVICES)} as SERVICE:ACTION"
        raise Refused(f"{fields.command}.action: expected an {expected}, got {action!r}")
    return action
