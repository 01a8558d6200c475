"""Scheduled events: rescheduling, ends, and what happens when nobody did anything in time."""

from .fixture import FleetTest

FAST = {"launch_seconds": 60, "terminate_seconds": 30, "drain_seconds": 0, "standby_seconds": 10}


class ScheduledTest(FleetTest):
    def schedule(self, instance, code="instance-stop", **when):
        when = {"not_before": "+1d"} | when
        return self.do("schedule_event", instance=instance, code=code, **when)["event_id"]

    def shown(self, instance_id):
        answer = self.ec2.describe_instance_status(
            InstanceIds=[instance_id], IncludeAllInstances=True
        )
        return [e["Description"] for e in answer["InstanceStatuses"][0]["Events"]]

    def state(self, instance_id):
        answer = self.ec2.describe_instances(InstanceIds=[instance_id])
        return answer["Reservations"][0]["Instances"][0]["State"]["Name"]


class MovingTest(ScheduledTest):
    def move(self, instance_id, event_id, seconds):
        return self.ec2.modify_instance_event_start_time(
            InstanceId=instance_id, InstanceEventId=event_id, NotBefore=self.at(seconds)
        )

    def test_within_the_deadline_an_event_moves_and_aws_acts_then(self):
        lone = self.do("create_instance", name="lone")["id"]
        event_id = self.schedule("lone", "instance-reboot", not_before_deadline="+7d")
        answer = self.move(lone, event_id, 172800)
        self.assertEqual(answer["Event"]["NotBefore"], self.at(172800))
        self.later(86400)
        self.assertEqual(self.event(event_id)["outcome"], "open")
        self.later(86400)
        self.assertEqual(self.event(event_id)["outcome"], "forced")

    def test_the_rules_of_aws_hold(self):
        lone = self.do("create_instance", name="lone")["id"]
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
        self.do("create_instance", name="lone")
        event_id = self.schedule("lone")
        self.do("move_event", event_id=event_id, not_before="+1h")
        self.later(3600)
        self.assertEqual(self.event(event_id)["outcome"], "forced")


class EndingTest(ScheduledTest):
    def test_an_end_is_shown_after_the_lag_and_for_a_week(self):
        lone = self.do("create_instance", name="lone")["id"]
        self.do("behaviour", group="standalone", description_lag_seconds=3600)
        completed, cancelled = self.schedule("lone"), self.schedule("lone")
        self.do("complete_event", event_id=completed)
        self.do("cancel_event", event_id=cancelled)
        self.later(3599)
        self.assertFalse([text for text in self.shown(lone) if text.startswith("[")])
        self.later(1)
        prefixes = [text.split()[0] for text in self.shown(lone)]
        self.assertEqual(prefixes, ["[Completed]", "[Canceled]"])
        self.later(7 * 86400)
        self.assertEqual(self.shown(lone), [])
        self.assertEqual(self.event(cancelled)["outcome"], "cancelled")

    def test_stop_and_start_move_a_standalone_instance_off_its_host(self):
        lone = self.do("create_instance", name="lone")["id"]
        event_id = self.schedule("lone")
        self.ec2.stop_instances(InstanceIds=[lone])
        self.later(60)
        self.ec2.start_instances(InstanceIds=[lone])
        self.later(60)
        self.assertTrue(self.shown(lone)[0].startswith("[Completed]"))
        told = self.event(event_id)
        self.assertEqual((told["outcome"], told["seconds_before_date"]), ("moved", 86400 - 120))

    def test_a_reboot_clears_only_what_reboot_migration_covers(self):
        lone = self.do("create_instance", name="lone")["id"]
        migrates, stays = self.schedule("lone", "system-reboot"), self.schedule("lone")
        disks = self.do("create_instance", name="disks", instance_type="i3.large")["id"]
        remains = self.schedule("disks", "system-reboot")
        self.ec2.reboot_instances(InstanceIds=[lone, disks])
        self.later(120)
        outcomes = [self.event(e)["outcome"] for e in (migrates, stays, remains)]
        self.assertEqual(outcomes, ["moved", "open", "open"])


