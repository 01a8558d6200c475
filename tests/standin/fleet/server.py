"""The door: HTTP in front of the world, one request at a time.

Every answer carries the world's time as `Date`; every AWS call is logged; every error is one that
an AWS SDK can read.
"""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable, Iterable
from io import BytesIO

from botocore.model import OperationNotFoundError
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.http import http_date
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from . import (  # noqa: F401  their import puts commands and answers in place
    command_answers,
    control_capacity,
    control_faults,
    control_fleet,
    control_hands,
    control_roles,
    control_signals,
    ec2_answers,
    elbv2_answers,
    event_window_answers,
    history_answers,
    member_answers,
    reservation_answers,
    warm_answers,
)
from .alarm_answers import answer_rpc
from .capacity import NO_ROOM
from .control import Refused, carry_out
from .dialects import DRY_RUN, FAULTS, Answer, Request, error, error_code, read
from .seams import ServerFault
from .world import World


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
        request = read(environ, body)
        verdict = self.world.roles.judge(request)
        kind = None if verdict.denial else self.world.faults.refusal(request.action)
        if verdict.denial:
            answer = self._refuse(request, "deny", verdict.denial)
        elif kind in FAULTS:
            answer = self._refuse(request, kind)
        else:
            with self.world.faults.as_seen_by(request.action):
                answer = self._ask(request, environ)
        if kind == "lose_answers" and answer[0] < 400:
            answer = self._refuse(request, "server_error")
        code = error_code(answer)
        call = self.world.calls.add(request, verdict, answer[0], code)
        if kind or code == NO_ROOM:
            self.world.faults.tell(call)
        return answer

    def _refuse(self, request: Request, kind: str, words: str | None = None) -> Answer:
        looks = FAULTS[kind]
        code, status, message = looks.get(request.service, looks[""])
        return error(request, code, status, words or message)

    def _ask(self, request: Request, environ: dict) -> Answer:
        if request.service == "ec2" and request.params.get("DryRun") == "true":
            # After the faults, denial among them: a dry run judges the permission, and no more.
            return error(request, *DRY_RUN)
        try:
            if request.service == "monitoring":
                return answer_rpc(self.world, request)
            return self._ask_moto(environ)
        except ServerFault as fault:
            return error(request, fault.code, fault.status, fault.message)
        except (NotImplementedError, OperationNotFoundError):
            message = f"The stand-in does not know the action {request.action}"
            return error(request, "InvalidAction", 400, message)
        except Exception as failure:  # noqa: BLE001  an SDK can read our error, not a stack trace
            traceback.print_exc()
            message = f"The stand-in failed at {request.action}: {failure!r}"
            return error(request, "InternalFailure", 500, message)

    def _ask_moto(self, environ: dict) -> Answer:
        taken: dict[str, object] = {}

        def start_response(status: str, headers: list, _error=None) -> None:
            taken["status"], taken["headers"] = int(status.split()[0]), headers

        body = b"".join(self._moto(environ, start_response))
        return taken["status"], taken["headers"], body


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
