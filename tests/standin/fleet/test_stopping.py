"""Stop, start and reboot: hosts, room for a start, reservations, applications and their data."""

from botocore.exceptions import ClientError

from .fixture import FAST, START, FleetTest


class StoppingTest(FleetTest):
    def stop(self, instance_id):
        self.ec2.stop_instances(InstanceIds=[instance_id])
        self.later(60)

    def start(self, instance_id):
        self.ec2.start_instances(InstanceIds=[instance_id])

    def tags(self, instance_id):
        return {tag["Key"]: tag["Value"] for tag in self.shown(instance_id).get("Tags", [])}


class HostTest(StoppingTest):
    def test_a_start_is_on_another_host_with_new_checks_and_a_new_launch_time(self):
        lone = self.instance()
        self.do("behaviour", group="standalone", description_lag_seconds=4200)
        self.schedule("lone")
        self.stop(lone)
        self.start(lone)
        self.later(60)
        self.assertEqual(self.shown(lone)["LaunchTime"], self.at(60))
        status = self.ec2.describe_instance_status(InstanceIds=[lone])["InstanceStatuses"][0]
        self.assertEqual(status["SystemStatus"]["Status"], "initializing")
        self.later(4199)
        self.assertFalse(self.events_shown(lone)[0].startswith("["))
        self.later(1)
        self.assertTrue(self.events_shown(lone)[0].startswith("[Completed]"))

    def test_what_cannot_be_stopped_says_why(self):
        refusals = {
            "protected": ("OperationNotPermitted", {"stop_protected": True}),
            "spot": ("UnsupportedOperation", {"lifecycle": "spot"}),
            "store": ("UnsupportedOperation", {"root_device": "instance-store"}),
        }
        for name, (code, plan) in refusals.items():
            lone = self.instance(name, **plan)
            with self.refused(code):
                self.ec2.stop_instances(InstanceIds=[lone])
            self.assertEqual(self.state(lone), "running")

    def test_stop_protection_and_whose_address_it_is_can_be_asked(self):
        plans = {
            "lent": ({"public_address": True}, "amazon"),
            "own": ({"elastic_address": True, "stop_protected": True}, "123456789012"),
        }
        for name, (plan, owner) in plans.items():
            lone = self.instance(name, **plan)
            (interface,) = self.shown(lone)["NetworkInterfaces"]
            self.assertEqual(interface["Association"]["IpOwnerId"], owner)
            answer = self.ec2.describe_instance_attribute(
                InstanceId=lone, Attribute="disableApiStop"
            )
            self.assertEqual(answer["DisableApiStop"]["Value"], name == "own")
        self.assertEqual(self.shown(lone)["PlatformDetails"], "Linux/UNIX")

    def test_a_tag_can_be_set_found_and_removed_even_on_a_stopped_instance(self):
        lone = self.instance()
        self.stop(lone)
        self.ec2.create_tags(Resources=[lone], Tags=[{"Key": "reberth:incident", "Value": "e"}])
        by_key = [{"Name": "tag-key", "Values": ["reberth:incident"]}]
        found = self.ec2.describe_instances(Filters=by_key)["Reservations"]
        self.assertEqual(found[0]["Instances"][0]["InstanceId"], lone)
        self.ec2.delete_tags(Resources=[lone], Tags=[{"Key": "reberth:incident"}])
        self.assertEqual(self.ec2.describe_instances(Filters=by_key)["Reservations"], [])


