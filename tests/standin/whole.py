"""The whole stand-in: fleet, serverless side and gate, started and ended as one."""

import json
import tempfile
from pathlib import Path

from standin.children import Child, free_port
from standin.fleet_control import FLEET_VARIABLE, FleetControl
from standin.serverless.clients import ACCOUNT, REGION
from standin.serverless.gate import Gate
from standin.serverless.gate_server import GateServer, upstream
from standin.serverless.package import LOG_FOLDER, package, placeholder
from standin.serverless.stack import Stack
from standin.serverless.sweep import Sweep

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "infra" / "template.yaml"
# The day the stand-in's clock starts at where nobody says otherwise.
START = "2026-12-01T08:00:00Z"


class StandIn:
    """Runs from construction to `close`, or as a context. All of it listens on 127.0.0.1 only."""

    def __init__(self, start: str = START):
        self._folder = tempfile.TemporaryDirectory(prefix="standin-")
        self.folder = Path(self._folder.name)
        self.logs = self.folder / "functions"
        self.logs.mkdir()
        self._children: list[Child] = []
        port = free_port()
        self.serverless = f"http://127.0.0.1:{port}"
        try:
            self.fleet = FleetControl(self._start_fleet(start))
            self.gate = Gate(upstream(self.serverless), self.fleet.now)
            self.gate_server = GateServer(self.gate, self.serverless)
            self._start_ministack(port)
        except BaseException:
            self.close()
            raise
        self.stack = Stack(self.serverless)

    def __enter__(self) -> "StandIn":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def deploy(
        self, parameters: dict[str, str], template: Path = TEMPLATE, functions: Path | None = None
    ) -> None:
        """Deploy the template; `functions` is the folder of built binaries, None for no functions.

        Without functions the queues fill and are not read: a test runs the binaries itself.
        """
        if functions is None:
            self.stack.deploy(template, parameters, lambda _: placeholder())
            self.stack.unplug()
        else:
            self.stack.deploy(template, parameters, lambda name: package(functions / name))

    def take_over_sweep(self) -> Sweep:
        """Take the deployed schedule off ministack's real time; the caller drives what is given."""
        sweep = Sweep(self.serverless, self.stack.outputs["MaintenanceSweepSchedule"])
        sweep.take_over(self.fleet.now())
        return sweep

    def addresses(self) -> dict:
        """Where everything is, for those who started this in another process."""
        return {
            "fleet": self.fleet.url,
            "serverless": self.serverless,
            "gate": self.gate_server.url,
            "logs": str(self.logs),
            "outputs": self.stack.outputs,
            "credentials": self.stack.credentials(),
        }

    def close(self) -> None:
        """End the children and remove their folder."""
        for child in reversed(self._children):
            child.end()
        if server := getattr(self, "gate_server", None):
            server.close()
        self._folder.cleanup()

    def _start_fleet(self, start: str) -> str:
        module = ["standin.fleet", "--port", "0", "--events-url", self.serverless]
        module += ["--start", start, "--exit-with-parent"]
        child = Child(module, self.folder / "fleet.log")
        self._children.append(child)
        return json.loads(child.wait_for_line('{"fleet"'))["fleet"]

    def _start_ministack(self, port: int) -> None:
        child = Child(
            ["standin.serverless.ministack"],
            self.folder / "ministack.log",
            {
                "BIND_HOST": "127.0.0.1",
                # Every caller may do what the policies of its role allow, and no more.
                "AUTH": "true",
                "GATEWAY_PORT": str(port),
                # Both would listen beside the port, and the first on every interface.
                "IOT_MTLS_ENABLED": "0",
                "SFTP_ENABLED": "0",
                "MINISTACK_ACCOUNT_ID": ACCOUNT,
                "MINISTACK_REGION": REGION,
                "TMPDIR": str(self.folder),
                LOG_FOLDER: str(self.logs),
                FLEET_VARIABLE: self.fleet.url,
            }
            | self.endpoints(),
        )
        self._children.append(child)
        child.wait_for_port(port)

    def endpoints(self) -> dict[str, str]:
        """Where functions find AWS: ministack hands them its own environment."""
        fleet, gate = self.fleet.url, self.gate_server.url
        return {
            "AWS_ENDPOINT_URL_AUTO_SCALING": fleet,
            "AWS_ENDPOINT_URL_CLOUDWATCH": fleet,
            "AWS_ENDPOINT_URL_DYNAMODB": self.serverless,
            "AWS_ENDPOINT_URL_EC2": fleet,
            "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING": fleet,
            "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2": fleet,
            "AWS_ENDPOINT_URL_EVENTBRIDGE": self.serverless,
            "AWS_ENDPOINT_URL_SNS": self.serverless,
            "AWS_ENDPOINT_URL_SQS": gate,
            "AWS_ENDPOINT_URL_SSM": fleet,
        }
