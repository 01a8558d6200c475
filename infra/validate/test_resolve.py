"""What CloudFormation would make of a template is made of it here."""

import unittest

from resolve import ResolveError, resolved

TEMPLATE = {
    "Parameters": {"Key": {"Default": ""}, "Documents": {"Default": "reberth-*"}},
    "Conditions": {
        "HasKey": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Key"}, ""]}]},
        "HasNeither": {"Fn::And": [{"Fn::Not": [{"Condition": "HasKey"}]}, {"Condition": "Never"}]},
        "Never": {"Fn::Equals": ["a", "b"]},
    },
    "Resources": {
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "Key": {"Fn::If": ["HasKey", {"Ref": "Key"}, {"Ref": "AWS::NoValue"}]},
                "Alias": {"Fn::Sub": "alias/${AWS::Region}/${Queue}/${Documents}"},
                "Listed": [
                    {
                        "Fn::If": [
                            "HasKey",
                            {"Fn::GetAtt": ["Queue", "Arn"]},
                            {"Ref": "AWS::NoValue"},
                        ]
                    },
                    {"Fn::Join": [":", ["x", {"Ref": "Topic"}]]},
                ],
            },
        },
        "Role": {"Type": "AWS::IAM::Role", "Condition": "HasKey"},
        "Nobody": {"Type": "AWS::IAM::Role", "Condition": "HasNeither"},
        "Topic": {"Type": "AWS::SNS::Topic"},
    },
}


class Resolve(unittest.TestCase):
    """Values are plain, and what comes to nothing is gone."""

    def test_what_hangs_on_a_parameter_is_gone_without_it(self):
        resources = resolved(TEMPLATE, {})
        self.assertEqual(resources.keys(), {"Queue", "Topic"})
        self.assertEqual(resources["Queue"]["Properties"].keys(), {"Alias", "Listed"})

    def test_what_hangs_on_a_parameter_is_there_with_it(self):
        resources = resolved(TEMPLATE, {"Key": "arn:key"})
        self.assertEqual(resources.keys(), {"Queue", "Role", "Topic"})
        self.assertEqual(resources["Queue"]["Properties"]["Key"], "arn:key")

    def test_references_have_the_form_that_aws_gives_them(self):
        queue = resolved(TEMPLATE, {"Key": "arn:key"})["Queue"]["Properties"]
        self.assertEqual(
            queue["Listed"],
            [
                "arn:aws:sqs:us-east-1:123456789012:reberth-Queue",
                "x:arn:aws:sns:us-east-1:123456789012:reberth-Topic",
            ],
        )
        address = "https://sqs.us-east-1.amazonaws.com/123456789012/reberth-Queue"
        self.assertEqual(queue["Alias"], f"alias/us-east-1/{address}/reberth-*")

    def test_a_name_that_is_nowhere_is_told(self):
        broken = {
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Ref": "Topc"}}}
        }
        with self.assertRaisesRegex(ResolveError, "Topc: neither a parameter nor a resource"):
            resolved(broken, {})

    def test_a_parameter_that_the_template_does_not_have_is_told(self):
        with self.assertRaisesRegex(ResolveError, "Colour: no parameter"):
            resolved(TEMPLATE, {"Colour": "blue"})


if __name__ == "__main__":
    unittest.main()
