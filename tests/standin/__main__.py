"""`python -m standin`: `serve` other languages' tests, `play` a scenario, `invoke` a function, let
the `doctor` look, or compare the `permissions` of functions with what they did in plays.

All need `PYTHONPATH=tests`.
"""

import argparse
import json
import signal
import sys
from pathlib import Path

from yaml import YAMLError

from standin.doctor import examine
from standin.fleet_control import CommandRefused
from standin.player.permissions import compare
from standin.player.play import play
from standin.player.scenario import ScenarioError
from standin.serverless.sweep import Functions
from standin.whole import ROOT, START, TEMPLATE, StandIn

FUNCTIONS = ROOT / "target" / "release"


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status, 2 where it could not be carried out."""
    options = _parser().parse_args(arguments)
    # Whoever ends this process ends its children too, and nothing stays behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    commands = {
        "serve": _serve,
        "play": _play,
        "invoke": _invoke,
        "doctor": _doctor,
        "permissions": _permissions,
    }
    try:
        return commands[options.command](options)
    except (ScenarioError, CommandRefused, YAMLError, RuntimeError, OSError) as error:
        print(f"standin: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="standin", description="A local stand-in of AWS.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="run until standard input closes")
    serve.add_argument("--start", default=START, help="the clock's first time (RFC 3339)")
    serve.add_argument("--deploy", action="store_true", help="deploy the template")
    serve.add_argument(
        "--no-functions",
        action="store_true",
        help="deploy tables, queues and topic, but wake no function: the test runs the binaries",
    )
    serve.add_argument("--mode", default="enforce", help="MaximumMode (default enforce)")
    serve.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="template parameter"
    )
    play = commands.add_parser("play", help="play one scenario and judge what came of it")
    play.add_argument("scenario", type=Path)
    play.add_argument("--record", type=Path, default=ROOT / "target" / "demo")
    invoke = commands.add_parser("invoke", help="run one deployed function on one event")
    invoke.add_argument("function", help="its folder's name, such as health-event-router")
    invoke.add_argument("event", type=Path, help="a JSON file")
    doctor = commands.add_parser("doctor", help="let the doctor look at a staged fleet")
    doctor.add_argument("--json", type=Path, default=ROOT / "target" / "doctor.json")
    permissions = commands.add_parser("permissions", help="compare what may be with what was done")
    permissions.add_argument("records", type=Path, help="folder with a record of each play")
    for command in (serve, play, invoke, doctor):
        command.add_argument("--template", type=Path, default=TEMPLATE)
        command.add_argument(
            "--functions", type=Path, default=FUNCTIONS, help="folder of the built functions"
        )
    return parser


def _serve(options: argparse.Namespace) -> int:
    parameters = dict(pair.split("=", 1) for pair in options.parameter)
    parameters = {"MaximumMode": options.mode} | parameters
    with StandIn(options.start) as standin:
        if options.deploy or options.no_functions:
            functions = None if options.no_functions else options.functions
            standin.deploy(parameters, options.template, functions)
            standin.take_over_sweep()
        print(json.dumps(standin.addresses()), flush=True)
        sys.stdin.buffer.read()
    return 0


def _play(options: argparse.Namespace) -> int:
    return play(options.scenario, options.template, options.functions, options.record)


def _doctor(options: argparse.Namespace) -> int:
    return examine(options.template, options.functions, options.json)


def _invoke(options: argparse.Namespace) -> int:
    """Print the function's answer, against an empty fleet and with the template's defaults."""
    with StandIn() as standin:
        standin.deploy({}, options.template, options.functions)
        output = "".join(part.capitalize() for part in options.function.split("-")) + "Function"
        if output not in standin.stack.outputs:
            print(f"{options.function}: the template has no output {output}", file=sys.stderr)
            return 2
        functions = Functions(standin.serverless)
        event = options.event.read_text(encoding="utf-8")
        answer = functions.invoke(standin.stack.outputs[output], event)
        print(json.dumps(answer, indent=2))
    return 0


def _permissions(options: argparse.Namespace) -> int:
    return compare(options.records)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
