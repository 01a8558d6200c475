"""What a deployment may not do is found in the change set, whatever AWS calls it."""

import unittest
from pathlib import Path
from types import SimpleNamespace

import boto3
from botocore.stub import Stubber

import changes
from account import Refusal

# As DescribeChangeSet gives them (CloudFormation API reference, ResourceChange, read 2026-11).
TABLE = {
    "Action": "Modify",
    "LogicalResourceId": "LedgerTable",
    "PhysicalResourceId": "reberth-LedgerTable-1ABCDEFGHIJKL",
    "ResourceType": "AWS::DynamoDB::Table",
    "Replacement": "True",
    "Scope": ["Properties"],
    "Details": [
        {
            "Target": {"Attribute": "Properties", "Name": "KeySchema"},
            "Evaluation": "Static",
            "ChangeSource": "DirectModification",
        },
        {"Target": {"Attribute": "Tags"}, "Evaluation": "Static"},
    ],
}


class Reading(unittest.TestCase):
    """The change set as AWS tells of it; the stub holds each answer against AWS's own model."""

    def test_every_page_is_read(self):
        client = boto3.client(
            "cloudformation", "eu-west-1", aws_access_key_id="none", aws_secret_access_key="none"
        )
        parameter = {"ParameterKey": "KillSwitch", "ParameterValue": "off"}
        other = TABLE | {"LogicalResourceId": "Other"}
        first = {"Changes": [{"ResourceChange": TABLE}], "Parameters": [parameter]}
        second = {"Changes": [{"Type": "Resource", "ResourceChange": other}]}
        arn = "arn:aws:cloudformation:eu-west-1:123456789012:changeSet/one/1"
        with Stubber(client) as stub:
            asked = {"ChangeSetName": arn}
            stub.add_response("describe_change_set", first | {"NextToken": "2"}, asked)
            stub.add_response("describe_change_set", second, asked | {"NextToken": "2"})
            change_set = changes.read(SimpleNamespace(cloudformation=client), arn)
            stub.assert_no_pending_responses()
        self.assertEqual([change.name for change in change_set.changes], ["LedgerTable", "Other"])
        self.assertEqual(change_set.parameters, {"KillSwitch": "off"})

    def test_a_change_names_the_properties_and_the_attributes(self):
        self.assertEqual(changes.change_of(TABLE).what, ("KeySchema", "Tags"))

    def test_an_addition_has_neither_replacement_nor_details(self):
        queue = {"Action": "Add", "LogicalResourceId": "Queue", "ResourceType": "AWS::SQS::Queue"}
        self.assertFalse(changes.change_of(queue).loses)


class Sam(unittest.TestCase):
    """How `sam deploy` ends, in lines as version 1.170.0 wrote them."""

    INFO = '{"type": "info", "managed_s3_bucket": "aws-sam-cli-managed-default-1"}'

    def result(self, last):
        return changes.result_of(f"{self.INFO}\n{last}\n\tFile with same data already exists\n")

    def test_a_change_set_is_found_and_none_is_no_failure(self):
        made = '{"type": "result", "status": "changeset_created", "changeset_id": "arn:1"}'
        self.assertEqual(self.result(made)["changeset_id"], "arn:1")
        none = '{"type": "result", "status": "no_changes", "message": "No changes to deploy."}'
        self.assertNotIn("changeset_id", self.result(none))

    def test_a_failure_is_told_in_its_words(self):
        failed = (
            '{"type": "result", "status": "failure", "error": {"type": "ChangeSetError", '
            '"message": "Parameter AllowedGroups must be group names", "resources": null}}'
        )
        with self.assertRaisesRegex(Refusal, "^sam deploy: Parameter AllowedGroups must be"):
            self.result(failed)

    def test_what_is_no_end_is_told_whole(self):
        for said in ("Error: No such option: --stack", self.INFO, ""):
            with self.subTest(said), self.assertRaisesRegex(Refusal, f"sam deploy: {said}"):
                changes.result_of(said)


class Ledger(unittest.TestCase):
    """The ledger is neither replaced nor removed."""

    def refusal(self, **fields):
        """Why the table may not change like this; empty where it may."""
        return "\n".join(changes.refusals([changes.change_of(TABLE | fields)]))

    def test_a_replacement_is_refused_with_its_cause(self):
        self.assertIn("replace LedgerTable (KeySchema, Tags)", self.refusal())

    def test_what_may_become_a_replacement_is_refused_too(self):
        self.assertIn("replace LedgerTable", self.refusal(Replacement="Conditional"))

    def test_a_removal_is_refused(self):
        self.assertIn("remove LedgerTable", self.refusal(Action="Remove", Replacement="False"))

    def test_a_table_that_nobody_can_judge_yet_is_refused(self):
        self.assertTrue(self.refusal(Action="Dynamic", Replacement="False"))

    def test_another_setting_of_the_table_is_a_change_like_others(self):
        self.assertFalse(self.refusal(Replacement="False"))

    def test_a_new_table_is_a_change_like_others(self):
        self.assertFalse(self.refusal(Action="Add", Replacement="False"))

    def test_a_queue_may_be_replaced(self):
        self.assertFalse(self.refusal(ResourceType="AWS::SQS::Queue"))


class Parameters(unittest.TestCase):
    """PARAMETERS, as somebody types them."""

    def test_pairs_are_split_as_a_shell_splits_them(self):
        words = "MaximumMode=observe 'AllowedGroups=web a,store-*' NoticesEmail="
        self.assertEqual(
            changes.parameters_of(words),
            {"MaximumMode": "observe", "AllowedGroups": "web a,store-*", "NoticesEmail": ""},
        )

    def test_what_is_no_pair_is_refused_by_name(self):
        for words in ("MaximumMode", "=observe", "Maximum-Mode=observe", "'MaximumMode=observe"):
            with self.subTest(words), self.assertRaisesRegex(Refusal, "PARAMETERS"):
                changes.parameters_of(words)

    def test_a_parameter_that_the_template_lacks_is_refused(self):
        template = Path(changes.__file__).parents[1] / "template.yaml"
        changes.check_names(template, {"MaximumMode": "observe"})
        with self.assertRaisesRegex(Refusal, "has no MaximumMod. It has MaximumMode, KillSwitch"):
            changes.check_names(template, {"MaximumMod": "observe"})


if __name__ == "__main__":
    unittest.main()