class RoomTest(StoppingTest):
    def test_without_room_a_start_fails_as_often_or_as_long_as_told(self):
        lone = self.instance()
        self.stop(lone)
        self.do("no_capacity", instance="lone", times=2)
        for _ in range(2):
            with self.refused("InsufficientInstanceCapacity"):
                self.start(lone)
        self.do("no_capacity", instance="lone", until="+10m")
        self.later(599)
        with self.assertRaises(ClientError) as caught:
            self.start(lone)
        status = caught.exception.response["ResponseMetadata"]["HTTPStatusCode"]
        self.assertEqual((status, self.state(lone)), (500, "stopped"))
        self.later(1)
        self.start(lone)
        self.assertEqual(self.state(lone), "pending")

    def test_seconds_without_room_count_from_the_first_start_that_fails(self):
        lone = self.instance()
        self.do("no_capacity", instance="lone", seconds=1200)
        self.later(3600)
        self.stop(lone)
        with self.refused("InsufficientInstanceCapacity"):
            self.start(lone)
        self.later(1199)
        with self.refused("InsufficientInstanceCapacity"):
            self.start(lone)
        self.later(1)
        self.start(lone)
        told = [(r["name"], r["action"], r["code"]) for r in self.do("truth")["refusals"]]
        code = "InsufficientInstanceCapacity"
        self.assertEqual(told, [("lone", "StartInstances", code)] * 2)

    def test_an_accepted_start_may_fall_back_to_stopped(self):
        lone = self.instance()
        event_id = self.schedule("lone")
        self.stop(lone)
        self.do("start_fails_later", instance="lone", times=1)
        self.start(lone)
        self.assertEqual(self.state(lone), "pending")
        self.later(60)
        self.assertEqual(self.state(lone), "stopped")
        reason = self.shown(lone)["StateReason"]["Code"]
        self.assertEqual(reason, "Server.InsufficientInstanceCapacity")
        self.assertEqual(self.outcome(event_id), "open")
        self.start(lone)
        self.later(60)
        self.assertEqual(self.outcome(event_id), "moved")

    def reserve(self, **terms):
        terms = {
            "InstanceType": "m7g.large",
            "InstancePlatform": "Linux/UNIX",
            "AvailabilityZone": "us-west-2a",
            "InstanceCount": 1,
            "InstanceMatchCriteria": "open",
        } | terms
        return self.ec2.create_capacity_reservation(**terms)["CapacityReservation"]

    def reservations(self, **asked):
        return self.ec2.describe_capacity_reservations(**asked)["CapacityReservations"]

    def test_a_reservation_made_before_the_stop_keeps_room_for_the_start(self):
        lone = self.instance()
        reserved = self.reserve()
        self.do("no_capacity", instance="lone", until="+1d")
        self.assertEqual(self.reservations()[0]["AvailableInstanceCount"], 0)
        self.stop(lone)
        self.assertEqual(self.reservations()[0]["AvailableInstanceCount"], 1)
        self.start(lone)
        self.later(60)
        self.assertEqual(self.state(lone), "running")
        identifier = reserved["CapacityReservationId"]
        self.ec2.cancel_capacity_reservation(CapacityReservationId=identifier)
        self.assertEqual(self.reservations()[0]["State"], "cancelled")

    def test_an_open_reservation_may_go_to_another_and_a_targeted_one_does_not(self):
        self.instance("other")
        lone = self.instance()
        self.reserve()
        self.do("no_capacity", instance="lone", until="+1d")
        self.stop(lone)
        with self.refused("InsufficientInstanceCapacity"):
            self.start(lone)
        targeted = self.reserve(InstanceMatchCriteria="targeted")["CapacityReservationId"]
        with self.refused("InsufficientInstanceCapacity"):
            self.start(lone)
        self.ec2.modify_instance_capacity_reservation_attributes(
            InstanceId=lone,
            CapacityReservationSpecification={
                "CapacityReservationTarget": {"CapacityReservationId": targeted}
            },
        )
        self.start(lone)

    def test_a_token_makes_one_reservation_however_often_it_is_sent(self):
        tags = [{"ResourceType": "capacity-reservation", "Tags": [{"Key": "a", "Value": "b"}]}]
        first = self.reserve(ClientToken="t", TagSpecifications=tags)
        self.assertEqual(self.reserve(ClientToken="t")["Tags"], [{"Key": "a", "Value": "b"}])
        with self.refused("IdempotentParameterMismatch"):
            self.reserve(ClientToken="t", InstanceCount=2)
        found = self.reservations(
            Filters=[
                {"Name": "tag:a", "Values": ["b"]},
                {"Name": "state", "Values": ["active"]},
            ]
        )
        ids = [reservation["CapacityReservationId"] for reservation in found]
        self.assertEqual(ids, [first["CapacityReservationId"]])

    def test_a_limited_reservation_expires_at_its_end(self):
        with self.refused("InvalidParameterValue"):
            self.reserve(EndDateType="limited")
        self.reserve(EndDateType="limited", EndDate=self.at(3600))
        self.later(3599)
        self.assertEqual(self.reservations()[0]["State"], "active")
        self.later(1)
        self.assertEqual(self.reservations()[0]["State"], "expired")
        self.assertEqual(self.leftovers(), [])

    def test_a_reservation_fails_where_there_is_no_room_for_it(self):
        self.do("no_reservation", instance_type="m7g.large", zone="a", times=1)
        self.reserve(AvailabilityZone="us-west-2b")
        with self.refused("InsufficientInstanceCapacity"):
            self.reserve()
        self.reserve()


