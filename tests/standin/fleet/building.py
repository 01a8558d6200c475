"""Builds a fleet in one go: network, images, templates, groups and their members, in service."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.ec2.models.amis import Ami

from standin.clock import rfc3339

from .behaviour import Behaviour
from .machines import Machine
from .members import Member
from .place import REGION, kms_key_arn, resource_id, zone

if TYPE_CHECKING:
    from .world import World

#: How long what is built has been running.
_AGE = timedelta(days=30)
_ZONES = "abc"


@dataclass(frozen=True)
class GroupPlan:
    """What a new group is to be.

    With a `weight` capacities are in units, of which every member makes up that many; None means
    that members have no weights. `spread` says how many members a zone gets; where it is None they
    are dealt out evenly. In instance tags `{zone}` is the zone's letter and `{n}` the number of the
    member within its zone; a successor inherits the tags that have one of these.
    """

    name: str
    zones: list[str]
    desired: int
    least: int
    most: int
    image: str
    instance_type: str
    tags: dict[str, str] = field(default_factory=dict)
    instance_tags: dict[str, str] = field(default_factory=dict)
    spread: dict[str, int] | None = None
    maintenance_policy: dict[str, int] | None = None
    protected: bool = False
    suspended: list[str] = field(default_factory=list)
    target_group: str | None = None
    grace_seconds: int = 300
    weight: int | None = None
    warm_pool: int = 0
    classic_load_balancers: list[str] = field(default_factory=list)

    @property
    def members(self) -> int:
        """How many members make up the desired capacity."""
        return self.desired // (self.weight or 1)


@dataclass(frozen=True)
class TargetPlan:
    """A target group, and the ports on which an instance is to be in it; none: the group's own."""

    name: str
    ports: list[int] = field(default_factory=list)
    kind: str = "instance"


@dataclass(frozen=True)
class InstancePlan:
    """What a new standalone instance is to be."""

    name: str
    zone: str
    image: str
    instance_type: str
    tags: dict[str, str] = field(default_factory=dict)
    root_device: str = "ebs"
    lifecycle: str | None = None
    tenancy: str = "default"
    placement_group: str = ""
    stop_protected: bool = False
    public_address: bool = False
    elastic_address: bool = False
    reboot_migration: str = "default"
    encrypted: bool = False
    targets: list[TargetPlan] = field(default_factory=list)
    classic_load_balancers: list[str] = field(default_factory=list)
    behaviour: Behaviour | None = None


