"""Roles on the serverless side, inside ministack's process.

With `AUTH=true` ministack judges every call by the policies of the caller's role. What it leaves
open, or does otherwise than the stand-in needs it, is done here; and the fleet, which judges the
other calls, hears of every session and of every action that was asked for.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextvars import ContextVar

import ministack.app
import ministack.core.iam_actions as iam_actions
import ministack.core.iam_evaluator as iam_evaluator
import ministack.services.eventbridge as eventbridge
import ministack.services.iam as iam
import ministack.services.sqs as sqs
import ministack.services.sts as sts

from standin.fleet_control import FleetControl

from .clients import ACCOUNT

_LOG = logging.getLogger("ministack")


def enforce_roles(fleet: FleetControl) -> None:
    """Let roles count, and the fleet know of them."""
    _believe_signatures()
    _speak_as_if_over_tls()
    _tell_sessions(fleet)
    _tell_judgements(fleet)
    _name_sources()
    _ask_queues()


def _believe_signatures() -> None:
    """A key is enough: functions sign by two clocks, and the gate changes what they signed."""
    iam_evaluator.authenticate = lambda _access_key, _account: None


def _speak_as_if_over_tls() -> None:
    """The stand-in's plain HTTP stands for AWS's HTTPS, also in conditions of policies."""
    encrypted = ContextVar("origin", default=("127.0.0.1", True))
    iam_evaluator._request_origin = encrypted
    ministack.app.pin_request_origin = lambda _address, _secure: None


def _tell_sessions(fleet: FleetControl) -> None:
    register = sts.register_session

    def register_and_tell(access_key: str, session: dict) -> None:
        register(access_key, session)
        role = session["Arn"].split("/")[1]
        policies = iam._roles.get_scoped(ACCOUNT, None, role)["InlinePolicies"]
        fleet.do("session", access_key=access_key, caller=session["Arn"], policies=policies)

    sts.register_session = register_and_tell


def _tell_judgements(fleet: FleetControl) -> None:
    """Of what was allowed once for each function and action, of denials each time."""
    enforce: Callable = iam_evaluator.enforce
    told: set[tuple[str, str]] = set()

    def enforce_and_tell(access_key: str, action: str, service: str, region: str, **rest):
        denied = enforce(access_key, action, service, region, **rest)
        session = sts._sessions.get(access_key)
        if session is None or (denied is None and (access_key, action) in told):
            return denied
        told.add((access_key, action))
        fleet.do(
            "judged",
            caller=session["Arn"],
            action=action,
            denial=denied and _words(denied, action, rest.get("resource_arn", "*")),
        )
        return denied

    iam_evaluator.enforce = enforce_and_tell


def _words(denied: object, action: str, resource: str) -> str:
    if isinstance(denied, iam_evaluator.AuthError):
        return f"{denied.code}: {denied.message}"
    explicit = denied.decision == "Deny"
    return iam_actions.identity_denial_message(action, denied.principal_arn, resource, explicit)


def _name_sources() -> None:
    """A policy may allow PutEvents for one source alone."""
    tags: Callable = iam_actions.request_tag_context

    def tags_and_sources(service: str, action: str, body: bytes, parameters: dict) -> dict:
        context = tags(service, action, body, parameters)
        if action == "events:PutEvents":
            sources = {entry.get("Source") for entry in json.loads(body).get("Entries", [])}
            context["events:source"] = sources.pop() if len(sources) == 1 else sorted(sources)
        return context

    iam_actions.request_tag_context = tags_and_sources


def _ask_queues() -> None:
    """EventBridge delivers only where the queue's policy lets this rule in."""
    invoke = eventbridge._invoke_target

    def invoke_if_let_in(target: dict, event: dict, rule: dict, view: object = None) -> None:
        queue = target.get("Arn", "")
        if queue.split(":")[2:3] == ["sqs"] and not sqs.queue_policy_allows(
            queue, "events.amazonaws.com", rule["Arn"], ACCOUNT
        ):
            _LOG.error("EventBridge: %s does not let in %s", queue, rule["Arn"])
            return
        invoke(target, event, rule, view)

    eventbridge._invoke_target = invoke_if_let_in
