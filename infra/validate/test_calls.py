"""The check of calls finds what a function may do too much, and what nobody may do."""

import unittest
from pathlib import Path

import calls
from calls import Built
from source import read

TEMPLATE = read(Path(__file__).resolve().parents[1] / "template.yaml")
MODULES = """
mod clock;
pub mod lambda;
#[cfg(feature = "aws-sqs")]
mod sqs;
#[cfg(any(
    feature = "aws-ec2",
    feature = "aws-sqs"
))]
mod paging;
#[cfg(all(feature = "aws-ec2", feature = "aws-sqs"))]
mod take_out;
"""
BUILT = {"reader": Built(frozenset({"dynamodb"}), frozenset({"GetItem", "Query"}))}
WRITER = {"writer": Built(frozenset({"dynamodb", "sqs"}), frozenset({"PutItem", "SendMessage"}))}


class Calls(unittest.TestCase):
    """A permission is of one function, and stands for a call in that function's code."""

    def faults(self, **allowed):
        return list(calls.faults_of(allowed, BUILT | WRITER))

    def test_the_template_as_it_is_has_no_fault(self):
        self.assertEqual(list(calls.check_calls(TEMPLATE)), [])

    def test_what_every_function_needs_is_no_fault(self):
        every = {"dynamodb:GetItem", "dynamodb:Query"}
        self.assertEqual(
            self.faults(reader=every, writer={"dynamodb:PutItem", "sqs:SendMessage"}), []
        )

    def test_what_only_another_function_calls_is_found(self):
        reader = {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"}
        [fault] = self.faults(reader=reader, writer={"dynamodb:PutItem", "sqs:SendMessage"})
        self.assertTrue(fault.startswith("reader: dynamodb:PutItem: allowed"), fault)

    def test_a_call_of_the_same_name_of_another_service_is_found(self):
        every = {"dynamodb:GetItem", "dynamodb:Query"}
        [fault] = self.faults(
            reader=every | {"s3:Query"}, writer={"dynamodb:PutItem", "sqs:SendMessage"}
        )
        self.assertTrue(fault.startswith("reader: s3:Query: allowed"), fault)

    def test_a_call_that_no_role_allows_is_found(self):
        [fault] = self.faults(
            reader={"dynamodb:GetItem", "dynamodb:Query"}, writer={"sqs:SendMessage"}
        )
        self.assertTrue(fault.startswith("PutItem: the adapters call it"), fault)

    def test_adapters_that_name_nothing_are_found(self):
        [fault] = calls.faults_of({"reader": set()}, {"reader": Built(frozenset(), frozenset())})
        self.assertIn("has the form of `classify` changed?", fault)

    def test_a_function_has_the_modules_of_its_features(self):
        def modules(*features):
            return list(calls.modules_with(set(features), MODULES))

        self.assertEqual(modules(), ["clock", "lambda"])
        self.assertEqual(modules("aws-ec2"), ["clock", "lambda", "paging"])
        self.assertEqual(modules("aws-sqs"), ["clock", "lambda", "sqs", "paging"])
        everything = ["clock", "lambda", "sqs", "paging", "take_out"]
        self.assertEqual(modules("aws-ec2", "aws-sqs"), everything)

    def test_the_router_has_no_adapter_of_fleets(self):
        router = calls.built_into("health-event-router")
        self.assertEqual(router.services & {"autoscaling", "ec2", "ssm"}, frozenset())
        self.assertIn("Publish", router.actions)
        self.assertNotIn("StopInstances", router.actions)


if __name__ == "__main__":
    unittest.main()
