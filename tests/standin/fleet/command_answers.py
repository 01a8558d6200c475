"""Systems Manager's SendCommand and GetCommandInvocation.

Limits and errors: API reference of Systems Manager, read 2026-11.
"""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.ssm.responses import SimpleSystemManagerResponse

from standin.clock import rfc3339

from .commands import Invocation
from .seams import ServerFault, replaces

_IDS_MAX = 50


@replaces(SimpleSystemManagerResponse)
def send_command(self: SimpleSystemManagerResponse) -> ActionResult:
    """Run a document on instances by id; every one of them must be running."""
    ids = self._get_param("InstanceIds", [])
    document = self._get_param("DocumentName")
    if not 1 <= len(ids) <= _IDS_MAX:
        message = f"InstanceIds: expected 1 to {_IDS_MAX}, got {len(ids)}"
        raise ServerFault("ValidationException", 400, message)
    if self.world.commands.finding(document) == "missing":
        raise ServerFault("InvalidDocument", 400, f"Document with name {document} does not exist.")
    known = self.world.machines.by_id
    if [i for i in ids if i not in known or known[i].state != "running"]:
        message = "Instances not in a valid state for account 123456789012"
        raise ServerFault("InvalidInstanceId", 400, message)
    comment = self._get_param("Comment", "")
    machines = [known[instance_id] for instance_id in ids]
    command_id = self.world.commands.send(document, machines, comment)
    command = {
        "CommandId": command_id,
        "DocumentName": document,
        "Comment": comment,
        "InstanceIds": ids,
        "RequestedDateTime": self.world.clock.now,
        "Status": "Pending",
        "StatusDetails": "Pending",
        "TargetCount": len(ids),
        "CompletedCount": 0,
        "ErrorCount": 0,
    }
    return ActionResult({"Command": command})


@replaces(SimpleSystemManagerResponse)
def get_command_invocation(self: SimpleSystemManagerResponse) -> ActionResult:
    """How far a document has come on one instance; right after the send nobody knows of it."""
    now, commands = self.world.clock.now, self.world.commands
    command_id, instance_id = self._get_param("CommandId"), self._get_param("InstanceId")
    invocation = commands.find(command_id, instance_id)
    if invocation is None and not commands.known(command_id):
        raise ServerFault("InvalidCommandId", 400, "")
    if invocation is None or not invocation.seen(now):
        raise ServerFault("InvocationDoesNotExist", 400, "")
    status = invocation.status(now)
    return ActionResult(
        {
            "CommandId": command_id,
            "InstanceId": instance_id,
            "Comment": invocation.comment,
            "DocumentName": invocation.document,
            "PluginName": "aws:runShellScript",
            "ResponseCode": {"Success": 0, "Failed": 1}.get(status, -1),
            "Status": status,
            "StatusDetails": "InProgress" if status == "InProgress" else status,
            "ExecutionStartDateTime": rfc3339(invocation.sent),
            "ExecutionEndDateTime": rfc3339(invocation.ended) if invocation.ended else "",
            "StandardOutputContent": _said(invocation),
            "StandardErrorContent": "",
        }
    )


def _said(invocation: Invocation) -> str:
    return {True: "ready\n", False: "not ready yet\n", None: ""}[invocation.succeeded]
