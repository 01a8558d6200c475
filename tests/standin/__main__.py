"""`python -m standin serve` for tests in other languages, `python -m standin play` for scenarios.

Both need `PYTHONPATH=tests`.
"""

import argparse
import json
import sys
from pathlib import Path

from standin.whole import ROOT, START, TEMPLATE, StandIn

FUNCTIONS = ROOT / "target" / "release"


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status."""
    options = _parser().parse_args(arguments)
    if options.command == "serve":
        return _serve(options)
    return _play(options)


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
    for command in (serve, play):
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
    from standin.player.play import play

    return play(options.scenario, options.template, options.functions, options.record)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
