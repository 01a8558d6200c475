"""A stack in each of the states in which CloudFormation may leave it."""

import unittest
from types import SimpleNamespace

from botocore.exceptions import ClientError

from account import Refusal
from stack import OUTPUTS, Stack, Watch


class CloudFormation:
    """CloudFormation with one stack in a given status, or with none."""

    def __init__(self, status, outputs=OUTPUTS):
        self.status, self.outputs, self.events = status, outputs, [[]]

    def describe_stacks(self, StackName):
        if self.status is None:
            answer = {"Code": "ValidationError", "Message": f"Stack {StackName} does not exist"}
            raise ClientError({"Error": answer}, "DescribeStacks")
        outputs = [{"OutputKey": key, "OutputValue": "x"} for key in self.outputs]
        return {"Stacks": [{"StackId": "arn:1", "StackStatus": self.status, "Outputs": outputs}]}

    def get_paginator(self, _):
        events = self.events.pop(0) if len(self.events) > 1 else self.events[0]
        return SimpleNamespace(paginate=lambda **_: [{"StackEvents": events}])


def stack(status, name="reberth", outputs=OUTPUTS):
    cloudformation = CloudFormation(status, outputs)
    account = SimpleNamespace(region="eu-west-1", client=lambda _: cloudformation)
    return Stack(account, name)


class States(unittest.TestCase):
    """What may be done with it."""

    def test_a_stack_that_is_not_there_may_be_deployed_and_not_removed(self):
        self.assertFalse(stack(None).must_rest().deployed)
        with self.assertRaisesRegex(Refusal, "is not there in eu-west-1"):
            stack(None).must_be_ours()

    def test_a_stack_in_review_was_never_deployed(self):
        self.assertFalse(stack("REVIEW_IN_PROGRESS").must_rest().deployed)

    def test_a_stack_at_rest_may_be_changed(self):
        for status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"):
            with self.subTest(status):
                self.assertTrue(stack(status).must_rest().must_be_ours().deployed)

    def test_a_stack_that_changes_or_failed_is_left_alone(self):
        for status, words in (
            ("UPDATE_IN_PROGRESS", "wait until that is over"),
            ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "wait until that is over"),
            ("UPDATE_ROLLBACK_FAILED", "events say why"),
            ("ROLLBACK_COMPLETE", "aws cloudformation delete-stack --stack-name reberth"),
        ):
            with self.subTest(status), self.assertRaisesRegex(Refusal, words):
                stack(status).must_rest()

    def test_somebody_elses_stack_is_left_alone(self):
        with self.assertRaisesRegex(Refusal, "is it Reberth's"):
            stack("CREATE_COMPLETE", outputs={"Bucket"}).must_be_ours()

    def test_a_name_that_is_none_is_not_asked_for(self):
        for name in ("", "1", "a b", "a" * 129, "reberth;rm"):
            with self.subTest(name), self.assertRaisesRegex(Refusal, "is no stack name"):
                stack("CREATE_COMPLETE", name)


def event(name, status, of="arn:1"):
    return {"EventId": name, "ResourceStatus": status, "PhysicalResourceId": of}


class Watching(unittest.TestCase):
    """A change is followed to its end."""

    def test_each_event_is_told_once_and_the_end_is_the_stacks_own(self):
        before = event("before", "UPDATE_COMPLETE")
        begun = event("begun", "UPDATE_IN_PROGRESS")
        queue = event("queue", "UPDATE_COMPLETE", of="https://queue")
        cleans = event("cleans", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        end = event("end", "UPDATE_COMPLETE")
        watched = stack("UPDATE_COMPLETE")
        # Newest first, as AWS lists them; at first nothing is to be seen of the change.
        watched.cloudformation.events = [
            [before],
            [before],
            [queue, begun, before],
            [end, cleans, queue, begun, before],
        ]
        told, rests = [], []
        status = Watch(watched, told.append, rests.append).until_it_rests()
        self.assertEqual((status, told), ("UPDATE_COMPLETE", [begun, queue, cleans, end]))
        self.assertEqual(len(rests), 2)

    def test_a_rollback_is_an_end_as_well(self):
        watched = stack("UPDATE_COMPLETE")
        failed = event("failed", "UPDATE_FAILED", of="https://queue")
        back = event("back", "UPDATE_ROLLBACK_COMPLETE")
        watched.cloudformation.events = [[], [back, failed]]
        self.assertEqual(Watch(watched, [].append).until_it_rests(), "UPDATE_ROLLBACK_COMPLETE")


if __name__ == "__main__":
    unittest.main()
