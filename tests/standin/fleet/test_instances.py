"""EC2 instances as the API shows them: status, filters, pages, states over time."""

from .fixture import START, FleetTest


class StatusTest(FleetTest):
    def statuses(self, **asked):
        answer = self.ec2.describe_instance_status(**asked)["InstanceStatuses"]
        return {status["InstanceId"]: status for status in answer}

    def test_an_event_is_shown_with_all_its_times(self):
        ids = self.group()
        event_id = self.do(
            "schedule_event",
            instance="web-a1",
            code="system-reboot",
            not_before="+9d",
            not_after="+10d",
            not_before_deadline="+20d",
        )["event_id"]
        (event,) = self.statuses(InstanceIds=[ids["web-a1"]])[ids["web-a1"]]["Events"]
        self.assertEqual(event["InstanceEventId"], event_id)
        self.assertRegex(event_id, "^instance-event-[0-9a-f]{17}$")
        days = [(event[k] - START).days for k in ("NotBefore", "NotAfter", "NotBeforeDeadline")]
        self.assertEqual(days, [9, 10, 20])

    def test_event_filters_find_by_code_id_description_and_time_with_wildcards(self):
        ids = self.group()
        event_id = self.do(
            "schedule_event", instance="web-a1", code="instance-stop", not_before="+9d"
        )["event_id"]
        hits = {
            "event.code": ["instance-st*", "system-reboot"],
            "event.instance-event-id": [event_id],
            "event.description": ["*degraded*"],
            "event.not-before": ["2026-12-10*"],
        }
        for name, values in hits.items():
            found = self.statuses(Filters=[{"Name": name, "Values": values}])
            self.assertEqual(list(found), [ids["web-a1"]], name)
        for name in hits:
            self.assertEqual(self.statuses(Filters=[{"Name": name, "Values": ["no"]}]), {})

    def test_an_unknown_filter_is_an_error(self):
        with self.refused("InvalidParameterValue"):
            self.statuses(Filters=[{"Name": "event.colour", "Values": ["red"]}])

    def test_only_running_instances_unless_all_are_asked_for(self):
        ids = self.group()
        self.asg.terminate_instance_in_auto_scaling_group(
            InstanceId=ids["web-a1"], ShouldDecrementDesiredCapacity=True
        )
        self.assertNotIn(ids["web-a1"], self.statuses())
        self.assertIn(ids["web-a1"], self.statuses(IncludeAllInstances=True))
        self.assertNotIn(ids["web-a1"], self.statuses(InstanceIds=[ids["web-a1"]]))

    def test_one_wrong_id_fails_the_whole_call(self):
        ids = self.group()
        with self.refused("InvalidInstanceID.NotFound"):
            self.statuses(InstanceIds=[ids["web-a1"], "i-00000000000000000"])

    def test_more_than_a_hundred_ids_are_refused(self):
        with self.refused("InvalidParameterValue"):
            self.statuses(InstanceIds=[f"i-{n:017x}" for n in range(101)])

    def test_pages_cover_everything_once_and_not_together_with_ids(self):
        ids = self.group(desired=12, min=12, max=12)
        pages = self.ec2.get_paginator("describe_instance_status")
        pages = list(pages.paginate(PaginationConfig={"PageSize": 5}))
        seen = [s["InstanceId"] for page in pages for s in page["InstanceStatuses"]]
        self.assertEqual(([len(p["InstanceStatuses"]) for p in pages]), [5, 5, 2])
        self.assertEqual(sorted(seen), sorted(ids.values()))
        with self.refused("InvalidParameterCombination"):
            self.statuses(MaxResults=5, InstanceIds=[ids["web-a1"]])
        with self.refused("InvalidParameterValue"):
            self.statuses(MaxResults=4)

    def test_checks_initialize_after_a_launch_and_fail_when_impaired(self):
        ids = self.group(behaviour={"launch_seconds": 60, "checks_seconds": 120})
        self.do("terminate_by_hand", instance="web-a1")
        self.later(60)
        (new,) = set(self.members()) - set(ids.values())
        self.assertEqual(self.statuses()[new]["InstanceStatus"]["Status"], "initializing")
        self.later(120)
        self.assertEqual(self.statuses()[new]["SystemStatus"]["Status"], "ok")
        self.do("impair", instance=new)
        found = self.statuses(Filters=[{"Name": "system-status.status", "Values": ["impaired"]}])
        self.assertEqual(list(found), [new])
        self.assertIn("ImpairedSince", found[new]["SystemStatus"]["Details"][0])


