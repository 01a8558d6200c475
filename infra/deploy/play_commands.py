"""The three commands, as people run them, against the stand-in of AWS: the built functions as they
are, the real `sam`, change sets, uploads and deletions.

What the stand-in does not play (a failed update, a replacement, a role that is too new) is in the
tests beside this one.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

from standin.serverless.clients import ACCOUNT, REGION, client
from standin.serverless.sweep import Functions
from standin.whole import StandIn

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-validate" / "bin" / "python"
FUNCTIONS = ("health-event-router", "maintenance-reconciler")
OBSERVE, ENFORCE = "MaximumMode=observe", "MaximumMode=enforce"


class Played(unittest.TestCase):
    """Each test has a stand-in of its own, with nothing deployed."""

    def setUp(self):
        self.standin = self.enterContext(StandIn())
        self.root = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.root / "infra").mkdir()
        (self.root / "target" / "package").mkdir(parents=True)
        for name in ("template.yaml", "samconfig.toml"):
            shutil.copy(ROOT / "infra" / name, self.root / "infra")
        for function in FUNCTIONS:
            self.pack(function)

    def pack(self, function, remark=""):
        """Packs a built function; a `remark` behind the program makes it another package."""
        package = self.root / "target" / "package" / f"{function}.zip"
        with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            entry = zipfile.ZipInfo("bootstrap")
            entry.external_attr = 0o100755 << 16
            program = (ROOT / "target" / "release" / function).read_bytes()
            archive.writestr(entry, program + remark.encode(), zipfile.ZIP_DEFLATED)
        return package

    def run_command(self, script, *arguments):
        """Runs one command to its end, with nobody at the keyboard."""
        place = ["--stack", "reberth", "--region", REGION]
        return subprocess.run(
            [PYTHON, ROOT / "infra" / "deploy" / script, *place, *arguments],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
            # Nothing of yours: no profile, no credentials, no region.
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.root),
                "SAM_CLI_TELEMETRY": "0",
                "AWS_ACCESS_KEY_ID": ACCOUNT,
                "AWS_SECRET_ACCESS_KEY": "stand-in",
                "AWS_ENDPOINT_URL": self.standin.serverless,
                "AWS_ENDPOINT_URL_EC2": self.standin.fleet.url,
            },
        )

    def does(self, script, *arguments):
        """What the command says where it comes to its end."""
        done = self.run_command(script, *arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def refuses(self, script, *arguments):
        """Why the command does not do it."""
        done = self.run_command(script, *arguments)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("Not done: ", done.stderr)
        return done.stderr

    def deploy(self, parameters, *more):
        """Deploys from the test's own folder."""
        return self.does("deploy.py", *self.template(), "--parameters", parameters, *more)

    def template(self):
        return "--template", str(self.root / "infra" / "template.yaml")

    def stack(self):
        """The stack as the stand-in has it; None where it is not there."""
        stacks = client("cloudformation", self.standin.serverless).describe_stacks()["Stacks"]
        found = (stack for stack in stacks if stack["StackName"] == "reberth")
        return next((stack for stack in found if stack["StackStatus"] != "DELETE_COMPLETE"), None)

    def outputs(self):
        return {output["OutputKey"]: output["OutputValue"] for output in self.stack()["Outputs"]}

    def sweep(self):
        """Lets the deployed function look at everything, as its schedule does."""
        function = self.outputs()["MaintenanceReconcilerFunction"]
        Functions(self.standin.serverless).invoke(function, '{"reberth":"sweep"}')

    def schedule_an_event(self):
        """One machine that opted in, and an event of AWS's that a stop and start moves it from."""
        fleet = self.standin.fleet
        fleet.do("create_instance", name="db-1", tags={"reberth:mode": "enforce"})
        fleet.do("schedule_event", instance="db-1", code="system-reboot", not_before="+20h")

    def test_a_dry_run_shows_everything_and_leaves_nothing(self):
        said = self.deploy("AllowedGroups=web,store-*", "--dry-run")
        for words in (
            f"account     {ACCOUNT}",
            "stack       reberth, new",
            "  AllowedGroups: web,store-*",
            "  MaximumMode: observe",
            "  added LedgerTable (AWS::DynamoDB::Table)",
            "Acts: none (MaximumMode=observe, KillSwitch=off)",
            "Nothing was deployed",
        ):
            self.assertIn(words, said)
        self.assertIsNone(self.stack())
        # Nobody at the keyboard is no yes.
        self.assertIn("YES=1", self.refuses("deploy.py", *self.template()))
        self.assertIsNone(self.stack())

    def test_a_stack_is_awake_changes_as_shown_and_stays_while_something_is_out(self):
        said = self.deploy(OBSERVE, "--yes")
        for words in (
            "HealthEventRouterFunctionQueue is Enabled",
            "MaintenanceSweepSchedule is ENABLED: rate(5 minutes)",
            "InstanceStateRule is ENABLED",
            "asked a question: answered, version 0.1.0",
            "asked a sweep: nothing, version 0.1.0",
            "note  NoticesTopic: nobody hears",
        ):
            self.assertIn(words, said)
        self.assertNotIn("FAULT", said)
        self.assertTrue(self.stack()["EnableTerminationProtection"])
        self.assertIn({"Key": "application", "Value": "reberth"}, self.stack()["Tags"])
        self.assertIn("Nothing would change.", self.deploy(OBSERVE))
        said = self.deploy(ENFORCE, "--yes")
        self.assertIn("  MaximumMode: observe -> enforce", said)
        self.assertIn("Acts: BECOME POSSIBLE", said)
        self.something_out_keeps_it()

    def something_out_keeps_it(self):
        self.schedule_an_event()
        self.assertIn("Throw the switch", self.refuses("remove.py"))
        self.sweep()
        self.throw_the_switch()
        self.assertRegex(self.refuses("remove.py", "--yes"), r"out of service: db-1 \(i-\w+\)")
        self.assertRegex(self.refuses("remove.py", "--yes", "--forget"), r"db-1 \(i-\w+\)")
        said = self.deploy("ActsPerHour=5", "--dry-run")
        self.assertIn("Incidents: 1 open, 1 of them out of service.", said)
        self.assertEqual(self.stack()["StackStatus"], "UPDATE_COMPLETE")

    def throw_the_switch(self):
        client("dynamodb", self.standin.serverless).put_item(
            TableName=self.outputs()["LedgerTable"],
            Item={"pk": {"S": "state"}, "sk": {"S": "switch"}, "stopped": {"BOOL": True}},
        )

    def test_one_functions_code_is_replaced_and_comes_back_and_all_goes_but_the_ledger(self):
        self.deploy(OBSERVE, "--yes")
        package = self.pack("maintenance-reconciler", remark="another build")
        arguments = ("deploy_function.py", "maintenance-reconciler", "--package")
        said = self.does(*arguments, str(package), "--yes")
        self.assertIn("Published as version 1", said)
        self.assertIn("asked a sweep: nothing", said)
        [previous] = [word for word in said.split() if word.startswith("PACKAGE=")]
        previous = Path(previous.partition("=")[2])
        self.addCleanup(previous.unlink)
        self.assertIn("runs this code already", self.does(*arguments, str(package)))
        self.other_code_is_found()
        self.assertIn("version 2", self.does(*arguments, str(previous), "--yes"))
        self.what_was_only_seen_is_forgotten_on_demand()

    def other_code_is_found(self):
        """A deployment of the stack's own package says that the function has another."""
        self.pack("maintenance-reconciler")
        done = self.run_command("deploy.py", *self.template(), "--parameters", OBSERVE)
        self.assertIn("Nothing would change.", done.stdout)
        self.assertIn("runs other code than this package", done.stdout)
        self.assertEqual(done.returncode, 1)

    def what_was_only_seen_is_forgotten_on_demand(self):
        self.schedule_an_event()
        self.sweep()
        table = self.outputs()["LedgerTable"]
        self.assertIn("Nothing of theirs is out of service", self.refuses("remove.py", "--yes"))
        said = self.does("remove.py", "--forget", "--dry-run")
        self.assertIn("  1 AWS::SNS::Topic", said)
        self.assertIn(f"Stays:\n  AWS::DynamoDB::Table {table}", said)
        self.assertIsNotNone(self.stack())
        self.does("remove.py", "--forget", "--yes")
        self.assertIsNone(self.stack())
        tables = client("dynamodb", self.standin.serverless).list_tables()["TableNames"]
        self.assertEqual(tables, [table])

    def test_the_expanded_template_is_deployed_without_sam(self):
        s3 = client("s3", self.standin.serverless)
        cloudformation = client("cloudformation", self.standin.serverless)
        s3.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": REGION})
        for function in FUNCTIONS:
            package = self.root / "target" / "package" / f"{function}.zip"
            s3.put_object(Bucket="mine", Key=f"0.1.0/{function}.zip", Body=package.read_bytes())
        expand = ROOT / "infra" / "validate" / "expand.py"
        arguments = [sys.executable, expand, ROOT / "infra" / "template.yaml", "s3://mine/0.1.0"]
        expanded = subprocess.run(arguments, capture_output=True, check=True).stdout
        s3.put_object(Bucket="mine", Key="reberth.json", Body=expanded)
        cloudformation.create_stack(
            StackName="reberth",
            TemplateURL=f"{self.standin.serverless}/mine/reberth.json",
            Capabilities=["CAPABILITY_IAM"],
        )
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName="reberth", WaiterConfig={"Delay": 1}
        )
        self.sweep()


if __name__ == "__main__":
    unittest.main()
