"""The gate answers as SQS does, and keeps delayed messages until the clock says so."""

import json
import unittest
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from standin.serverless.clients import client
from standin.serverless.gate import Gate
from standin.serverless.gate_server import GateServer, upstream

START = datetime(2026, 12, 1, 8, tzinfo=UTC)
SENDER = "the credentials of a function"
URL = "http://localhost:4566/123456789012/work"


class FakeSqs:
    """Takes every action, and remembers it; a message without body it refuses."""

    def __init__(self, refuses: str = ""):
        self.taken: list[tuple[str, dict]] = []
        self._refuses = refuses

    def __call__(self, action: str, request: dict, sender: str = "SQS") -> tuple[int, dict]:
        if self._refuses and sender == SENDER:
            return 400, {"__type": f"com.amazonaws.sqs#{self._refuses}"}
        if action == "SendMessage" and "MessageBody" not in request:
            return 400, {"__type": "com.amazonaws.sqs#MissingParameter"}
        self.taken.append((action, request))
        if action == "SendMessageBatch":
            sent = [{"Id": e["Id"], "MessageId": "m"} for e in request["Entries"]]
            return 200, {"Successful": sent}
        return 200, {}

    def delivered(self) -> list[str]:
        return [request["MessageBody"] for action, request in self.taken if action == "SendMessage"]


class GateTest(unittest.TestCase):
    def setUp(self) -> None:
        self.now = START
        self.sqs = FakeSqs()
        self.gate = Gate(self.sqs, lambda: self.now)

    def send(self, body: str, delay: int) -> tuple[int, dict] | None:
        request = {"QueueUrl": URL, "MessageBody": body, "DelaySeconds": delay}
        return self.gate.answer("SendMessage", request, SENDER)

    def test_a_message_without_delay_passes_through_and_is_counted(self) -> None:
        self.assertIsNone(self.send("now", 0))
        self.assertEqual(self.gate.sent, {"work": 1})
        self.assertEqual(self.sqs.taken, [])

    def test_a_delayed_message_goes_on_when_the_clock_reaches_its_time(self) -> None:
        status, answer = self.send("later", 900)
        self.assertEqual(status, 200)
        self.assertEqual(answer["MD5OfMessageBody"], "c18788c2f274c779da72d9854ea4bfbf")
        self.assertEqual(self.gate.next_due(), START + timedelta(seconds=900))
        self.now += timedelta(seconds=899)
        self.assertEqual(self.gate.deliver(), 0)
        self.now += timedelta(seconds=1)
        self.assertEqual(self.gate.deliver(), 1)
        self.assertEqual(self.sqs.delivered(), ["later"])
        self.assertIsNone(self.gate.next_due())

    def test_messages_due_together_keep_their_order(self) -> None:
        for body in ("first", "second", "third"):
            self.send(body, 60)
        self.now += timedelta(minutes=1)
        self.gate.deliver()
        self.assertEqual(self.sqs.delivered(), ["first", "second", "third"])

    def test_a_delay_that_sqs_refuses_is_refused(self) -> None:
        status, answer = self.send("too late", 901)
        self.assertEqual(status, 400)
        self.assertIn("901", answer["message"])

    def test_what_sqs_would_refuse_the_sender_is_refused_at_once(self) -> None:
        later = {"QueueUrl": URL, "MessageBody": "x", "DelaySeconds": 5}
        batch = {"QueueUrl": URL, "Entries": [later | {"Id": "later"}]}
        for code in ("QueueDoesNotExist", "AccessDenied"):
            gate = Gate(FakeSqs(refuses=code), lambda: self.now)
            for action, request in (("SendMessage", later), ("SendMessageBatch", batch)):
                with self.subTest(code=code, action=action):
                    status, answer = gate.answer(action, request, SENDER)
                    self.assertEqual((status, answer["__type"][18:]), (400, code))
            self.assertEqual(gate.waiting(), [])

    def test_a_batch_is_parted_into_now_later_and_refused(self) -> None:
        entries = [
            {"Id": "now", "MessageBody": "a"},
            {"Id": "later", "MessageBody": "b", "DelaySeconds": 10},
            {"Id": "wrong", "MessageBody": "c", "DelaySeconds": -1},
        ]
        request = {"QueueUrl": URL, "Entries": entries}
        status, answer = self.gate.answer("SendMessageBatch", request, SENDER)
        self.assertEqual(status, 200)
        self.assertEqual([e["Id"] for e in answer["Successful"]], ["now", "later"])
        self.assertEqual([e["Id"] for e in answer["Failed"]], ["wrong"])
        self.assertEqual(len(self.gate.waiting()), 1)


class GateServerTest(unittest.TestCase):
    def test_boto3_sends_through_the_gate(self) -> None:
        with FakeServer() as sqs:
            gate = Gate(upstream(sqs.url), lambda: START)
            server = GateServer(gate, sqs.url)
            self.addCleanup(server.close)
            through = client("sqs", server.url)
            now = through.send_message(QueueUrl=URL, MessageBody="now")
            later = through.send_message(QueueUrl=URL, MessageBody="later", DelaySeconds=30)
        self.assertEqual(now["MessageId"], "from-sqs")
        self.assertEqual(later["MD5OfMessageBody"], "c18788c2f274c779da72d9854ea4bfbf")
        self.assertEqual(gate.sent, {"work": 2})


class FakeServer:
    """SQS as far as one test needs it: it takes messages that have a body."""

    def __enter__(self) -> "FakeServer":
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                taken = "MessageBody" in asked
                answer = {"MessageId": "from-sqs"} if taken else {"__type": "MissingParameter"}
                body = json.dumps(answer).encode()
                self.send_response(200 if taken else 400)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments) -> None:
                """Silence."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()


if __name__ == "__main__":
    unittest.main()