class Building:
    """Builds in the world's one VPC, which has a subnet in each of three zones."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._subnets: dict[str, str] = {}
        self._vpc: str | None = None

    def group(self, plan: GroupPlan) -> list[Member]:
        """A group whose members have been in service for long; returns them."""
        group = self._empty_group(plan)
        book = self._world.engine.book(group)
        book.maintenance_policy = plan.maintenance_policy
        since = rfc3339(self._world.clock.now)
        book.suspended = {name: f"User suspended at {since}" for name in plan.suspended}
        members = []
        for letter, count in self._spread(plan).items():
            members += [self._member(group, plan, letter, n + 1) for n in range(count)]
        world = self._world
        world.leftovers.desired[plan.name] = plan.desired
        if plan.warm_pool:
            world.autoscaling.put_warm_pool(plan.name, None, plan.warm_pool, "Stopped", None)
            world.warm.build(group, plan.warm_pool)
        return members

    def _empty_group(self, plan: GroupPlan) -> FakeAutoScalingGroup:
        world = self._world
        image = self.image(plan.image)
        data = {"ImageId": image.id, "InstanceType": plan.instance_type}
        template = world.ec2.create_launch_template(plan.name, "", data, {})
        subnets = ",".join(self._subnet(zone(letter)) for letter in plan.zones)
        tags = [
            {"Key": key, "Value": value, "PropagateAtLaunch": False}
            for key, value in plan.tags.items()
        ]
        plain = {k: v for k, v in plan.instance_tags.items() if "{" not in v}
        tags += [{"Key": k, "Value": v, "PropagateAtLaunch": True} for k, v in plain.items()]
        launched = {"LaunchTemplateId": template.id, "Version": "$Default"}
        mixed = _mixed(plan, launched)
        arns = [self.target_group(plan.target_group)] if plan.target_group else []
        group = world.autoscaling.create_auto_scaling_group(
            name=plan.name,
            availability_zones=[],
            desired_capacity=plan.desired,
            max_size=plan.most,
            min_size=plan.least,
            launch_config_name="",
            launch_template={} if mixed else launched,
            mixed_instances_policy=mixed,
            vpc_zone_identifier=subnets,
            default_cooldown=None,
            health_check_period=plan.grace_seconds,
            health_check_type="EC2",
            load_balancers=[self.classic(name) for name in plan.classic_load_balancers],
            target_group_arns=arns,
            placement_group=None,
            termination_policies=[],
            tags=tags,
            new_instances_protected_from_scale_in=plan.protected,
        )
        group.created_time = world.clock.now - _AGE
        group.health_check_grace_period = plan.grace_seconds
        return group

    def _spread(self, plan: GroupPlan) -> dict[str, int]:
        if plan.spread is not None:
            return plan.spread
        each, rest = divmod(plan.members, len(plan.zones))
        return {letter: each + (i < rest) for i, letter in enumerate(plan.zones)}

    def _member(self, group: FakeAutoScalingGroup, plan: GroupPlan, letter: str, n: int) -> Member:
        world = self._world
        member = world.engine.launches.place(group, f"{plan.name}-{letter}{n}", zone(letter))
        own = {
            key: value.replace("{zone}", letter).replace("{n}", str(n))
            for key, value in plan.instance_tags.items()
            if "{" in value
        }
        world.ec2.create_tags([member.id], own)
        world.engine.book(group).own_tags[member.id] = own
        since = world.clock.now - _AGE
        member.lifecycle_state, member.in_service_since = "InService", since
        world.truth.place_opened(member.machine)
        world.machines.put_in_service(member.machine, since)
        for arn in group.target_group_arns:
            world.targets.add(arn, member.machine, at_once=True)
        return member

    def instance(self, plan: InstancePlan) -> Machine:
        """A standalone instance that has been running for long."""
        world = self._world
        machine = world.machines.create(
            plan.name,
            zone(plan.zone),
            None,
            image_id=self.image(plan.image).id,
            instance_type=plan.instance_type,
            tags={"instance": plan.tags | {"Name": plan.name}},
            subnet_id=self._subnet(zone(plan.zone)),
            associate_public_ip=plan.public_address or plan.elastic_address,
            disable_api_stop=plan.stop_protected,
        )
        instance = machine.instance
        instance.root_device_type = plan.root_device
        instance.lifecycle = plan.lifecycle
        instance.placement.tenancy = plan.tenancy
        instance.placement.group_name = plan.placement_group
        machine.elastic, machine.behaviour = plan.elastic_address, plan.behaviour
        machine.reboot_migration = plan.reboot_migration
        machine.key = kms_key_arn(plan.name) if plan.encrypted else None
        world.truth.place_opened(machine)
        world.machines.put_in_service(machine, world.clock.now - _AGE)
        for target in plan.targets:
            arn = self.target_group(target.name, target.kind)
            for port in target.ports or [None]:
                world.targets.add(arn, machine, port, at_once=True)
        world.targets.remember_home(machine)
        for name in plan.classic_load_balancers:
            world.elb.register_instances(self.classic(name), [machine.id])
        return machine

    def image(self, name: str) -> Ami:
        """The image with this id or name, registered now if there is none."""
        amis = self._world.ec2.amis
        if name in amis:
            return amis[name]
        named = [ami for ami in amis.values() if ami.name == name]
        if named:
            return named[-1]
        ami = self._world.ec2.register_image(name, name)
        del amis[ami.id]
        ami.id = resource_id("ami", name)
        ami.architecture, ami.root_device_type = "arm64", "ebs"
        amis[ami.id] = ami
        return ami

    def target_group(self, name: str, kind: str = "instance") -> str:
        """The ARN of the target group with this name, created now if there is none."""
        for target_group in self._world.elbv2.target_groups.values():
            if target_group.name == name:
                return target_group.arn
        return self._world.elbv2.create_target_group(
            name, protocol="HTTP", port=8080, vpc_id=self._vpc_id(), target_type=kind
        ).arn

    def classic(self, name: str) -> str:
        """The name of a Classic Load Balancer, which is created now if there is none."""
        if name not in self._world.elb.load_balancers:
            listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 8080}
            subnets = [self._subnet(zone(letter)) for letter in _ZONES]
            self._world.elb.create_load_balancer(name, [], [listener], subnets=subnets)
        return name

    def _vpc_id(self) -> str:
        if self._vpc is None:
            ec2 = self._world.ec2
            self._vpc = ec2.create_vpc("10.0.0.0/16").id
            for i, letter in enumerate(_ZONES):
                subnet = ec2.create_subnet(
                    self._vpc, f"10.0.{i * 64}.0/18", availability_zone=REGION + letter
                )
                self._subnets[REGION + letter] = subnet.id
        return self._vpc

    def _subnet(self, zone_name: str) -> str:
        self._vpc_id()
        return self._subnets[zone_name]


def _mixed(plan: GroupPlan, launched: dict[str, str]) -> dict[str, object] | None:
    """Only a mixed instances policy can give weights."""
    if plan.weight is None:
        return None
    override = {"InstanceType": plan.instance_type, "WeightedCapacity": str(plan.weight)}
    return {
        "LaunchTemplate": {"LaunchTemplateSpecification": launched, "Overrides": [override]},
    }
