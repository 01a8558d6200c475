"""Everything that exists in the stand-in, and who must hear of a change."""

from __future__ import annotations

from datetime import datetime

from moto.autoscaling.models import AutoScalingBackend, autoscaling_backends
from moto.ec2.models import EC2Backend, ec2_backends
from moto.elb.models import ELBBackend, elb_backends
from moto.elbv2.models import ELBv2Backend, elbv2_backends
from moto.moto_api._internal import mock_random

from standin.clock import Clock

from .alarms import Alarms
from .behaviour import STANDALONE, Behaviour
from .building import Building
from .bus import Bus, Send
from .calls import CallLog
from .capacity import Capacity
from .commands import Commands
from .engine import Engine
from .faults import Faults
from .hooks import Hooks
from .leftovers import Leftovers
from .lives import Lives
from .machines import Machine, Machines
from .notices import Notices
from .outcomes import Outcomes
from .place import ACCOUNT, REGION
from .roles import Roles
from .scheduled import ScheduledEvents
from .standby import Standby
from .targets import Targets
from .truth import Truth
from .warm_pools import WarmPools


class World:
    """One account in one region. Not thread-safe: `server` holds a lock around every use."""

    def __init__(self, start: datetime, send: Send) -> None:
        mock_random.seed(0)  # so that the ids moto makes up are the same in every run
        self.ec2: EC2Backend = ec2_backends[ACCOUNT][REGION]
        self.autoscaling: AutoScalingBackend = autoscaling_backends[ACCOUNT][REGION]
        self.elb: ELBBackend = elb_backends[ACCOUNT][REGION]
        self.elbv2: ELBv2Backend = elbv2_backends[ACCOUNT][REGION]
        self.ec2.amis.clear()  # moto's thousand public images, which every launch would search
        self.clock = Clock(start)
        self.bus = Bus(self.clock, send)
        self.calls = CallLog(self.clock)
        self.roles = Roles(self)
        self.faults = Faults(self)
        self.lives = Lives(self)
        self.machines = Machines(self)
        self.capacity = Capacity(self)
        self.scheduled = ScheduledEvents(self)
        self.targets = Targets(self)
        self.hooks = Hooks(self)
        self.engine = Engine(self)
        self.standby = Standby(self)
        self.warm = WarmPools(self)
        self.alarms = Alarms(self)
        self.commands = Commands(self)
        self.truth = Truth(self)
        self.outcomes = Outcomes(self)
        self.leftovers = Leftovers(self)
        self.building = Building(self)
        self.notices = Notices(self)
        #: EC2's event windows as it describes them, by id.
        self.event_windows: dict[str, dict] = {}
        self._behaviours: dict[str, Behaviour] = {}

    def behaviour_of(self, group: str | None) -> Behaviour:
        """The durations of a group, or of standalone instances for None."""
        return self._behaviours.get(group or STANDALONE, Behaviour())

    def set_behaviour(self, group: str | None, behaviour: Behaviour) -> Behaviour:
        """Other durations; what is already under way keeps its old ones."""
        self._behaviours[group or STANDALONE] = behaviour
        return behaviour

    def machine_changed(self, machine: Machine) -> None:
        """EC2 moved an instance to another state: Auto Scaling looks at its group."""
        if machine.group in self.autoscaling.autoscaling_groups:
            self.engine.settle(self.autoscaling.autoscaling_groups[machine.group])

    def step_done(self) -> None:
        """After every request and every action of the clock: let the observers look."""
        self.truth.observe()
        self.alarms.observe()
        self.faults.remember()

    def advance_to(self, moment: datetime) -> list[str]:
        """Let virtual time pass until `moment`; returns the labels of what happened."""
        return self.clock.advance_to(moment, self.step_done)
