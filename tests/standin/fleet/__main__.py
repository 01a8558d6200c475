"""`python -m standin.fleet`: the fleet as a server of its own."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from datetime import UTC, datetime

from standin.clock import parse_moment

from .place import ACCOUNT

os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT  # moto reads it when it is imported


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="standin.fleet", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (default) picks a free one")
    parser.add_argument("--events-url", default="none", help="an EventBridge, or none (default)")
    parser.add_argument("--start", default="2026-12-01T08:00:00Z", help="the clock's first time")
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="end when standard input is closed"
    )
    return parser.parse_args()


def main() -> None:
    """Serve until killed, or until standard input closes if so asked."""
    from . import seams
    from .bus import discard, post_to
    from .server import Door, listen
    from .world import World

    arguments = _arguments()
    start = parse_moment(arguments.start, datetime.now(UTC))
    url = arguments.events_url
    world = World(start, discard if url == "none" else post_to(url))
    seams.install(world)
    server = listen(Door(world), arguments.port)
    if arguments.exit_with_parent:
        threading.Thread(target=_wait_for_parent, args=(server,), daemon=True).start()
    print(json.dumps({"fleet": f"http://127.0.0.1:{server.port}"}), flush=True)
    server.serve_forever()


def _wait_for_parent(server) -> None:
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
