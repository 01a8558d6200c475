"""DescribeInstances, and the calls that start, stop, reboot and terminate instances."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import (
    EC2ClientError,
    InvalidAMIIdError,
    InvalidLaunchTemplateVersionNotFound,
)
from moto.ec2.models.amis import AmiBackend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance, Reservation
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.responses.instances import InstanceResponse

from .ec2_status import find_all, page_or_error, page_size
from .filters import Getter, getters_for, matches, moment
from .machines import STATE_CODES, Machine
from .place import ACCOUNT
from .seams import Wire, replaces

if TYPE_CHECKING:
    from .world import World

_get_version = LaunchTemplate.get_version
_run_instances = InstanceResponse.run_instances
_describe_images = AmiBackend.describe_images


@replaces(InstanceResponse)
def describe_instances(self: InstanceResponse) -> ActionResult:
    """Instances in any state, each in a reservation of its own."""
    self.error_on_dryrun()
    ids = self._get_param("InstanceIds", [])
    size = page_size(self, ids)
    machines = find_all(self, ids) if ids else list(self.world.machines.by_id.values())
    wanted = self._filters_from_querystring()
    getters = getters_for(wanted, _instance_filters(self, wanted))
    chosen = [
        machine
        for machine in machines
        if all(matches(wanted[name], get(machine)) for name, get in getters.items())
    ]
    shown, token = page_or_error(chosen, size, self._get_param("NextToken"))
    reservations = [_reservation(self, machine) for machine in shown]
    return ActionResult({"Reservations": reservations, "NextToken": token})


def _instance_filters(call: InstanceResponse, wanted: dict) -> dict[str, Getter]:
    def tags(machine: Machine) -> dict[str, str]:
        return call.world.machines.tags(machine)

    def tag(key: str) -> Getter:
        return lambda machine: [tags(machine)[key]] if key in tags(machine) else []

    def instance(attribute: str) -> Getter:
        return lambda machine: [str(getattr(machine.instance, attribute))]

    plain = {
        "availability-zone": lambda machine: [machine.zone],
        "image-id": instance("image_id"),
        "instance-id": lambda machine: [machine.id],
        "instance-lifecycle": lambda machine: filter(None, [machine.instance.lifecycle]),
        "instance-state-code": lambda machine: [str(STATE_CODES[machine.state])],
        "instance-state-name": lambda machine: [machine.state],
        "instance-type": instance("instance_type"),
        "launch-time": lambda machine: moment(machine.launched_at),
        "private-ip-address": instance("private_ip"),
        "root-device-type": instance("root_device_type"),
        "subnet-id": instance("subnet_id"),
        "tag-key": lambda machine: tags(machine).keys(),
        "tag-value": lambda machine: tags(machine).values(),
        "vpc-id": instance("vpc_id"),
    }
    return plain | {name: tag(name[4:]) for name in wanted if name.startswith("tag:")}


def _reservation(call: InstanceResponse, machine: Machine) -> Wire:
    return Wire(
        ReservationId=machine.id.replace("i-", "r-", 1),
        OwnerId=ACCOUNT,
        Instances=[_instance(call, machine)],
    )


def _instance(call: InstanceResponse, machine: Machine) -> Wire:
    instance: Instance = machine.instance
    tags = call.world.machines.tags(machine)
    return Wire(
        InstanceId=machine.id,
        ImageId=instance.image_id,
        State=Wire(Code=STATE_CODES[machine.state], Name=machine.state),
        InstanceType=instance.instance_type,
        StateReason=_state_reason(machine),
        LaunchTime=machine.launched_at,
        PlatformDetails="Linux/UNIX",
        CapacityReservationId=call.world.capacity.used_by(machine.id),
        Placement=Wire(
            AvailabilityZone=machine.zone,
            GroupName=instance.placement.group_name,
            HostId=instance.placement.host_id,
            Tenancy=instance.placement.tenancy,
        ),
        InstanceLifecycle=instance.lifecycle,
        SubnetId=instance.subnet_id,
        VpcId=instance.vpc_id,
        PrivateIpAddress=instance.private_ip if instance.nics else None,
        PublicIpAddress=instance.public_ip if instance.nics else None,
        NetworkInterfaces=[_interface(machine, nic) for nic in instance.nics.values()],
        RootDeviceType=instance.root_device_type,
        RootDeviceName=instance.root_device_name,
        BlockDeviceMappings=[
            Wire(DeviceName=name, Ebs=Wire(VolumeId=device.volume_id, Status="attached"))
            for name, device in instance.block_device_mapping.items()
        ],
        MaintenanceOptions=Wire(AutoRecovery="default", RebootMigration=machine.reboot_migration),
        Operator=Wire(Managed=False),
        Tags=[Wire(Key=key, Value=value) for key, value in tags.items()],
    )


def _state_reason(machine: Machine) -> Wire | None:
    if machine.state_reason is None:
        return None
    code, message = machine.state_reason
    return Wire(Code=code, Message=f"{code}: {message}")


def _interface(machine: Machine, nic: NetworkInterface) -> Wire:
    """An association marks a public address; Amazon lends it, unless it is an Elastic IP."""
    public = None
    if nic.public_ip:
        owner = ACCOUNT if machine.elastic else "amazon"
        public = Wire(PublicIp=nic.public_ip, IpOwnerId=owner)
    address = nic.private_ip_address
    return Wire(
        NetworkInterfaceId=nic.id,
        PrivateIpAddress=address,
        PrivateIpAddresses=[Wire(PrivateIpAddress=address, Primary=True, Association=public)],
        Association=public,
    )


@replaces(InstanceResponse)
def run_instances(self: InstanceResponse) -> ActionResult:
    """As moto does it, but the instances boot by the clock."""
    result = _run_instances(self)
    reservation: Reservation = result.result
    for instance in reservation.instances:
        tags = {tag["key"]: tag["value"] for tag in instance.get_tags()}
        name = tags.get("Name", instance.id)
        machine = self.world.machines.adopt(instance, name, instance.placement.zone, None)
        self.world.truth.place_opened(machine)
        self.world.machines.boot(machine)
    return result


@replaces(InstanceResponse)
def start_instances(self: InstanceResponse) -> ActionResult:
    """Start stopped instances; running ones are left alone, others are an error for all."""
    machines = _in_state(self, ("stopped", "running", "pending"))
    self.error_on_dryrun()
    before = _states(machines)
    stopped = [machine for machine in machines if machine.state == "stopped"]
    for machine in stopped:
        self.world.capacity.take_room(machine)
    for machine in stopped:
        self.world.machines.start(machine, self.world.roles.failure_of_start(machine.key))
    return ActionResult({"StartingInstances": _changes(before, machines)})


@replaces(InstanceResponse)
def stop_instances(self: InstanceResponse) -> ActionResult:
    """Stop running instances; stopped ones are left alone, others are an error for all."""
    machines = _in_state(self, ("running", "pending", "stopping", "stopped"))
    for machine in machines:
        if machine.instance.disable_api_stop:
            _not_permitted(machine, "stopped", "disableApiStop")
        if machine.instance.root_device_type == "instance-store":
            message = f"The instance '{machine.id}' does not have an 'ebs' root device type"
            raise EC2ClientError("UnsupportedOperation", message)
        if machine.instance.lifecycle == "spot":
            message = f"The instance '{machine.id}' belongs to a one-time Spot Instance request"
            raise EC2ClientError("UnsupportedOperation", message)
    self.error_on_dryrun()
    before = _states(machines)
    for machine in machines:
        if machine.state in ("running", "pending"):
            member = self.world.engine.member(machine.id)
            in_service = member is not None and member.lifecycle_state == "InService"
            self.world.scheduled.left(machine, "hand" if in_service else "api")
            self.world.machines.stop(machine)
    return ActionResult({"StoppingInstances": _changes(before, machines)})


@replaces(InstanceResponse)
def reboot_instances(self: InstanceResponse) -> EmptyResult:
    """Reboot; only where EC2 migrates on a reboot does that clear a system-reboot."""
    machines = _in_state(self, ("running",))
    self.error_on_dryrun()
    since = self.world.clock.now
    for machine in machines:
        self.world.lives.hand(machine, "api", "host")
        self.world.machines.reboot(machine, lambda m=machine: _migrate(self.world, m, since))
    return EmptyResult()


def _migrate(world: World, machine: Machine, since: datetime) -> None:
    """Members, instances with instance store, and those whose owner does not want it, stay."""
    stays = machine.group or machine.reboot_migration == "disabled"
    if stays or world.machines.has_instance_store(machine):
        return
    for event in world.scheduled.active(machine.id):
        if event.code == "system-reboot":
            event.left_by, event.left_at = "api", since
            world.scheduled.end(event, "completed")


@replaces(InstanceResponse)
def terminate_instances(self: InstanceResponse) -> ActionResult:
    """Shut instances down for good; a group notices by its health check."""
    machines = find_all(self, self._get_param("InstanceIds", []))
    for machine in machines:
        if machine.instance.disable_api_termination:
            _not_permitted(machine, "terminated", "disableApiTermination")
    self.error_on_dryrun()
    before = _states(machines)
    for machine in machines:
        if not machine.gone:
            self.world.scheduled.left(machine, "hand")
            self.world.machines.terminate(machine)
    return ActionResult({"TerminatingInstances": _changes(before, machines)})


def _in_state(call: InstanceResponse, allowed: tuple[str, ...]) -> list[Machine]:
    machines = find_all(call, call._get_param("InstanceIds", []))
    for machine in machines:
        if machine.state not in allowed:
            raise EC2ClientError(
                "IncorrectInstanceState",
                f"The instance '{machine.id}' is in the state '{machine.state}', "
                "in which this operation is not possible",
            )
    return machines


def _not_permitted(machine: Machine, done: str, attribute: str) -> None:
    raise EC2ClientError(
        "OperationNotPermitted",
        f"The instance '{machine.id}' may not be {done}. Modify its '{attribute}' "
        "instance attribute and try again.",
    )


def _states(machines: list[Machine]) -> list[dict]:
    return [{"Code": STATE_CODES[m.state], "Name": m.state} for m in machines]


def _changes(before: list[dict], machines: list[Machine]) -> list[dict]:
    return [
        {"InstanceId": machine.id, "PreviousState": old, "CurrentState": new}
        for machine, old, new in zip(machines, before, _states(machines), strict=True)
    ]


@replaces(AmiBackend)
def describe_images(self: AmiBackend, ami_ids=None, **others):
    """As moto does it, but an image that was deregistered is not found, as on AWS."""
    if deleted := [ami_id for ami_id in ami_ids or [] if ami_id in self.deleted_amis]:
        raise InvalidAMIIdError(deleted)
    return _describe_images(self, ami_ids=ami_ids, **others)


@replaces(LaunchTemplate)
def get_version(self: LaunchTemplate, num: object) -> LaunchTemplateVersion:
    """As moto does it, but what is neither a number from 1 nor a known name is not found."""
    wanted = str(num).lower()
    if wanted in ("$latest", "$default") or (wanted.isdecimal() and int(wanted) > 0):
        return _get_version(self, num)
    raise InvalidLaunchTemplateVersionNotFound(template_id=self.id, version=str(num))