class DueTest(ScheduledTest):
    def test_auto_scaling_replaces_a_member_only_when_the_date_has_come(self):
        ids = self.group(behaviour=FAST)
        event_id = self.schedule("web-a1")
        self.later(86399)
        self.assertEqual(self.members()[ids["web-a1"]], "InService")
        self.later(1)
        self.assertEqual(self.members()[ids["web-a1"]], "Terminating")
        self.assertEqual(self.event(event_id)["outcome"], "forced")

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
        self.assertEqual(self.event(event_id)["outcome"], "forced")

    def test_a_member_in_standby_rides_it_out(self):
        ids = self.group(behaviour=FAST)
        event_id = self.schedule("web-a1", "system-maintenance")
        self.asg.enter_standby(
            AutoScalingGroupName="web",
            InstanceIds=[ids["web-a1"]],
            ShouldDecrementDesiredCapacity=True,
        )
        self.later(86400)
        self.assertEqual(self.shown(ids["web-a1"])[0][0], "T")
        self.later(120)
        self.assertTrue(self.shown(ids["web-a1"])[0].startswith("[Completed]"))
        self.assertEqual(self.state(ids["web-a1"]), "running")
        self.assertEqual(self.event(event_id)["outcome"], "ridden")

    def test_ec2_acts_on_standalone_instances_by_code(self):
        ends = {
            "instance-stop": ("ebs", "stopped"),
            "instance-retirement": ("ebs", "stopped"),
            "instance-reboot": ("ebs", "running"),
            "system-maintenance": ("ebs", "running"),
        }
        for code, (root, state) in ends.items():
            lone = self.do("create_instance", name=code, root_device=root)["id"]
            event_id = self.schedule(code, code, not_before="+10s")
            self.later(200)
            self.assertEqual(self.state(lone), state)
            self.assertEqual(self.event(event_id)["outcome"], "forced")
            self.assertTrue(self.shown(lone)[0].startswith("[Completed]"))

    def test_an_instance_store_root_is_terminated_by_a_retirement(self):
        lone = self.do("create_instance", name="lone", root_device="instance-store")["id"]
        self.schedule("lone", "instance-retirement", not_before="+10s")
        self.later(10)
        self.assertEqual(self.state(lone), "shutting-down")


class OutcomeTest(ScheduledTest):
    def leave(self, instance_id, **how):
        self.asg.terminate_instance_in_auto_scaling_group(
            InstanceId=instance_id, **({"ShouldDecrementDesiredCapacity": False} | how)
        )

    def test_moved_means_the_successor_serves(self):
        ids = self.group(behaviour=FAST)
        event_id = self.schedule("web-a1")
        self.leave(ids["web-a1"])
        self.assertEqual(self.event(event_id)["outcome"], "open")
        self.later(60)
        told = self.event(event_id)
        self.assertEqual(told["outcome"], "moved")
        self.assertEqual(told["seconds_before_date"], 86400 - 60)
        self.assertIn(told["replaced_by"], self.members())

    def test_a_successor_on_a_bad_host_does_not_count_but_its_own_successor_does(self):
        ids = self.group(behaviour=FAST)
        event_id = self.schedule("web-a1")
        self.do("bad_host", group="web", code="instance-stop", not_before="+3d")
        self.leave(ids["web-a1"])
        self.later(60)
        told = self.event(event_id)
        self.assertEqual(told["outcome"], "open")
        self.leave(told["replaced_by"])
        self.later(60)
        self.assertEqual(self.event(event_id)["outcome"], "moved")

    def test_launch_first_counts_as_moved_too(self):
        ids = self.group(behaviour=FAST, maintenance_policy={"min": 100, "max": 150})
        event_id = self.schedule("web-a1")
        self.asg.set_instance_health(
            InstanceId=ids["web-a1"], HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
        )
        self.later(60)
        self.assertEqual(self.event(event_id)["outcome"], "moved")

    def test_terminated_by_hand_or_scaled_in_is_gone(self):
        ids = self.group(behaviour=FAST, min=1)
        by_hand, scaled_in = self.schedule("web-a1"), self.schedule("web-b1")
        self.do("terminate_by_hand", instance="web-a1")
        self.leave(ids["web-b1"], ShouldDecrementDesiredCapacity=True)
        self.later(200)
        self.assertEqual(self.event(by_hand)["outcome"], "gone")
        self.assertEqual(self.event(scaled_in)["outcome"], "gone")

    def test_the_largest_number_out_at_once_is_kept_per_group_zone_and_set(self):
        for name in ("one", "two"):
            self.group(
                name,
                instance_tags={"reberth:replica-set": "set-{n}"},
                behaviour=FAST | {"ready_after_seconds": 100},
            )
        self.do("terminate_by_hand", instance="one-a1")
        self.later(159)
        self.do("terminate_by_hand", instance="two-a1")
        self.later(1000)
        truth = self.do("truth")
        self.assertEqual(truth["groups"]["one"]["largest_out_at_once"], 1)
        self.assertEqual(truth["groups"]["one"]["by_zone"], {"us-west-2a": 1})
        self.assertEqual(truth["replica_sets"]["set-1"]["largest_out_at_once"], 2)
        self.assertEqual(truth["replica_sets"]["set-1"]["of"], 6)

    def test_a_place_is_free_again_once_its_successor_is_ready(self):
        self.group(behaviour=FAST | {"ready_after_seconds": 100})
        self.do("terminate_by_hand", instance="web-a1")
        self.later(160)
        self.do("terminate_by_hand", instance="web-b1")
        self.later(1000)
        self.assertEqual(self.do("truth")["groups"]["web"]["largest_out_at_once"], 1)
