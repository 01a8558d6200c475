"""Whose account a command works in, how it asks, and how it says that it cannot go on."""

import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

# Exit statuses of every command: done; refused or failed; ended by the one who ran it.
DONE, REFUSED, INTERRUPTED = 0, 1, 130

# A function may take two minutes to answer; boto3 would ask again after one.
PATIENT = Config(read_timeout=150)


class Refusal(Exception):
    """Something stands in the way; the message names it and says what to do."""


class Account:
    """The caller's account in one region; `client` gives boto3's clients for it."""

    def __init__(self, region=""):
        """`region` wins over the environment and the profile; empty leaves it to them."""
        self._session = boto3.Session(region_name=region or None)
        if not self._session.region_name:
            raise Refusal("No region: give REGION=eu-west-1, or set AWS_REGION.")
        self.region = self._session.region_name
        caller = self.client("sts").get_caller_identity()
        self.id, self.caller = caller["Account"], caller["Arn"]

    def client(self, service):
        """boto3's client of `service`, such as `cloudformation`."""
        return self._session.client(service, config=PATIENT)


def agreed(question, yes):
    """Whether the caller agrees: `yes` given beforehand, or typed now. Nobody there means no."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise Refusal(f"{question} Nobody is there to answer: say YES=1 to go on.")
    return input(f"{question} [yes/no] ").strip().lower() in ("y", "yes")


def run(command):
    """Runs `command` and returns its exit status; what AWS refuses is said in one line."""
    # Each line when it is known, also into a pipe: some of them come minutes apart.
    sys.stdout.reconfigure(line_buffering=True)
    try:
        return command()
    except Refusal as refusal:
        print(f"\nNot done: {refusal}", file=sys.stderr)
    except ClientError as error:
        call, answer = error.operation_name, error.response["Error"]
        print(
            f"\nNot done: AWS refused {call}: {answer['Code']}: {answer['Message']}",
            file=sys.stderr,
        )
    except BotoCoreError as error:
        print(f"\nNot done: AWS could not be asked: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nInterrupted. What CloudFormation has begun, it goes on with.", file=sys.stderr)
        return INTERRUPTED
    return REFUSED
