"""`python -m collector --region eu-west-1 [--stack reberth] [--format page|json]`.

Exit status: 0 nothing to mend, 1 something to mend, 2 the account could not be looked at.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from . import fleet, stack, trials
from .asking import SETTINGS, Asking

ROOT = Path(__file__).resolve().parents[3]
#: The exit status where nothing could be told.
NOT_LOOKED = 2


def main() -> int:
    """Ask, look, show."""
    options = _options()
    # What an earlier look told must not pass for what this one could not.
    options.json.unlink(missing_ok=True)
    try:
        session = boto3.Session(region_name=options.region)
        case = _case(Asking(session), options.stack)
        credentials = session.get_credentials().get_frozen_credentials()
    except (BotoCoreError, ClientError, stack.NoStack) as error:
        print(f"doctor: {error}", file=sys.stderr)
        return NOT_LOOKED
    _say("Looking as the maintenance reconciler does.")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    looked = subprocess.run(
        [options.doctor, options.json],
        input=json.dumps(case),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env=_environment(options.region, credentials),
    )
    if looked.returncode != NOT_LOOKED:
        page = looked.stdout
        print(page if options.format == "page" else options.json.read_text(), end="")
        _say(f"The same as JSON: {options.json}")
    return looked.returncode


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="doctor", description="Looks, and changes nothing.")
    parser.add_argument("--region", required=True, help="such as eu-west-1")
    parser.add_argument("--stack", default="", help="a deployed stack (default: none)")
    parser.add_argument("--format", choices=("page", "json"), default="page")
    parser.add_argument("--json", type=Path, default=ROOT / "target" / "doctor.json")
    parser.add_argument("--doctor", type=Path, default=ROOT / "target" / "release" / "doctor")
    return parser.parse_args()


def _case(asking: Asking, stack_name: str) -> dict:
    region = asking.session.region_name
    _say(f"Asking who calls, in {region}.")
    caller = asking.session.client("sts", config=SETTINGS).get_caller_identity()
    _say("Asking for groups, hooks, instances and event windows.")
    groups = fleet.groups(asking)
    tagged = fleet.tagged_instances(asking)
    alone = fleet.standalone(tagged)
    case = {
        "account": caller["Account"],
        "region": region,
        "caller": caller["Arn"],
        "groups": groups,
        "standalone": alone,
        "event_windows": fleet.event_windows(asking),
        "trials": _trials(asking, groups, tagged),
    }
    if stack_name:
        _say(f"Asking for the stack {stack_name}.")
        case["stack"] = stack.describe(asking, stack_name)
    return case | {"unanswered": asking.unanswered}


def _trials(asking: Asking, groups: dict, tagged: list[dict]) -> list[dict]:
    candidates = fleet.members(asking, sorted(groups)) + tagged
    running = {one["InstanceId"]: one for one in candidates if one["State"]["Name"] == "running"}
    if not running:
        return []
    _say("Trying what the caller may, by dry runs.")
    event = fleet.event_of(asking, sorted(running))
    instance, event_id = event or (min(running), None)
    return trials.try_on(asking, running[instance], event_id)


def _environment(region: str, credentials) -> dict[str, str]:
    """The doctor takes its credentials from variables, whatever chain they came by."""
    keys = {
        "AWS_REGION": region,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.token,
    }
    return os.environ | {name: value for name, value in keys.items() if value}


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
