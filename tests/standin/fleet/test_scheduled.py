"""Scheduled events: rescheduling, ends, and what happens when nobody did anything in time."""

from .fixture import FAST, FleetTest


class MovingTest(FleetTest):
    def move(self, instance_id, event_id, seconds):
        return self.ec2.modify_instance_event_start_time(
            InstanceId=instance_id, InstanceEventId=event_id, NotBefore=self.at(seconds)
        )

    def test_within_the_deadline_an_event_moves_and_aws_acts_then(self):
        lone = self.instance("lone")
        event_id = self.schedule("lone", "instance-reboot", not_before_deadline="+7d")
        answer = self.move(lone, event_id, 172800)
        self.assertEqual(answer["Event"]["NotBefore"], self.at(172800))
        self.later(86400)
        self.assertEqual(self.outcome(event_id), "open")
        self.later(86400)
        self.assertEqual(self.outcome(event_id), "forced")

    def test_the_rules_of_aws_hold(self):
        lone = self.instance("lone")
        fixed = self.schedule("lone")
        movable = self.schedule("lone", not_before_deadline="+7d")
        soon = self.schedule("lone", not_before="+5m", not_before_deadline="+7d")
        cases = [
            ("InvalidInstanceEventIDNotFound", "instance-event-0", 7200),
            ("InstanceEventStartTimeCannotChange", fixed, 7200),
            ("InstanceEventStartTimeCannotChange", soon, 7200),
            ("InvalidInstanceEventStartTime", movable, 3599),
            ("InvalidInstanceEventStartTime", movable, 7 * 86400 + 1),
        ]
        for code, event_id, seconds in cases:
            with self.refused(code):
                self.move(lone, event_id, seconds)

    def test_aws_moves_dates_itself(self):
        self.instance("lone")
        event_id = self.schedule("lone")
        self.do("move_event", event_id=event_id, not_before="+1h")
        self.later(3600)
        self.assertEqual(self.outcome(event_id), "forced")


class EndingTest(FleetTest):
    def test_an_end_is_shown_after_the_lag_and_for_a_week(self):
        lone = self.instance("lone")
        self.do("behaviour", group="standalone", description_lag_seconds=3600)
        completed, cancelled = self.schedule("lone"), self.schedule("lone")
        self.do("complete_event", event_id=completed)
        self.do("cancel_event", event_id=cancelled)
        self.later(3599)
        self.assertFalse([text for text in self.events_shown(lone) if text.startswith("[")])
        self.later(1)
        prefixes = [text.split()[0] for text in self.events_shown(lone)]
        self.assertEqual(prefixes, ["[Completed]", "[Canceled]"])
        self.later(7 * 86400)
        self.assertEqual(self.events_shown(lone), [])
        self.assertEqual(self.outcome(cancelled), "cancelled")

    def test_stop_and_start_move_a_standalone_instance_off_its_host(self):
        lone = self.instance("lone")
        event_id = self.schedule("lone")
        self.ec2.stop_instances(InstanceIds=[lone])
        self.later(60)
        self.ec2.start_instances(InstanceIds=[lone])
        self.later(60)
        self.assertTrue(self.events_shown(lone)[0].startswith("[Completed]"))
        told = self.event(event_id)
        self.assertEqual((told["outcome"], told["seconds_before_date"]), ("moved", 86400 - 120))

    def test_a_reboot_clears_only_what_reboot_migration_covers(self):
        machines = {
            "lone": ("system-reboot", {}, "moved"),
            "other code": ("instance-reboot", {}, "open"),
            "disks": ("system-reboot", {"instance_type": "i3.large"}, "open"),
            "unwilling": ("system-reboot", {"reboot_migration": "disabled"}, "open"),
        }
        events = {}
        for name, (code, plan, _) in machines.items():
            lone = self.instance(name, **plan)
            events[name] = self.schedule(name, code)
            self.ec2.reboot_instances(InstanceIds=[lone])
        self.later(120)
        for name, (_, _, outcome) in machines.items():
            self.assertEqual(self.event(events[name])["outcome"], outcome, name)


class DueTest(FleetTest):
    def test_auto_scaling_replaces_a_member_only_when_the_date_has_come(self):
        ids = self.group(behaviour=FAST)
        event_id = self.schedule("web-a1")
        self.later(86399)
        self.assertEqual(self.members()[ids["web-a1"]], "InService")
        self.later(1)
        self.assertEqual(self.members()[ids["web-a1"]], "Terminating")
        self.assertEqual(self.outcome(event_id), "forced")

    def test_a_maintenance_policy_may_or_may_not_hold_for_that(self):
        for name, holds, state in (("one", True, "InService"), ("two", False, "Terminating")):
            ids = self.group(
                name,
                behaviour=FAST | {"scheduled_launch_first": holds, "reboot_seconds": 600},
                maintenance_policy={"min": 100, "max": 150},
            )
            self.schedule(f"{name}-a1", "instance-reboot", not_before="+10s")
            self.later(10)
            self.assertEqual(self.members(name)[ids[f"{name}-a1"]], state)

    def test_with_health_checks_suspended_ec2_acts_instead(self):
        ids = self.group(behaviour=FAST, suspended=["HealthCheck"])
        event_id = self.schedule("web-a1")
        self.later(86400 + 60)
        self.assertEqual(self.state(ids["web-a1"]), "stopped")
        self.assertEqual(self.outcome(event_id), "forced")

    def test_a_member_in_standby_rides_it_out(self):
        ids = self.group(behaviour=FAST)
        event_id = self.schedule("web-a1", "system-maintenance")
        self.asg.enter_standby(
            AutoScalingGroupName="web",
            InstanceIds=[ids["web-a1"]],
            ShouldDecrementDesiredCapacity=True,
        )
        self.later(86400)
        self.assertEqual(self.events_shown(ids["web-a1"])[0][0], "T")
        self.later(120)
        self.assertTrue(self.events_shown(ids["web-a1"])[0].startswith("[Completed]"))
        self.assertEqual(self.state(ids["web-a1"]), "running")
        self.assertEqual(self.outcome(event_id), "open")
        self.asg.exit_standby(AutoScalingGroupName="web", InstanceIds=[ids["web-a1"]])
        self.later(10)
        self.assertEqual(self.outcome(event_id), "ridden")

    def test_ec2_acts_on_standalone_instances_by_code(self):
        ends = {
            "instance-stop": ("stopped", "forced"),
            "instance-retirement": ("stopped", "forced"),
            "instance-reboot": ("running", "forced"),
            "system-reboot": ("running", "forced"),
            "system-maintenance": ("running", "ridden"),
        }
        for code, (state, outcome) in ends.items():
            lone = self.instance(code)
            event_id = self.schedule(code, code, not_before="+10s")
            self.later(200)
            self.assertEqual(self.state(lone), state)
            self.assertEqual(self.outcome(event_id), outcome)
            self.assertTrue(self.events_shown(lone)[0].startswith("[Completed]"))

    def test_an_instance_store_root_is_terminated_by_a_retirement(self):
        lone = self.instance("lone", root_device="instance-store")
        self.schedule("lone", "instance-retirement", not_before="+10s")
        self.later(10)
        self.assertEqual(self.state(lone), "shutting-down")
