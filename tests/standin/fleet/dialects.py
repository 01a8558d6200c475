"""How AWS's services speak: what of a request decides how it is treated, and errors in their words.

EC2, Auto Scaling and load balancing take forms and answer XML (EC2 in a form of its own), Systems
Manager speaks JSON, and CloudWatch CBOR (`cbor`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from . import cbor

Answer = tuple[int, list[tuple[str, str]], bytes]

_SCOPE = re.compile(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/aws4_request")
_RPC = re.compile(r"/service/\w+/operation/(\w+)")
_ERROR_CODE = re.compile(rb"<Code>(.*?)</Code>|\"__type\": ?\"(?:[^\"#]*#)?([^\"]+)\"")

#: What each fault looks like, by service, "" for the others: code, HTTP status and message.
FAULTS = {
    "throttle": {
        "": ("Throttling", 400, "Rate exceeded"),
        "ec2": ("RequestLimitExceeded", 503, "Request limit exceeded."),
        "ssm": ("ThrottlingException", 400, "Rate exceeded."),
    },
    "server_error": {
        "": ("InternalFailure", 500, "An internal error has occurred"),
        "ec2": ("InternalError", 500, "An internal error has occurred"),
        "ssm": ("InternalServerError", 500, "An internal error has occurred"),
    },
    "deny": {
        "": ("AccessDenied", 403, "The role is not authorized to perform this action"),
        "ec2": ("UnauthorizedOperation", 403, "You are not authorized to do this"),
        "ssm": ("AccessDeniedException", 400, "The role is not authorized to do this"),
    },
    "ResourceContention": {"": ("ResourceContention", 500, "Another update is under way")},
    "ScalingActivityInProgress": {
        "": ("ScalingActivityInProgress", 400, "Another activity is under way")
    },
}


#: What EC2 answers to a dry run of a call that it would have carried out: code, status and message
#: (EC2 API reference "Error codes", read 2026-11).
DRY_RUN = ("DryRunOperation", 412, "Request would have succeeded, but DryRun flag is set.")


@dataclass(frozen=True)
class Request:
    """An AWS request; `params` are flat, as in the query protocol, whatever the dialect.

    `rpc` is what was asked for in CBOR, None in the other dialects. `access_key` says who asks.
    """

    service: str
    action: str
    params: dict[str, str]
    rpc: dict[str, object] | None = None
    access_key: str = ""


def read(environ: dict, body: bytes) -> Request:
    """What a request asks of whom."""
    match = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    key, service = match.groups() if match else ("", "unsigned")
    if rpc := _RPC.fullmatch(environ["PATH_INFO"]):
        action = rpc.group(1)
        asked = cbor.loads(body) if body else {}
        return Request(service, action, dict(_flat(asked, "")), asked, key)
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        asked = json.loads(body or b"{}")
        params = dict(_flat(asked, ""))
        return Request(service, target.rpartition(".")[2], params, access_key=key)
    params = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    action = params.get("Action", environ["PATH_INFO"])
    return Request(service, action, params, access_key=key)


def _flat(value: object, name: str) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        parts = [(f"{name}.{key}" if name else key, item) for key, item in value.items()]
    elif isinstance(value, list):
        parts = [(f"{name}.{n + 1}", item) for n, item in enumerate(value)]
    else:
        return [(name, str(value))]
    return [pair for key, item in parts for pair in _flat(item, key)]


def error(request: Request, code: str, status: int, message: str) -> Answer:
    """An error that an SDK can read."""
    if request.rpc is not None:
        kind = "Sender" if status < 500 else "Receiver"
        headers = [("x-amzn-query-error", f"{code};{kind}"), *cbor.HEADERS]
        return status, headers, cbor.dumps({"__type": code, "message": message})
    if request.service == "ssm":
        body = json.dumps({"__type": code, "message": message})
        return status, [("Content-Type", "application/x-amz-json-1.1")], body.encode()
    told = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    if request.service == "ec2":
        body = f"<Response><Errors><Error>{told}</Error></Errors></Response>"
    else:
        kind = "Sender" if status < 500 else "Receiver"
        body = f"<ErrorResponse><Error><Type>{kind}</Type>{told}</Error></ErrorResponse>"
    return status, [("Content-Type", "text/xml")], body.encode()


def error_code(answer: Answer) -> str | None:
    """The code of an answer that is an error; None for all others."""
    status, headers, body = answer
    if status < 400:
        return None
    for name, value in headers:
        if name == "x-amzn-query-error":
            return value.partition(";")[0]
    match = _ERROR_CODE.search(body)
    return next(group for group in match.groups() if group).decode() if match else None
