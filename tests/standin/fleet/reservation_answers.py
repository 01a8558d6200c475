"""EC2's calls on Capacity Reservations, which moto lacks.

Rules and error codes: API reference of EC2, CreateCapacityReservation and its neighbours, and
"Error codes for the Amazon EC2 API", read 2026-11.
"""

from __future__ import annotations

from datetime import UTC, datetime

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses.instances import InstanceResponse

from .capacity import Reservation, Terms
from .ec2_status import find_all, page_or_error
from .filters import Getter, getters_for, matches, moment
from .place import ACCOUNT, REGION
from .seams import Wire, replaces

_PAGE_MAX = 1000


@replaces(InstanceResponse)
def create_capacity_reservation(self: InstanceResponse) -> ActionResult:
    """Reserve room in one zone, until it is cancelled or until its end date."""
    end_type = self._get_param("EndDateType", "unlimited")
    end = self._get_param("EndDate")
    if (end_type == "limited") != (end is not None):
        raise _invalid("EndDate: expected one with EndDateType limited, and only with that")
    terms = Terms(
        instance_type=self._get_param("InstanceType"),
        zone=self._get_param("AvailabilityZone"),
        platform=self._get_param("InstancePlatform"),
        tenancy=self._get_param("Tenancy", "default"),
        count=self._get_int_param("InstanceCount"),
        criteria=self._get_param("InstanceMatchCriteria", "open"),
        end_type=end_type,
        end=_as_utc(end) if end else None,
    )
    _check(self, terms)
    self.error_on_dryrun()
    reservation = self.world.capacity.reserve(terms, self._get_param("ClientToken"))
    if reservation is None:
        message = "The client token was used before, with other parameters"
        raise EC2ClientError("IdempotentParameterMismatch", message)
    for given in self._get_param("TagSpecifications", []):
        tags = {tag["Key"]: tag["Value"] for tag in given.get("Tags", [])}
        self.world.ec2.create_tags([reservation.id], tags)
    return ActionResult({"CapacityReservation": _shown(self, reservation)})


def _check(call: InstanceResponse, terms: Terms) -> None:
    if not terms.zone or not terms.zone.startswith(REGION):
        raise _invalid(f"AvailabilityZone: expected one of {REGION}, got {terms.zone}")
    if not terms.count or terms.count < 1:
        raise _invalid(f"InstanceCount: expected 1 or more, got {terms.count}")
    if terms.end and terms.end <= call.world.clock.now:
        raise _invalid(f"EndDate: expected a time in the future, got {terms.end}")


def _invalid(message: str) -> EC2ClientError:
    return EC2ClientError("InvalidParameterValue", message)


def _as_utc(given: datetime) -> datetime:
    return given.replace(tzinfo=UTC) if given.tzinfo is None else given.astimezone(UTC)


@replaces(InstanceResponse)
def describe_capacity_reservations(self: InstanceResponse) -> ActionResult:
    """Reservations in any state, by id and filters."""
    ids = self._get_param("CapacityReservationIds", [])
    known = self.world.capacity.reservations
    found = [_find(self, wanted) for wanted in ids] if ids else list(known.values())
    wanted = self._filters_from_querystring()
    getters = getters_for(wanted, _filters(self, wanted))
    chosen = [
        reservation
        for reservation in found
        if all(matches(wanted[name], get(reservation)) for name, get in getters.items())
    ]
    size = self._get_int_param("MaxResults", _PAGE_MAX)
    shown, token = page_or_error(chosen, size, self._get_param("NextToken"))
    shown = [_shown(self, reservation) for reservation in shown]
    return ActionResult({"CapacityReservations": shown, "NextToken": token})


def _filters(call: InstanceResponse, wanted: dict) -> dict[str, Getter]:
    def tags(reservation: Reservation) -> dict[str, str]:
        return call.world.ec2.tags.get(reservation.id, {})

    def tag(key: str) -> Getter:
        return lambda reservation: [tags(reservation)[key]] if key in tags(reservation) else []

    plain = {
        "availability-zone": lambda r: [r.terms.zone],
        "end-date": lambda r: moment(r.terms.end),
        "end-date-type": lambda r: [r.terms.end_type],
        "instance-match-criteria": lambda r: [r.terms.criteria],
        "instance-platform": lambda r: [r.terms.platform],
        "instance-type": lambda r: [r.terms.instance_type],
        "owner-id": lambda r: [ACCOUNT],
        "start-date": lambda r: moment(r.created),
        "state": lambda r: [r.state],
        "tag-key": lambda r: tags(r).keys(),
        "tenancy": lambda r: [r.terms.tenancy],
    }
    return plain | {name: tag(name[4:]) for name in wanted if name.startswith("tag:")}


@replaces(InstanceResponse)
def cancel_capacity_reservation(self: InstanceResponse) -> ActionResult:
    """Give the room back. For one that has ended AWS documents no code: this one is likely."""
    reservation = _find(self, self._get_param("CapacityReservationId"))
    if reservation.state != "active":
        message = f"The reservation '{reservation.id}' is {reservation.state}"
        raise EC2ClientError("InvalidCapacityReservationState", message)
    self.error_on_dryrun()
    self.world.capacity.cancel(reservation)
    return ActionResult({"Return": True})


@replaces(InstanceResponse)
def modify_instance_capacity_reservation_attributes(self: InstanceResponse) -> EmptyResult:
    """Say in which reservation a stopped instance is to start; none named means any open one."""
    (machine,) = find_all(self, [self._get_param("InstanceId")])
    if machine.state != "stopped":
        message = f"The instance '{machine.id}' is not in the state 'stopped'"
        raise EC2ClientError("IncorrectInstanceState", message)
    wanted = self._get_param("CapacityReservationSpecification", {})
    target = wanted.get("CapacityReservationTarget", {}).get("CapacityReservationId")
    self.world.capacity.targeted.pop(machine.id, None)
    if target:
        self.world.capacity.targeted[machine.id] = _find(self, target).id
    return ActionResult({"Return": True})


def _find(call: InstanceResponse, wanted: str) -> Reservation:
    if reservation := call.world.capacity.reservations.get(wanted):
        return reservation
    message = f"The capacity reservation '{wanted}' does not exist"
    raise EC2ClientError("InvalidCapacityReservationId.NotFound", message)


def _shown(call: InstanceResponse, reservation: Reservation) -> Wire:
    terms = reservation.terms
    tags = call.world.ec2.tags.get(reservation.id, {})
    return Wire(
        CapacityReservationId=reservation.id,
        CapacityReservationArn=f"arn:aws:ec2:{REGION}:{ACCOUNT}:capacity-reservation/"
        + reservation.id,
        OwnerId=ACCOUNT,
        InstanceType=terms.instance_type,
        InstancePlatform=terms.platform,
        AvailabilityZone=terms.zone,
        Tenancy=terms.tenancy,
        TotalInstanceCount=terms.count,
        AvailableInstanceCount=reservation.available,
        State=reservation.state,
        StartDate=reservation.created,
        CreateDate=reservation.created,
        EndDate=terms.end,
        EndDateType=terms.end_type,
        InstanceMatchCriteria=terms.criteria,
        Tags=[Wire(Key=key, Value=value) for key, value in tags.items()],
    )
