"""Alarms and Run Command: what applications and their owners signal."""

import unittest
from datetime import UTC, datetime
from unittest import mock

from . import cbor
from .fixture import FAST, FleetTest


class CborTest(unittest.TestCase):
    def test_what_is_written_is_read(self):
        value = {
            "text": "x" * 300,
            "numbers": [0, 23, 24, 255, 256, 65536, 1 << 40, -1, -500, 1.5],
            "flags": [True, False, None],
            "bytes": b"\x00\xff",
            "at": datetime(2026, 12, 1, 8, tzinfo=UTC),
        }
        self.assertEqual(cbor.loads(cbor.dumps(value)), value)

    def test_maps_lists_and_texts_without_a_length_are_read(self):
        data = bytes.fromhex("bf 61 61 9f 01 02 ff 61 62 7f 61 78 61 79 ff ff")
        self.assertEqual(cbor.loads(data), {"a": [1, 2], "b": "xy"})

    def test_a_request_of_the_aws_sdk_for_rust_is_read(self):
        data = bytes.fromhex(
            "bf6a416c61726d4e616d65738264736c6f7764626f74686a416c61726d5479706573826b4d6574726963"
            "416c61726d6e436f6d706f73697465416c61726dff"
        )
        asked = {"AlarmNames": ["slow", "both"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        self.assertEqual(cbor.loads(data), asked)

    def test_what_ends_early_or_late_is_refused(self):
        for data in ("", "a1", "bf", "1a00", "0000"):
            with self.assertRaises(cbor.Malformed):
                cbor.loads(bytes.fromhex(data))


class AlarmTest(FleetTest):
    def setUp(self):
        super().setUp()
        # boto3 would rather speak JSON to CloudWatch, the AWS SDK for Rust speaks only CBOR.
        protocols = "botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS"
        with mock.patch(protocols, ("smithy-rpc-v2-cbor",)):
            self.cloudwatch = self.server.client("cloudwatch")

    def alarms(self, **asked):
        answer = self.cloudwatch.describe_alarms(**asked)
        return {
            kind: {a["AlarmName"]: a["StateValue"] for a in answer[kind]}
            for kind in ("MetricAlarms", "CompositeAlarms")
        }

    def test_alarms_are_in_the_state_they_were_given(self):
        self.do("alarm", name="slow", state="OK")
        self.do("alarm", name="down", state="INSUFFICIENT_DATA")
        self.do("alarm", name="both", state="OK", composite=True)
        self.later(60)
        self.do("alarm", name="slow", state="ALARM")
        self.do("alarm", name="down", state="INSUFFICIENT_DATA")
        self.assertEqual(
            self.alarms(AlarmNames=["slow", "both"], AlarmTypes=["MetricAlarm", "CompositeAlarm"]),
            {"MetricAlarms": {"slow": "ALARM"}, "CompositeAlarms": {"both": "OK"}},
        )
        self.assertEqual(self.alarms(AlarmNames=["both"])["CompositeAlarms"], {})
        shown = self.cloudwatch.describe_alarms()["MetricAlarms"]
        updated = [alarm["StateUpdatedTimestamp"] for alarm in shown]
        self.assertEqual(updated, [self.at(60), self.at(0)])

    def test_an_alarm_may_follow_the_applications_of_a_group(self):
        ids = self.group(behaviour=FAST | {"ready_after_seconds": 600})
        self.do("alarm", name="syncing", follows="web")
        self.do("terminate_by_hand", instance="web-a1")
        seen = []
        for seconds in (59, 1, 600):
            self.later(seconds)
            seen.append(self.alarms()["MetricAlarms"]["syncing"])
        self.assertEqual(seen, ["OK", "ALARM", "OK"])
        self.do("alarm", name="one", follows=ids["web-b1"])
        self.ec2.reboot_instances(InstanceIds=[ids["web-b1"]])
        self.assertEqual(self.alarms()["MetricAlarms"]["one"], "ALARM")

    def test_alarms_come_in_pages(self):
        for n in range(5):
            self.do("alarm", name=f"a{n}", state="OK")
        pages = self.cloudwatch.get_paginator("describe_alarms")
        pages = list(pages.paginate(PaginationConfig={"PageSize": 2}))
        self.assertEqual([len(page["MetricAlarms"]) for page in pages], [2, 2, 1])

    def test_faults_speak_the_protocol_and_the_log_names_the_call(self):
        for command, code in (("throttle", "Throttling"), ("deny", "AccessDenied")):
            self.do(command, action="DescribeAlarms", count=1)
            with self.refused(code):
                self.alarms()
        with self.refused("InvalidAction"):
            self.cloudwatch.describe_alarm_history()
        self.do("alarm", name="slow", state="OK")
        self.do("stale", action="DescribeAlarms", seconds_behind=30, for_seconds=60)
        self.do("alarm", name="slow", state="ALARM")
        self.later(29)
        self.assertEqual(self.alarms(AlarmNames=["slow"])["MetricAlarms"], {"slow": "OK"})
        entry = self.do("calls")["entries"][-1]
        self.assertEqual((entry["service"], entry["action"]), ("monitoring", "DescribeAlarms"))
        self.assertEqual(entry["params"], {"AlarmNames.1": "slow"})


class CommandTest(FleetTest):
    def setUp(self):
        super().setUp()
        self.ssm = self.server.client("ssm")

    def send(self, instance_id, document="is-ready"):
        answer = self.ssm.send_command(DocumentName=document, InstanceIds=[instance_id])
        return answer["Command"]["CommandId"]

    def status(self, command_id, instance_id):
        answer = self.ssm.get_command_invocation(CommandId=command_id, InstanceId=instance_id)
        return answer["Status"]

    def test_an_invocation_is_seen_late_waits_runs_and_ends(self):
        lone = self.instance()
        command_id = self.send(lone)
        with self.refused("InvocationDoesNotExist"):
            self.status(command_id, lone)
        seen = []
        for seconds in (2, 2, 6):
            self.later(seconds)
            seen.append(self.status(command_id, lone))
        self.assertEqual(seen, ["Pending", "InProgress", "Success"])
        with self.refused("InvalidCommandId"):
            self.status("00000000-0000-0000-0000-000000000000", lone)

    def test_a_document_fails_until_the_application_is_ready(self):
        lone = self.instance(behaviour=FAST | {"ready_after_seconds": 600})
        self.ec2.reboot_instances(InstanceIds=[lone])
        self.later(120)
        for expected in ("Failed", "Success"):
            command_id = self.send(lone)
            self.later(10)
            self.assertEqual(self.status(command_id, lone), expected)
            self.later(600)

    def test_what_a_document_finds_can_be_told(self):
        lone = self.instance()
        self.do("document", name="is-ready", finds="failure")
        self.do("document", name="is-ready", finds="success", instance="lone")
        self.do("document", name="lost", finds="missing")
        other = self.instance("other")
        commands = {lone: self.send(lone), other: self.send(other)}
        self.later(10)
        found = [self.status(command_id, i) for i, command_id in commands.items()]
        self.assertEqual(found, ["Success", "Failed"])
        with self.refused("InvalidDocument"):
            self.send(lone, "lost")

    def test_faults_are_in_the_words_of_systems_manager(self):
        lone = self.instance()
        faults = {"throttle": "ThrottlingException", "deny": "AccessDeniedException"}
        for command, code in (faults | {"server_error": "InternalServerError"}).items():
            self.do(command, action="SendCommand", count=1)
            with self.refused(code):
                self.send(lone)

    def test_a_command_reaches_running_instances_only(self):
        lone = self.instance()
        command_id = self.send(lone)
        self.ec2.stop_instances(InstanceIds=[lone])
        self.later(60)
        self.assertEqual(self.status(command_id, lone), "InProgress")
        with self.refused("InvalidInstanceId"):
            self.send(lone)
        entry = self.do("calls")["entries"][-1]
        self.assertEqual((entry["action"], entry["ids"]), ("SendCommand", [lone]))
