"""The account of truth: outcomes, who was out at once and by whose hand, data lost, leftovers."""

from .fixture import FAST, FleetTest


class OutcomeTest(FleetTest):
    def leave(self, instance_id, **how):
        self.asg.terminate_instance_in_auto_scaling_group(
            InstanceId=instance_id, **({"ShouldDecrementDesiredCapacity": False} | how)
        )

    def test_moved_means_the_successor_serves(self):
        ids = self.group(behaviour=FAST)
        event_id = self.schedule("web-a1")
        self.leave(ids["web-a1"])
        self.assertEqual(self.outcome(event_id), "open")
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
        self.assertEqual(self.outcome(event_id), "moved")

    def test_launch_first_counts_as_moved_too(self):
        ids = self.group(behaviour=FAST, maintenance_policy={"min": 100, "max": 150})
        event_id = self.schedule("web-a1")
        self.asg.set_instance_health(
            InstanceId=ids["web-a1"], HealthStatus="Unhealthy", ShouldRespectGracePeriod=False
        )
        self.later(60)
        self.assertEqual(self.outcome(event_id), "moved")

    def test_terminated_by_hand_or_scaled_in_is_gone(self):
        ids = self.group(behaviour=FAST, min=1)
        by_hand, scaled_in = self.schedule("web-a1"), self.schedule("web-b1")
        self.do("terminate_by_hand", instance="web-a1")
        self.leave(ids["web-b1"], ShouldDecrementDesiredCapacity=True)
        self.later(200)
        self.assertEqual(self.outcome(by_hand), "gone")
        self.assertEqual(self.outcome(scaled_in), "gone")

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


