"""Deploys `infra/template.yaml` to ministack, and reads back what it made.

The template goes in as it is: only the local `CodeUri` paths become S3 addresses, and it is itself
read from S3 as it is too long to be sent. `sam deploy` does both.
"""

import platform
import re
import time
from collections.abc import Callable
from pathlib import Path

from standin.serverless.clients import client

STACK = "reberth"
_BUCKET = "reberth-artifacts"
_TEMPLATE = "template.yaml"
_CODE_URI = re.compile(r"\.\./target/package/([a-z0-9-]+)\.zip")
_DEPLOY_SECONDS_MAX = 60


class Stack:
    """The deployed stack: `outputs` by logical id, as the template's Outputs name them."""

    def __init__(self, url: str):
        self.url = url
        self.outputs: dict[str, str] = {}
        self._cloudformation = client("cloudformation", url)
        self._lambda = client("lambda", url)

    def deploy(
        self, template: Path, parameters: dict[str, str], zip_of: Callable[[str], bytes]
    ) -> None:
        """Package and create the stack; `zip_of` gives the zip for a function's folder name."""
        address = self._package(template.read_text(encoding="utf-8"), zip_of)
        values = {"Architecture": _architecture()} | parameters
        self._cloudformation.create_stack(
            StackName=STACK,
            TemplateURL=address,
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in values.items()
            ],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        description = self._wait(template)
        self.outputs = {
            output["OutputKey"]: output["OutputValue"] for output in description["Outputs"]
        }

    def credentials(self) -> dict[str, dict[str, str]]:
        """Sessions of the functions' roles by the functions' folders, as Lambda's variables."""
        sts = client("sts", self.url)
        found = {}
        for output, function in self.outputs.items():
            if output.endswith("Function"):
                role = self._lambda.get_function_configuration(FunctionName=function)["Role"]
                session = sts.assume_role(RoleArn=role, RoleSessionName=function)["Credentials"]
                found[_folder(output.removesuffix("Function"))] = {
                    "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
                    "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
                    "AWS_SESSION_TOKEN": session["SessionToken"],
                }
        return found

    def unplug(self) -> None:
        """Remove every event source mapping, so that queues fill and no function is woken."""
        for mapping in self._lambda.list_event_source_mappings()["EventSourceMappings"]:
            self._lambda.delete_event_source_mapping(UUID=mapping["UUID"])

    def _package(self, template: str, zip_of: Callable[[str], bytes]) -> str:
        s3 = client("s3", self.url)
        s3.create_bucket(
            Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )
        for function in sorted(set(_CODE_URI.findall(template))):
            s3.put_object(Bucket=_BUCKET, Key=f"{function}.zip", Body=zip_of(function))
        packaged = _CODE_URI.sub(rf"s3://{_BUCKET}/\1.zip", template)
        s3.put_object(Bucket=_BUCKET, Key=_TEMPLATE, Body=packaged.encode())
        return f"{self.url}/{_BUCKET}/{_TEMPLATE}"

    def _wait(self, template: Path) -> dict:
        give_up = time.monotonic() + _DEPLOY_SECONDS_MAX
        while time.monotonic() < give_up:
            description = self._cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
            status = description["StackStatus"]
            if status == "CREATE_COMPLETE":
                return description
            if not status.endswith("IN_PROGRESS") or "ROLLBACK" in status:
                raise RuntimeError(f"{template}: stack {status}: {self._first_failure()}")
            time.sleep(0.05)
        raise TimeoutError(f"{template}: not deployed after {_DEPLOY_SECONDS_MAX} s")

    def _first_failure(self) -> str:
        events = self._cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        for event in reversed(events):
            if event["ResourceStatus"].endswith("FAILED"):
                reason = event.get("ResourceStatusReason", "no reason given")
                return f"{event['LogicalResourceId']}: {reason}"
        return "no failed resource is listed"


def _folder(logical_id: str) -> str:
    """`HealthEventRouter` lies in the folder `health-event-router`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", logical_id).lower()


def _architecture() -> str:
    """The template's word for this machine, on which the functions run natively."""
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
