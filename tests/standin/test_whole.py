"""The whole stand-in, with the project's own template: one clock, one bus, no real AWS."""

import unittest
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from standin.serverless.clients import client
from standin.serverless.queues import Queues
from standin.whole import StandIn


class WholeTest(unittest.TestCase):
    """The tests share one stand-in, which takes two seconds to start; none depends on another."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.standin = cls.enterClassContext(StandIn("2026-12-01T08:00:00Z"))
        cls.standin.deploy({"MaximumMode": "enforce"})
        cls.sweep = cls.standin.take_over_sweep()

    def receive(self, output: str) -> list[str]:
        """The bodies of the messages that wait in a queue of the stack."""
        sqs = client("sqs", self.standin.serverless)
        answer = sqs.receive_message(
            QueueUrl=self.standin.stack.outputs[output], MaxNumberOfMessages=10
        )
        return [message["Body"] for message in answer.get("Messages", [])]

    def test_everything_tells_the_same_time(self) -> None:
        standin = self.standin
        standin.fleet.advance(datetime(2026, 12, 3, 9, 30, tzinfo=UTC))
        answers = (
            client("ec2", standin.fleet.url).describe_instances(),
            client("dynamodb", standin.serverless).list_tables(),
            client("sqs", standin.gate_server.url).list_queues(),
        )
        for answer in answers:
            date = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
            self.assertEqual(parsedate_to_datetime(date), standin.fleet.now())

    def test_a_notice_reaches_the_routers_queue_dated_by_the_clock(self) -> None:
        fleet = self.standin.fleet
        now = fleet.now()
        fleet.do("publish_notice", instances=["i-1"], type_code="AWS_EC2_X", start="+2h")
        [body] = self.receive("HealthEventRouterQueue")
        self.assertIn(f'"time": "{now:%Y-%m-%dT%H:%M:%SZ}"', body.replace('":"', '": "'))
        self.assertIn('"AWS_EC2_X"', body)

    def test_a_delayed_message_waits_for_the_clock(self) -> None:
        standin, output = self.standin, "MaintenanceReconcilerQueue"
        through = client("sqs", standin.gate_server.url)
        queue = standin.stack.outputs[output]
        through.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=600)
        self.assertEqual(self.receive(output), [])
        standin.fleet.do("advance", seconds=600)
        self.assertEqual(standin.gate.deliver(), 1)
        self.assertEqual(self.receive(output), ["later"])

    def test_the_sweep_is_due_at_the_rate_of_the_template(self) -> None:
        now = self.sweep.next_due()
        self.assertFalse(self.sweep.due(now - self.sweep.every / 2))
        self.assertTrue(self.sweep.due(now))
        self.assertEqual(self.sweep.next_due(), now + self.sweep.every)
        self.assertEqual(self.sweep.input, '{"reberth":"sweep"}')

    def test_a_dead_letter_is_noticed(self) -> None:
        queues = Queues(self.standin.serverless, self.standin.stack.outputs)
        self.addCleanup(queues.close)
        self.assertEqual(queues.dead_letters(), {})
        url = self.standin.stack.outputs["HealthEventRouterDeadLetterQueue"]
        sqs = client("sqs", self.standin.serverless)
        sqs.send_message(QueueUrl=url, MessageBody="poison")
        self.assertEqual(list(queues.dead_letters().values()), [1])


if __name__ == "__main__":
    unittest.main()
