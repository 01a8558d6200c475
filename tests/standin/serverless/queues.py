"""How much work lies in the deployed queues."""

import http.client
import json
from urllib.parse import urlsplit

from standin.serverless.clients import TESTER

_VISIBLE = "ApproximateNumberOfMessages"
_IN_FLIGHT = "ApproximateNumberOfMessagesNotVisible"


class Queues:
    """The queues that functions read from, and the dead-letter queues beside them."""

    def __init__(self, url: str, outputs: dict[str, str]):
        # One connection and no SDK: the queues are asked hundreds of times a second.
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        self._work = [
            v for k, v in outputs.items() if k.endswith("Queue") and "DeadLetter" not in k
        ]
        self._dead = [v for k, v in outputs.items() if k.endswith("DeadLetterQueue")]

    def busy(self) -> bool:
        """Whether any message waits to be received or is being worked on."""
        return any(self._depth(url) for url in self._work)

    def dead_letters(self) -> dict[str, int]:
        """Messages in each dead-letter queue that has any, by queue name."""
        depths = {url.rsplit("/", 1)[-1]: self._depth(url) for url in self._dead}
        return {name: depth for name, depth in depths.items() if depth}

    def retry_sooner(self, factor: int) -> None:
        """Divide the visibility timeouts, which ministack counts in real time, by `factor`.

        A message whose work failed then comes back at its own time by a clock that runs `factor`
        times as fast.
        """
        for url in self._work:
            timeout = int(self._attributes(url, "VisibilityTimeout")["VisibilityTimeout"])
            seconds = str(max(1, -(-timeout // factor)))
            self._post("SetQueueAttributes", url, Attributes={"VisibilityTimeout": seconds})

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _depth(self, url: str) -> int:
        return sum(int(value) for value in self._attributes(url, _VISIBLE, _IN_FLIGHT).values())

    def _attributes(self, url: str, *names: str) -> dict[str, str]:
        return self._post("GetQueueAttributes", url, AttributeNames=names)["Attributes"]

    def _post(self, action: str, url: str, **fields) -> dict:
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"AmazonSQS.{action}",
            "Authorization": TESTER,
        }
        self._connection.request("POST", "/", json.dumps({"QueueUrl": url} | fields), headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != 200:
            raise RuntimeError(f"{action} {url}: {answer.decode(errors='replace')}")
        return json.loads(answer or b"{}")
