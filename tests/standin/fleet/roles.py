"""Who may do what: each call of a function is judged by the policies of its role, as IAM judges it.

The callers and their policies are those of the deployed stack; the serverless side tells of both,
and of what it judged itself. How policies are evaluated is ministack's business, so that both sides
agree on it. Whoever has no session of a role is the tester, who may do everything.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ministack.core.iam_actions import identity_denial_message
from ministack.core.iam_evaluator import (
    EvalContext,
    ParsedStatement,
    evaluate,
    parse_policy_document,
)

from .dialects import Request
from .place import ACCOUNT, REGION
from .resources import Question, grant_on, questions_of

if TYPE_CHECKING:
    from .world import World

#: Access keys of sessions begin so (IAM user guide, "IAM identifiers", read 2026-11).
_SESSION_KEY = "ASIA"
#: What EC2 says of a start without leave to use the key of a volume (EC2 user guide, "Instance
#: terminates immediately", read 2026-11).
_LOCKED_OUT = ("Client.InternalError", "Client.InternalError: Client error on launch")
#: A role's session, and the name that CloudFormation gives a role: stack, logical id, random part
#: (CloudFormation user guide, "Name type", read 2026-11).
_ROLE = re.compile(r"arn:aws:sts::\d+:assumed-role/[^/]+?-([A-Za-z0-9]+?)(?:Role)?-\w+/.+")
_UPPER = re.compile(r"(?<!^)(?=[A-Z])")


def function_of(caller: str) -> str:
    """`health-event-router` for a session of the role `HealthEventRouterRole` of any stack."""
    role = _ROLE.fullmatch(caller)
    return _UPPER.sub("-", role.group(1)).lower() if role else caller


@dataclass(frozen=True)
class Caller:
    """A session of a role; its policies by name."""

    arn: str
    policies: dict[str, list[ParsedStatement]]

    @property
    def function(self) -> str:
        """The function whose role it is."""
        return function_of(self.arn)


@dataclass(frozen=True)
class Verdict:
    """By which function a call is, None for the tester; why it is denied, None if it is not."""

    function: str | None = None
    denial: str | None = None


class Roles:
    """The callers, by access key, and what was found of their calls."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._callers: dict[str, Caller] = {}
        #: Whose call is under way; None: the tester's.
        self._caller: Caller | None = None
        #: Actions that nobody may do for now.
        self.revoked: list[str] = []
        #: The actions that each function asked for, allowed or not.
        self._used: dict[str, set[str]] = {}
        #: What each was denied, in words, and how often.
        self._denied: dict[str, Counter[str]] = {}

    def learn(self, access_key: str, caller: str, policies: dict[str, object]) -> None:
        """Somebody has begun a session of a role that has these policies."""
        parsed = {name: parse_policy_document(document) for name, document in policies.items()}
        self._callers[access_key] = Caller(caller, parsed)

    def revoke(self, action: str) -> None:
        """The account's administrator denies an action to every role."""
        self.revoked.append(action)

    def grant(self, action: str) -> None:
        """The administrator takes that back."""
        self.revoked.remove(action)

    def judge(self, request: Request) -> Verdict:
        """Whether the caller of a request may make it now."""
        self._caller = caller = self._callers.get(request.access_key)
        if caller is None:
            known = not request.access_key.startswith(_SESSION_KEY)
            return Verdict() if known else Verdict(denial="The session is not known")
        answers = [self._ask(caller, question) for question in questions_of(self._world, request)]
        return Verdict(caller.function, next(filter(None, answers), None))

    def failure_of_start(self, key: str | None) -> tuple[str, str] | None:
        """Why an instance with this KMS key falls back to stopped when the caller under way starts
        it, as EC2's StateReason; None where it does not.

        EC2 takes the call, and only then needs a grant on the key, in the caller's name.
        """
        if key is None or self._caller is None:
            return None
        return _LOCKED_OUT if self._ask(self._caller, grant_on(key)) else None

    def note(self, caller: str, action: str, denial: str | None) -> None:
        """Keep in mind that an action was asked for, and why it was denied if it was."""
        function = function_of(caller)
        self._used.setdefault(function, set()).add(action)
        if denial is not None:
            self._denied.setdefault(function, Counter())[denial] += 1

    def account(self) -> dict[str, object]:
        """By function: what its role allows, by policy; what it asked for; what that lacks."""
        allowed = {
            caller.function: {
                name: sorted({action for s in statements for action in s.actions})
                for name, statements in caller.policies.items()
            }
            for caller in self._callers.values()
        }
        return {
            function: {
                "allowed": policies,
                "used": sorted(self._used.get(function, ())),
                "denied": dict(self._denied.get(function, {})),
            }
            for function, policies in sorted(allowed.items())
        }

    def _ask(self, caller: Caller, question: Question) -> str | None:
        """Why a caller may not do something, None where it may; and keeps both in mind."""
        denial = self._denial(caller, question)
        # What was revoked is no lack of the role's.
        lacking = denial if question.action not in self.revoked else None
        self.note(caller.arn, question.action, lacking)
        return denial

    def _denial(self, caller: Caller, question: Question) -> str | None:
        revoked = [ParsedStatement("", "Deny", [action], [], ["*"]) for action in self.revoked]
        context = EvalContext(
            principal_arn=caller.arn,
            principal_type="AssumedRole",
            principal_account=ACCOUNT,
            action=question.action,
            resource_arn=question.resource,
            region=REGION,
            # Absent where a request has no tags; the class's own default is a list of none.
            service_context={"aws:tagkeys": None} | question.keys,
        )
        decision = evaluate(context, [*caller.policies.values(), revoked]).decision
        if decision == "Allow":
            return None
        return identity_denial_message(
            question.action, caller.arn, question.resource, decision == "Deny"
        )
