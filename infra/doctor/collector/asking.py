"""Calls whose failure is part of the answer."""

from collections.abc import Callable, Iterator

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

#: Codes by which services say that the caller may not (EC2 user guide "Error codes" and the API
#: references of the others, read 2026-11).
_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "UnauthorizedOperation",
}

#: A host that does not answer is not waited for, and a call is tried twice.
SETTINGS = Config(
    connect_timeout=3, read_timeout=20, retries={"total_max_attempts": 2, "mode": "standard"}
)


class Asking:
    """A session, and what was not answered in it."""

    def __init__(self, session: boto3.Session) -> None:
        self.session = session
        self.unanswered: list[dict[str, object]] = []

    def client(self, service: str):
        """A client of a service."""
        return self.session.client(service, config=SETTINGS)

    def answer(self, client, operation: str, about: str, **parameters: object) -> dict | None:
        """The answer to one call; None where there is none, which is written down."""
        return self._told(operation, about, lambda: getattr(client, operation)(**parameters))

    def pages(self, client, operation: str, about: str, **parameters: object) -> Iterator[dict]:
        """The pages of an answer, until one is not answered."""
        pages = iter(client.get_paginator(operation).paginate(**parameters))
        while page := self._told(operation, about, lambda: next(pages, None)):
            yield page

    def _told(self, operation: str, about: str, call: Callable[[], dict | None]) -> dict | None:
        try:
            return call()
        except (BotoCoreError, ClientError) as error:
            code, message = code_of(error), str(error)
            self.unanswered.append(
                {
                    "call": _action(operation),
                    "object": about,
                    "denied": code in _DENIED,
                    "words": message[:300],
                }
            )
            return None


def code_of(error: Exception) -> str:
    """AWS's code of an error; empty where no answer came."""
    answer = getattr(error, "response", {})
    return answer.get("Error", {}).get("Code", "")


def _action(operation: str) -> str:
    """`describe_rule` is `DescribeRule` to IAM."""
    return "".join(word.capitalize() for word in operation.split("_"))
