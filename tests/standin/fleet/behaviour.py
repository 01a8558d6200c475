"""How long things take: one set of durations per group, one for standalone instances; a standalone
instance may have a set of its own."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

STANDALONE = "standalone"


@dataclass(frozen=True)
class Behaviour:
    """Durations in virtual seconds, 0 and up. Defaults are of the order seen in practice."""

    #: From the launch (or start) until EC2 shows `running`; a member is then InService.
    launch_seconds: int = 60
    #: From `running` until both status checks are `ok`; until then `initializing`.
    checks_seconds: int = 120
    #: From registration with a target group until the target is `healthy`.
    targets_seconds: int = 30
    #: From deregistration until a target has drained.
    drain_seconds: int = 30
    #: From `shutting-down` until `terminated`.
    terminate_seconds: int = 60
    #: From `stopping` until `stopped`.
    stop_seconds: int = 40
    #: How long an instance is out when it, or AWS, reboots it.
    reboot_seconds: int = 120
    #: How long it has no network while AWS does a `system-maintenance`; it goes on running.
    blip_seconds: int = 60
    #: From EnteringStandby until Standby (or until its targets have drained, if that is later), and
    #: from the exit until InService.
    standby_seconds: int = 10
    #: How long EC2 still shows an event as active after it ended; AWS says up to an hour.
    description_lag_seconds: int = 300
    #: How long EC2 still shows the old time of an event that its owner moved; AWS says 1 to 2
    #: minutes.
    reschedule_lag_seconds: int = 60
    #: From SendCommand until the result; for the first 2 s there is no invocation to be seen.
    command_seconds: int = 10
    #: From `running`, and from every reboot, until the application serves and (again) sets
    #: `reberth:is-ready=true`; None: it serves at once and has no such tag.
    ready_after_seconds: int | None = None
    #: Whether a maintenance policy's launch-first also holds for replacements that Auto Scaling
    #: makes because a scheduled event fell due. AWS does not say, so both can be played.
    scheduled_launch_first: bool = True
    #: Whether a successor gets the member-specific tags of the one it replaces.
    inherit_tags: bool = True

    def changed(self, **settings: object) -> Behaviour:
        """A copy with these settings. Raises ValueError that names the field and its range."""
        known = {field.name: field for field in fields(self)}
        for name, value in settings.items():
            if name not in known:
                raise ValueError(f"{name}: expected one of {', '.join(known)}")
            default = known[name].default
            if isinstance(default, bool):
                if not isinstance(value, bool):
                    raise ValueError(f"{name}: expected true or false, got {value!r}")
            elif value is None and default is None:
                continue
            elif isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(f"{name}: expected whole seconds from 0, got {value!r}")
        return replace(self, **settings)