class ApplicationTest(StoppingTest):
    def test_the_ready_tag_outlives_a_stop_but_the_application_does_not(self):
        lone = self.instance(behaviour=FAST | {"ready_after_seconds": 600})
        self.stop(lone)
        self.assertEqual(self.tags(lone)["reberth:is-ready"], "true")
        self.ec2.delete_tags(Resources=[lone], Tags=[{"Key": "reberth:is-ready"}])
        self.start(lone)
        self.later(60 + 599)
        self.assertNotIn("reberth:is-ready", self.tags(lone))
        self.assertFalse(self.machine("lone")["serves"])
        self.later(1)
        self.assertEqual(self.tags(lone)["reberth:is-ready"], "true")
        self.assertTrue(self.machine("lone")["serves"])

    def machine(self, name):
        instances = self.do("truth")["instances"]
        return next(instance for instance in instances if instance["name"] == name)

    def test_what_an_earlier_boot_planned_is_void(self):
        lone = self.instance(behaviour=FAST | {"ready_after_seconds": 600, "stop_seconds": 40})
        for _ in range(2):
            self.stop(lone)
            self.start(lone)
            self.later(400)
        self.assertFalse(self.machine("lone")["serves"])
        self.later(260)
        self.assertTrue(self.machine("lone")["serves"])

    def test_a_reboot_by_aws_takes_the_application_down_and_a_blip_does_not(self):
        for name, code in (("rebooted", "instance-reboot"), ("blinked", "system-maintenance")):
            self.instance(name, behaviour=FAST | {"ready_after_seconds": 600})
            self.schedule(name, code, not_before="+10s")
        self.later(10)
        self.assertFalse(self.machine("blinked")["serves"])
        self.later(120)
        self.assertTrue(self.machine("blinked")["serves"])
        self.assertFalse(self.machine("rebooted")["serves"])
        self.later(600)
        self.assertTrue(self.machine("rebooted")["serves"])

    def test_instance_store_data_is_lost_by_whoever_stops_or_terminates(self):
        for name in ("api", "hand", "aws", "kept"):
            self.instance(name, instance_type="i4i.large")
        self.instance("plain")
        self.schedule("aws", not_before="+10s")
        self.schedule("kept", "system-reboot", not_before="+10s")
        for name in ("api", "plain"):
            self.ec2.stop_instances(InstanceIds=[self.machine(name)["id"]])
        self.do("terminate_by_hand", instance="hand")
        self.later(300)
        lost = [(x["name"], x["by"], x["how"]) for x in self.do("truth")["data_lost"]]
        self.assertEqual(
            lost,
            [("api", "api", "stopped"), ("hand", "hand", "terminated"), ("aws", "aws", "stopped")],
        )

    def test_a_replaced_member_loses_its_instance_store_data(self):
        ids = self.group(instance_type="i4i.large", behaviour=FAST)
        self.asg.terminate_instance_in_auto_scaling_group(
            InstanceId=ids["web-a1"], ShouldDecrementDesiredCapacity=False
        )
        self.later(60)
        (lost,) = self.do("truth")["data_lost"]
        self.assertEqual((lost["instance"], lost["by"]), (ids["web-a1"], "api"))


class ReschedulingTest(FleetTest):
    def times(self, instance_id):
        answer = self.ec2.describe_instance_status(InstanceIds=[instance_id])
        return [event["NotBefore"] for event in answer["InstanceStatuses"][0]["Events"]]

    def test_a_new_time_is_shown_after_a_while_and_holds_at_once(self):
        lone = self.instance(behaviour={"reschedule_lag_seconds": 120})
        event_id = self.schedule("lone", not_before_deadline="+7d")
        self.ec2.modify_instance_event_start_time(
            InstanceId=lone, InstanceEventId=event_id, NotBefore=self.at(7200)
        )
        self.later(119)
        self.assertEqual(self.times(lone), [self.at(86400)])
        self.later(1)
        self.assertEqual(self.times(lone), [self.at(7200)])
        self.later(7080)
        self.assertEqual(self.outcome(event_id), "forced")

    def test_ec2_refuses_what_a_scenario_says(self):
        lone = self.instance()
        event_id = self.schedule("lone", not_before_deadline="+7d")
        self.do("refuse_reschedule", instance="lone")
        with self.refused("InstanceEventStartTimeCannotChange"):
            self.ec2.modify_instance_event_start_time(
                InstanceId=lone, InstanceEventId=event_id, NotBefore=START
            )
