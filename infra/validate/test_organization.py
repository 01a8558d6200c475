"""The check finds what an organization's key or boundary does not reach."""

import copy
import unittest
from pathlib import Path

import organization
from source import read

TEMPLATE = read(Path(__file__).resolve().parents[1] / "template.yaml")


class Organization(unittest.TestCase):
    """A key for all that is stored but the topic; a boundary for every role."""

    def setUp(self):
        self.template = copy.deepcopy(TEMPLATE)

    def faults_without(self, name, *path):
        """The faults when the property at `path` of a resource is gone."""
        properties = self.template["Resources"][name]["Properties"]
        for part in path[:-1]:
            properties = properties[part]
        del properties[path[-1]]
        return list(organization.check_organization(self.template))

    def test_the_template_as_it_is_has_no_fault(self):
        self.assertEqual(list(organization.check_organization(self.template)), [])

    def test_a_role_without_the_boundary_is_found(self):
        faults = self.faults_without("MaintenanceSweepScheduleRole", "PermissionsBoundary")
        self.assertEqual(len(faults), 1)
        self.assertIn("MaintenanceSweepScheduleRole.PermissionsBoundary", faults[0])

    def test_a_queue_without_its_own_encryption_is_found(self):
        faults = self.faults_without("HealthEventRouterQueue", "SqsManagedSseEnabled")
        self.assertIn("HealthEventRouterQueue.SqsManagedSseEnabled", faults[0])

    def test_a_ledger_without_the_key_is_found(self):
        faults = self.faults_without("LedgerTable", "SSESpecification", "KMSMasterKeyId")
        self.assertIn("LedgerTable.SSESpecification.KMSMasterKeyId", faults[0])

    def test_leave_to_use_every_key_is_found(self):
        policy = self.template["Resources"]["EncryptionKeyPolicy"]["Properties"]["PolicyDocument"]
        policy["Statement"][1]["Resource"] = "*"
        faults = list(organization.check_organization(self.template))
        self.assertEqual(
            faults, ["EncryptionKeyPolicy.Queues: allow the one key, and only through a service"]
        )

    def test_functions_without_the_key_are_found(self):
        del self.template["Globals"]["Function"]["KmsKeyArn"]
        faults = list(organization.check_organization(self.template))
        self.assertIn("Globals.Function.KmsKeyArn", faults[0])


if __name__ == "__main__":
    unittest.main()