class DescribeTest(FleetTest):
    def found(self, **asked):
        pages = self.ec2.get_paginator("describe_instances").paginate(**asked)
        return [i for page in pages for r in page["Reservations"] for i in r["Instances"]]

    def test_filters_by_tag_tag_key_and_state(self):
        ids = self.group(instance_tags={"app": "shop", "reberth:replica-set": "set-{n}"})
        self.do("create_instance", name="lone", tags={"reberth:mode": "observe"})
        by_tag = self.found(Filters=[{"Name": "tag:app", "Values": ["sh*"]}])
        self.assertEqual({i["InstanceId"] for i in by_tag}, set(ids.values()))
        by_key = self.found(Filters=[{"Name": "tag-key", "Values": ["reberth:mode"]}])
        self.assertEqual([_tags(i)["Name"] for i in by_key], ["lone"])
        stopped = self.found(Filters=[{"Name": "instance-state-name", "Values": ["stopped"]}])
        self.assertEqual(stopped, [])

    def test_pages_cover_everything_once(self):
        ids = self.group(desired=11, min=11, max=11)
        found = self.found(PaginationConfig={"PageSize": 5})
        self.assertEqual([i["InstanceId"] for i in found], list(ids.values()))

    def test_a_member_shows_group_tag_template_and_zone(self):
        ids = self.group()
        (instance,) = self.found(InstanceIds=[ids["web-b1"]])
        self.assertEqual(_tags(instance)["aws:autoscaling:groupName"], "web")
        self.assertEqual(_tags(instance)["aws:ec2launchtemplate:version"], "1")
        self.assertEqual(instance["Placement"]["AvailabilityZone"], "us-west-2b")
        self.assertLess(instance["LaunchTime"], START)

    def test_ids_are_the_same_in_every_run(self):
        first = self.group()
        self.server.door.world = self.server.new_world()
        self.assertEqual(self.group(), first)


class StatesTest(FleetTest):
    def test_stop_and_start_take_their_time(self):
        lone = self.instance()
        self.do("behaviour", group="standalone", stop_seconds=40, launch_seconds=60)
        self.ec2.stop_instances(InstanceIds=[lone])
        self.assertEqual(self.state(lone), "stopping")
        with self.refused("IncorrectInstanceState"):
            self.ec2.start_instances(InstanceIds=[lone])
        self.later(40)
        self.assertEqual(self.state(lone), "stopped")
        self.ec2.start_instances(InstanceIds=[lone])
        self.assertEqual(self.state(lone), "pending")
        self.later(60)
        self.assertEqual(self.state(lone), "running")
        states = [letter.entry["Detail"] for letter in self.server.letters]
        told = [s.split('"state": "')[1].rstrip('"}') for s in states]
        self.assertEqual(told, ["stopping", "stopped", "pending", "running"])

    def test_a_protected_instance_is_not_stopped(self):
        lone = self.instance(stop_protected=True)
        with self.refused("OperationNotPermitted"):
            self.ec2.stop_instances(InstanceIds=[lone])

    def test_a_terminated_instance_is_shown_for_an_hour(self):
        lone = self.instance()
        self.ec2.terminate_instances(InstanceIds=[lone])
        self.later(60)
        self.assertEqual(self.state(lone), "terminated")
        self.later(3600)
        with self.refused("InvalidInstanceID.NotFound"):
            self.state(lone)

    def test_what_run_instances_launches_boots_by_the_clock(self):
        subnet = self.ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        new = self.ec2.run_instances(ImageId="ami-1", MinCount=1, MaxCount=1, SubnetId=subnet)
        new = new["Instances"][0]["InstanceId"]
        self.assertEqual(self.state(new), "pending")
        self.later(60)
        self.assertEqual(self.state(new), "running")


def _tags(instance):
    return {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
