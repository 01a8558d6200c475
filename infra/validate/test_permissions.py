"""The checks of permissions find an opening act let loose, and a closing act that is tied."""

import copy
import unittest
from pathlib import Path

import permissions
from source import read

TEMPLATE = read(Path(__file__).resolve().parents[1] / "template.yaml")


class Roles(unittest.TestCase):
    """What opens is narrowed as far as AWS lets it, what closes hangs on nothing of the owner's."""

    def setUp(self):
        self.template = copy.deepcopy(TEMPLATE)
        role = self.template["Resources"]["MaintenanceReconcilerRole"]
        self.policies = role["Properties"]["Policies"]

    def faults(self):
        return list(permissions.check_roles(self.template))

    def policy(self, name):
        """The policy of this name, out of its condition."""
        for _, policy in map(permissions.unwrapped, self.policies):
            if policy["PolicyName"] == name:
                return policy
        raise LookupError(name)

    def statement(self, name, sid):
        """The statement `sid` of the policy `name`."""
        statements = self.policy(name)["PolicyDocument"]["Statement"]
        return next(statement for statement in statements if statement["Sid"] == sid)

    def assert_only(self, fault):
        self.assertEqual([found for found in self.faults() if fault not in found], [])
        self.assertTrue(self.faults(), f"nothing says: {fault}")

    def test_the_template_as_it_is_has_no_fault(self):
        self.assertEqual(self.faults(), [])

    def test_an_opening_act_that_no_switch_takes_away_is_found(self):
        for place, given in enumerate(self.policies):
            self.policies[place] = permissions.unwrapped(given)[1]
        self.assert_only("it opens: put it under !If MayOpen")
        self.assertEqual(len(self.faults()), 11)

    def test_a_closing_act_that_a_switch_takes_away_is_found(self):
        place = self.policies.index(self.policy("Close"))
        self.policies[place] = {"Fn::If": ["MayOpen", self.policies[place], None]}
        self.assert_only("it closes: take it out of !If MayOpen")

    def test_a_closing_act_that_hangs_on_the_opt_in_is_found(self):
        opted_in = {"StringEqualsIgnoreCase": {permissions.MODE: ["approve", "enforce"]}}
        self.statement("Close", "Groups")["Condition"] = opted_in
        self.assert_only("autoscaling:ExitStandby: narrowed by")

    def test_a_stop_of_what_cannot_be_started_again_is_found(self):
        del self.statement("Open", "StopMembers")["Condition"]["StringLike"][permissions.MARK]
        self.assert_only("ec2:StopInstances: narrowed by")

    def test_a_role_that_can_write_policy_tags_is_found(self):
        keys = self.statement("Open", "Mark")["Condition"]["ForAllValues:StringEquals"]
        keys["aws:TagKeys"].append("reberth:mode")
        self.assert_only("ec2:CreateTags: aws:TagKeys: must be exactly")

    def test_a_role_that_can_delete_every_tag_is_found(self):
        del self.statement("Close", "Unmark")["Condition"]["Null"]
        self.assert_only("ec2:DeleteTags: aws:TagKeys: must be exactly")

    def test_a_command_whose_document_and_instances_share_a_statement_is_found(self):
        documents = self.statement("Ask", "Documents")
        instances = self.statement("Ask", "Instances")
        documents["Resource"] = [documents["Resource"], instances["Resource"]]
        self.assert_only("ssm:SendCommand: Resource: documents in one statement")

    def test_an_act_on_anything_anywhere_is_found(self):
        everywhere = {"Fn::Sub": "arn:${AWS::Partition}:ec2:*:*:instance/*"}
        for resource in ("*", everywhere):
            self.statement("Close", "Start")["Resource"] = resource
            self.assert_only("ec2:StartInstances: Resource")

    def test_what_a_role_may_do_by_exception_is_found(self):
        statement = self.statement("Close", "Start")
        statement["NotAction"] = statement.pop("Action")
        self.assert_only("a statement without Action or Resource")

    def test_permissions_that_stand_elsewhere_are_found(self):
        resources = self.template["Resources"]
        role = resources["MaintenanceReconcilerRole"]["Properties"]
        role["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/AdministratorAccess"]
        self.assert_only("MaintenanceReconcilerRole.ManagedPolicyArns")
        del role["ManagedPolicyArns"]
        resources["More"] = {"Type": "AWS::IAM::Policy", "Properties": {}}
        self.assert_only("More: put it into Policies of the role")
        del resources["More"]
        del resources["MaintenanceReconcilerFunction"]["Properties"]["Role"]
        self.assert_only("MaintenanceReconcilerFunction.Role")

    def test_a_role_in_which_others_may_act_is_found(self):
        role = self.template["Resources"]["MaintenanceReconcilerRole"]["Properties"]
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        account = {"AWS": {"Ref": "AWS::AccountId"}}
        for principal in ("*", account, {"Service": "ec2.amazonaws.com"}):
            statement["Principal"] = principal
            self.assert_only("MaintenanceReconcilerRole.AssumeRolePolicyDocument: let one of")

    def test_a_scheduler_of_another_account_is_found(self):
        role = self.template["Resources"]["MaintenanceSweepScheduleRole"]["Properties"]
        [statement] = role["AssumeRolePolicyDocument"]["Statement"]
        del statement["Condition"]["StringEquals"]
        self.assert_only("MaintenanceSweepScheduleRole.AssumeRolePolicyDocument: allow sts:")

    def test_an_act_of_which_nobody_said_what_it_is_is_found(self):
        self.statement("Close", "Start")["Action"] = "ec2:TerminateInstances"
        self.assert_only("ec2:TerminateInstances: say in permissions.py")


if __name__ == "__main__":
    unittest.main()
