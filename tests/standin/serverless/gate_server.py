"""The gate's socket: SQS's JSON 1.0 protocol on 127.0.0.1, and `POST /control` for tests.

Control takes `{"do":"deliver"}` (send on what the clock has made due; answers `delivered` and
`next_due`) and `{"do":"log"}` (messages by queue name, and those that wait).
"""

import http.client
import json
import threading
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from standin.serverless.clients import TESTER
from standin.serverless.gate import Gate, queue_name

_SQS = "AmazonSQS."
_JSON = "application/x-amz-json-1.0"
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host"}


def upstream(url: str):
    """How the gate posts an SQS action to the server at `url`, in the name of `sender`."""

    def post(action: str, request: dict, sender: str = TESTER) -> tuple[int, dict]:
        headers = {
            "Content-Type": _JSON,
            "X-Amz-Target": _SQS + action,
            "Authorization": sender,
        }
        status, _, body = _forward(url, "POST", "/", headers, json.dumps(request).encode())
        return status, json.loads(body or b"{}")

    return post


class GateServer:
    """Serves `gate` before the SQS endpoint `sqs_url`; `url` is what functions are given."""

    def __init__(self, gate: Gate, sqs_url: str):
        handler = type("Handler", (_Handler,), {"gate": gate, "sqs_url": sqs_url})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True, name="gate").start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in one piece: in two, the second waits 40 ms for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    gate: Gate
    sqs_url: str

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/control":
            self._answer(*_control(self.gate, json.loads(body or b"{}")))
            return
        target = self.headers.get("X-Amz-Target", "")
        answer = None
        if target.startswith(_SQS):
            action, sender = target.removeprefix(_SQS), self.headers.get("Authorization", "")
            answer = self.gate.answer(action, json.loads(body or b"{}"), sender)
        if answer is None:
            self._pass(body)
        else:
            self._answer(*answer)

    def do_GET(self) -> None:
        self._pass(b"")

    def log_message(self, format: str, *arguments) -> None:
        """Silence: the gate counts messages, it does not list requests."""

    def _pass(self, body: bytes) -> None:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
        status, headers, answer = _forward(self.sqs_url, self.command, self.path, headers, body)
        self._send(status, headers, answer)

    def _answer(self, status: int, answer: dict) -> None:
        # Functions take AWS's time from their answers, so all of them must tell the one clock's.
        date = format_datetime(self.gate.now(), usegmt=True)
        headers = {"Content-Type": _JSON, "Date": date}
        self._send(status, headers, json.dumps(answer).encode())

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _forward(url: str, method: str, path: str, headers: dict[str, str], body: bytes):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        kept = {k: v for k, v in response.getheaders() if k.lower() not in _HOP_BY_HOP}
        return response.status, kept, response.read()
    finally:
        connection.close()


def _control(gate: Gate, command: dict) -> tuple[int, dict]:
    match command.get("do"):
        case "deliver":
            return 200, {"delivered": gate.deliver(), "next_due": _words(gate.next_due())}
        case "log":
            waiting = [
                {"queue": queue_name(m.queue_url), "due": _words(m.due), "body": m.body}
                for m in gate.waiting()
            ]
            return 200, {"sent": gate.sent, "delayed": gate.delayed, "waiting": waiting}
        case other:
            return 400, {"error": f"do: {other!r} is unknown; expected deliver or log"}


def _words(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat().replace("+00:00", "Z")
