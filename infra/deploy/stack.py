"""A deployed stack as CloudFormation tells of it. Reads, and changes nothing."""

import re
import time

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

from account import Refusal

# Seconds between two looks at a stack that changes.
LOOK_SECONDS = 2

# A stack's name: CloudFormation API reference, CreateStack, read 2026-11.
NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")

# Every output that the commands here need; a stack without them is not Reberth's.
OUTPUTS = {"LedgerTable", "NoticesTopic", "MaintenanceReconcilerFunction"}


class Stack:
    """The stack `name` of `account`, as it was read last."""

    def __init__(self, account, name):
        if not NAME.fullmatch(name):
            raise Refusal(f"STACK={name!r} is no stack name: a letter, then letters, digits and -.")
        self.name = name
        self.account = account
        self.cloudformation = account.client("cloudformation")
        self.read()

    def read(self):
        """Reads it again; returns itself."""
        found = self._describe()
        self.id = found.get("StackId")
        self.status = found.get("StackStatus", "not there")
        self.protected = found.get("EnableTerminationProtection", False)
        self.parameters = {
            parameter["ParameterKey"]: parameter.get("ParameterValue", "")
            for parameter in found.get("Parameters", [])
        }
        self.outputs = {
            output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])
        }
        return self

    def _describe(self):
        try:
            return self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            # CloudFormation has no code of its own for it (API reference, DescribeStacks, read
            # 2026-11).
            if "does not exist" in error.response["Error"]["Message"]:
                return {}
            raise

    @property
    def deployed(self):
        """It was deployed. In review it has a change set that nobody carried out, and no more."""
        return self.status not in ("not there", "REVIEW_IN_PROGRESS")

    @property
    def changing(self):
        """CloudFormation is at work on it."""
        return self.deployed and self.status.endswith("_IN_PROGRESS")

    def must_be_ours(self):
        """Refuses a stack that is not deployed or that is not Reberth's; returns itself."""
        if not self.deployed:
            raise Refusal(
                f"Stack {self.name} is {self.status} in {self.account.region}. "
                f"Another REGION, or STACK?"
            )
        if missing := sorted(OUTPUTS - self.outputs.keys()):
            raise Refusal(f"Stack {self.name} has no output {missing[0]}: is it Reberth's?")
        return self

    def must_rest(self):
        """Refuses where CloudFormation is at work on it, or gave up on it; returns itself."""
        if self.changing:
            raise Refusal(f"Stack {self.name} is {self.status}: wait until that is over.")
        if self.status == "ROLLBACK_COMPLETE":
            raise Refusal(
                f"Stack {self.name} is {self.status}: its first deployment failed, and AWS lets it "
                f"only be deleted: aws cloudformation delete-stack --stack-name {self.name} "
                f"--region {self.account.region}"
            )
        if self.status.endswith("_FAILED"):
            raise Refusal(f"Stack {self.name} is {self.status}: CloudFormation's events say why.")
        return self

    def resources(self):
        """Physical id and type of each resource, by logical id."""
        pages = self.cloudformation.get_paginator("list_stack_resources")
        return {
            resource["LogicalResourceId"]: (
                resource.get("PhysicalResourceId", ""),
                resource["ResourceType"],
            )
            for page in pages.paginate(StackName=self.name)
            for resource in page["StackResourceSummaries"]
            if resource["ResourceStatus"] != "DELETE_COMPLETE"
        }

    def retained(self):
        """The logical ids of what outlives the stack, by the template as AWS expanded it."""
        answer = self.cloudformation.get_template(StackName=self.name, TemplateStage="Processed")
        template = answer["TemplateBody"]
        if isinstance(template, str):
            # boto3 reads JSON itself; a template without a transform comes as it was sent.
            template = yaml_parse(template)
        return {
            name
            for name, resource in template["Resources"].items()
            if resource.get("DeletionPolicy") == "Retain"
        }


def tell(entry):
    """Prints what came of one resource; what CloudFormation only begins is not worth a line."""
    status = entry["ResourceStatus"]
    if status.endswith("_IN_PROGRESS"):
        return
    failed = status.endswith("_FAILED")
    because = f": {entry.get('ResourceStatusReason', 'no reason given')}" if failed else ""
    print(f"  {status:<24} {entry['LogicalResourceId']}{because}")


class Watch:
    """Tells of each resource that CloudFormation changes, from its construction on."""

    def __init__(self, stack, say=tell, rest=time.sleep):
        """`say` takes one event of the stack at a time; `rest` waits some seconds."""
        self._stack, self._say, self._rest = stack, say, rest
        self._told = {event["EventId"] for event in self._events()}

    def until_it_rests(self):
        """Follows the change to its end; the status that the stack came to.

        The end is an event of the stack itself: its status may lag behind what was just begun.
        """
        while True:
            for event in reversed(list(self._events())):
                if event["EventId"] in self._told:
                    continue
                self._told.add(event["EventId"])
                self._say(event)
                own = event["PhysicalResourceId"] == self._stack.id
                if own and not event["ResourceStatus"].endswith("_IN_PROGRESS"):
                    return event["ResourceStatus"]
            self._rest(LOOK_SECONDS)

    def _events(self):
        # By its id: a deleted stack answers to its name no more.
        pages = self._stack.cloudformation.get_paginator("describe_stack_events")
        for page in pages.paginate(StackName=self._stack.id):
            yield from page["StackEvents"]
