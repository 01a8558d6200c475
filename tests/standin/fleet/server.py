"""The door: HTTP in front of the world, one request at a time.

Every answer carries the world's time as `Date`; every AWS call is logged; every error is one that
an AWS SDK can read.
"""

from __future__ import annotations

import json
import re
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore.model import OperationNotFoundError
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.http import http_date
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from . import (  # noqa: F401  their import puts commands and answers in place
    control_faults,
    control_fleet,
    ec2_answers,
    elbv2_answers,
    history_answers,
    member_answers,
)
from .control import Refused, carry_out
from .world import World

Answer = tuple[int, list[tuple[str, str]], bytes]

_SERVICE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_ERROR_CODE = re.compile(rb"<Code>(.*?)</Code>|\"__type\": ?\"(?:[^\"#]*#)?([^\"]+)\"")
#: What each fault looks like, by service, "" for the others: code, HTTP status and message.
_FAULTS = {
    "throttle": {
        "": ("Throttling", 400, "Rate exceeded"),
        "ec2": ("RequestLimitExceeded", 503, "Request limit exceeded."),
        "ssm": ("ThrottlingException", 400, "Rate exceeded."),
    },
    "server_error": {
        "": ("InternalFailure", 500, "An internal error has occurred"),
        "ec2": ("InternalError", 500, "An internal error has occurred"),
    },
    "deny": {
        "": ("AccessDenied", 403, "The role is not authorized to perform this action"),
        "ec2": ("UnauthorizedOperation", 403, "You are not authorized to do this"),
    },
    "ResourceContention": {"": ("ResourceContention", 500, "Another update is under way")},
    "ScalingActivityInProgress": {
        "": ("ScalingActivityInProgress", 400, "Another activity is under way")
    },
}


@dataclass(frozen=True)
class Request:
    """What of an AWS request decides how it is treated."""

    service: str
    action: str
    params: dict[str, str]


class Door:
    """A WSGI application in front of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._lock = threading.Lock()
        self._moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        with self._lock:
            if environ["PATH_INFO"] == "/control":
                status, headers, answer = self._control(body)
            else:
                status, headers, answer = self._aws(environ, body)
            self.world.step_done()
            date = http_date(self.world.clock.now)
        self.world.bus.deliver()
        kept = [(k, v) for k, v in headers if k.lower() not in ("date", "content-length")]
        kept += [("Date", date), ("Content-Length", str(len(answer)))]
        start_response(f"{status} {'OK' if status < 400 else 'Error'}", kept)
        return [answer]

    def _control(self, body: bytes) -> Answer:
        try:
            status, answer = 200, carry_out(self.world, json.loads(body))
        except (Refused, json.JSONDecodeError) as error:
            status, answer = 400, {"error": str(error)}
        except Exception as error:  # noqa: BLE001  a scenario shows our error, stderr where it is
            traceback.print_exc()
            status, answer = 500, {"error": f"the stand-in failed: {error!r}"}
        return status, [("Content-Type", "application/json")], json.dumps(answer).encode()

    def _aws(self, environ: dict, body: bytes) -> Answer:
        request = _read(environ, body)
        kind = self.world.faults.refusal(request.action)
        if kind:
            looks = _FAULTS[kind]
            answer = _error(request, *looks.get(request.service, looks[""]))
        else:
            with self.world.faults.as_seen_by(request.action):
                answer = self._ask_moto(request, environ)
        self._log(request, answer)
        return answer

    def _ask_moto(self, request: Request, environ: dict) -> Answer:
        taken: dict[str, object] = {}

        def start_response(status: str, headers: list, _error=None) -> None:
            taken["status"], taken["headers"] = int(status.split()[0]), headers

        try:
            body = b"".join(self._moto(environ, start_response))
        except (NotImplementedError, OperationNotFoundError):
            message = f"The stand-in does not know the action {request.action}"
            return _error(request, "InvalidAction", 400, message)
        except Exception as error:  # noqa: BLE001  an SDK can read our error, not a stack trace
            traceback.print_exc()
            message = f"The stand-in failed at {request.action}: {error!r}"
            return _error(request, "InternalFailure", 500, message)
        return taken["status"], taken["headers"], body

    def _log(self, request: Request, answer: Answer) -> None:
        status, _, body = answer
        code = None
        if status >= 400 and (match := _ERROR_CODE.search(body)):
            code = next(group for group in match.groups() if group).decode()
        self.world.calls.add(request.service, request.action, request.params, status, code)


def _read(environ: dict, body: bytes) -> Request:
    match = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = match.group(1) if match else "unsigned"
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return Request(service, target.rpartition(".")[2], {})
    params = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    return Request(service, params.get("Action", environ["PATH_INFO"]), params)


def _error(request: Request, code: str, status: int, message: str) -> Answer:
    if request.service == "ssm":
        body = json.dumps({"__type": code, "message": message})
        return status, [("Content-Type", "application/x-amz-json-1.1")], body.encode()
    error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
    if request.service == "ec2":
        body = f"<Response><Errors><Error>{error}</Error></Errors></Response>"
    else:
        kind = "Sender" if status < 500 else "Receiver"
        body = f"<ErrorResponse><Error><Type>{kind}</Type>{error}</Error></ErrorResponse>"
    return status, [("Content-Type", "text/xml")], body.encode()


class _Handler(WSGIRequestHandler):
    """Keeps connections open, and sends headers and body in one piece."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def send_response(self, code: int, message: str | None = None) -> None:
        """Without the Date of the machine, which the base class would add to ours."""
        self.send_response_only(code, message)

    def log(self, *_: object) -> None:
        """Nothing: the call log says it better."""


def listen(door: Door, port: int) -> BaseWSGIServer:
    """A server on 127.0.0.1, not yet serving; port 0 picks a free one."""
    return make_server("127.0.0.1", port, door, threaded=True, request_handler=_Handler)