class SetAsideTest(FleetTest):
    def deregister(self, instance_id):
        self.elb.deregister_targets(TargetGroupArn=self.arn(), Targets=[{"Id": instance_id}])

    def arn(self):
        return self.elb.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]

    def register(self, instance_id):
        self.elb.register_targets(TargetGroupArn=self.arn(), Targets=[{"Id": instance_id}])

    def stop_and_start(self, instance_id):
        self.ec2.stop_instances(InstanceIds=[instance_id])
        self.later(40)
        self.ec2.start_instances(InstanceIds=[instance_id])
        self.later(60)

    def test_stopped_and_started_is_moved_once_it_is_registered_again(self):
        lone = self.instance(target_group="api")
        event_id = self.schedule("lone")
        self.deregister(lone)
        self.later(30)
        self.stop_and_start(lone)
        self.assertEqual(self.outcome(event_id), "open")
        self.assertEqual(self.leftovers(), [("deregistered", "lone", "api")])
        self.register(lone)
        told = self.event(event_id)
        self.assertEqual((told["outcome"], told["seconds_before_date"]), ("moved", 86400 - 130))
        self.assertEqual(self.leftovers(), [])
        (outage,) = self.do("truth")["outages"]
        self.assertEqual((outage["name"], outage["by"]), ("lone", "api"))
        self.assertEqual(outage["from"], "2026-12-01T08:00:00Z")
        self.assertEqual(outage["to"], "2026-12-01T08:02:10Z")

    def test_stopped_and_started_onto_a_doomed_host_is_open(self):
        lone = self.instance()
        event_id = self.schedule("lone")
        self.stop_and_start(lone)
        self.assertEqual(self.outcome(event_id), "moved")
        self.schedule("lone")
        self.assertEqual(self.outcome(event_id), "open")

    def test_a_member_is_stopped_and_started_in_standby(self):
        ids = self.group(behaviour=FAST)
        event_id = self.schedule("web-a1")
        member = ids["web-a1"]
        self.asg.enter_standby(
            AutoScalingGroupName="web", InstanceIds=[member], ShouldDecrementDesiredCapacity=True
        )
        self.later(10)
        self.stop_and_start(member)
        self.assertEqual(self.outcome(event_id), "open")
        self.assertEqual(
            self.leftovers(), [("standby", "web-a1", "api"), ("desired", "web", None)]
        )
        self.asg.exit_standby(AutoScalingGroupName="web", InstanceIds=[member])
        self.later(10)
        self.assertEqual(self.outcome(event_id), "moved")
        self.assertEqual(self.leftovers(), [])

    def test_an_outage_is_of_a_place_and_ends_with_its_successor(self):
        ids = self.group(behaviour=FAST, instance_tags={"reberth:replica-set": "set-{n}"})
        self.asg.terminate_instance_in_auto_scaling_group(
            InstanceId=ids["web-b1"], ShouldDecrementDesiredCapacity=False
        )
        self.later(60)
        (outage,) = self.do("truth")["outages"]
        self.assertEqual((outage["instance"], outage["replica_set"]), (ids["web-b1"], "set-1"))
        self.assertEqual((outage["by"], outage["to"]), ("api", "2026-12-01T08:01:00Z"))
        self.schedule("web-a1", not_before="+10s")
        self.later(10)
        self.assertEqual(self.do("truth")["outages"][1]["by"], "auto-scaling")

    def test_stopped_in_service_a_member_is_replaced(self):
        ids = self.group(behaviour=FAST)
        event_id = self.schedule("web-a1")
        self.ec2.stop_instances(InstanceIds=[ids["web-a1"]])
        self.later(100)
        self.assertNotIn(ids["web-a1"], self.members())
        self.assertEqual(self.outcome(event_id), "gone")

    def test_deregistered_while_aws_reboots_is_ridden_once_it_is_back(self):
        lone = self.instance(target_group="api")
        event_id = self.schedule("lone", "instance-reboot", not_before="+1m")
        self.deregister(lone)
        self.later(60 + 120)
        self.assertEqual(self.outcome(event_id), "open")
        self.register(lone)
        self.assertEqual(self.outcome(event_id), "ridden")

    def test_in_only_one_of_its_target_groups_is_in_service_when_aws_acts(self):
        lone = self.instance(target_groups={"api": [], "admin": []})
        event_id = self.schedule("lone", "instance-reboot", not_before="+1m")
        self.deregister(lone)
        self.later(60)
        self.assertEqual(self.outcome(event_id), "forced")

    def test_what_aws_stops_in_standby_ends_all_its_events_and_is_ridden(self):
        ids = self.group(behaviour=FAST)
        member = ids["web-a1"]
        events = [
            self.schedule("web-a1", not_before="+1m"),
            self.schedule("web-a1", "system-reboot"),
        ]
        self.asg.enter_standby(
            AutoScalingGroupName="web", InstanceIds=[member], ShouldDecrementDesiredCapacity=True
        )
        self.later(120)
        self.assertEqual(self.state(member), "stopped")
        self.ec2.start_instances(InstanceIds=[member])
        self.later(60)
        self.asg.exit_standby(AutoScalingGroupName="web", InstanceIds=[member])
        self.later(10)
        self.assertEqual([self.outcome(event_id) for event_id in events], ["ridden"] * 2)

    def test_stopped_over_the_date_is_moved_when_it_runs_again(self):
        lone = self.instance()
        event_id = self.schedule("lone", not_before="+1m")
        self.ec2.stop_instances(InstanceIds=[lone])
        self.later(3600)
        self.assertEqual(self.outcome(event_id), "open")
        self.assertEqual(self.leftovers(), [("stopped", "lone", "api")])
        self.ec2.start_instances(InstanceIds=[lone])
        self.later(60)
        self.assertEqual(self.outcome(event_id), "moved")


    def test_aws_finds_nothing_to_act_upon_while_a_start_is_under_way(self):
        lone = self.instance()
        event_id = self.schedule("lone", not_before="+70s")
        self.stop_and_start(lone)
        self.assertEqual(self.outcome(event_id), "moved")
        self.later(600)
        self.assertEqual((self.state(lone), self.outcome(event_id)), ("running", "moved"))


class LeftoversTest(FleetTest):
    def test_tags_and_reservations_that_nobody_took_back_are_left_over(self):
        lone = self.instance()
        self.ec2.create_tags(Resources=[lone], Tags=[{"Key": "reberth:incident", "Value": "e"}])
        reserved = self.ec2.create_capacity_reservation(
            InstanceType="m7g.large",
            InstancePlatform="Linux/UNIX",
            AvailabilityZone="us-west-2a",
            InstanceCount=1,
        )["CapacityReservation"]["CapacityReservationId"]
        self.assertEqual(
            self.leftovers(), [("incident_tag", "lone", "api"), ("reservation", reserved, "api")]
        )

    def test_whose_hand_stopped_it_is_told(self):
        self.instance()
        self.do("stop_by_hand", instance="lone")
        self.assertEqual(self.leftovers(), [("stopped", "lone", "hand")])
        self.later(60)
        self.do("start_by_hand", instance="lone")
        self.later(60)
        self.assertEqual(self.leftovers(), [])

    def test_an_answer_may_be_lost_although_the_act_was_done(self):
        lone = self.instance()
        self.do("lose_answers", action="StopInstances", count=1)
        with self.refused("InternalError"):
            self.ec2.stop_instances(InstanceIds=[lone])
        self.assertEqual(self.state(lone), "stopping")
