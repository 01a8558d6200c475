"""Each stage of `make validate` finds the faults that are its own, and the template has none.

Every seed is one slip of the pen in a copy of the real template, and every stage is run as it is,
tools and all. Where a seed names a tool, the others are known to miss it.
"""

import contextlib
import io
import tempfile
import unittest
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import run

TEMPLATE = Path(__file__).resolve().parents[1] / "template.yaml"
WHOLE = "template"


@dataclass(frozen=True)
class Seed:
    """One fault: what is written instead of what, where it first stands, and who has to find it."""

    stage: object
    told: str
    instead_of: str
    written: str


SEEDS = {
    "an attribute of a queue that SQS does not have": Seed(
        run.taken_by_sam, "VisibilityTimeOut", "VisibilityTimeout: 240", "VisibilityTimeOut: 240"
    ),
    "a property of an event that SAM does not have": Seed(
        run.expanded, "BatchSiz", "BatchSize: 10\n", "BatchSiz: 10\n"
    ),
    "an architecture that Lambda does not have": Seed(
        run.linted, "armm64", "Architectures: [!Ref Architecture]", "Architectures: [armm64]"
    ),
    "an attribute that a queue does not have": Seed(
        run.linted,
        "E1010",
        "Queue: !GetAtt HealthEventRouterQueue.Arn",
        "Queue: !GetAtt HealthEventRouterQueue.Arnn",
    ),
    "an action that IAM does not have": Seed(
        run.linted,
        "publihs",
        "Action: sns:Publish\n                Res",
        "Action: sns:Publihs\n                Res",
    ),
    "a name that the template does not have": Seed(
        run.linted, "E1020", "LEDGER_TABLE: !Ref LedgerTable", "LEDGER_TABLE: !Ref LedgerTabel"
    ),
    "a timeout that Lambda does not allow": Seed(
        run.linted, "3000", "Timeout: 120\n", "Timeout: 3000\n"
    ),
    "a value that SQS does not allow": Seed(
        run.linted, "43201", "VisibilityTimeout: 750", "VisibilityTimeout: 43201"
    ),
    "a key of a pattern that no event has": Seed(
        run.patterned,
        "HealthEventRouterRule: does not take",
        "detail-type: [AWS Health Event",
        "detailtype: [AWS Health Event",
    ),
    "a queue that takes rules of any account": Seed(
        run.ruled,
        "HealthEventRouterQueuePolicy.Rule: allow only",
        "StringEquals: {aws:SourceAccount: !Ref AWS::AccountId}\n          - Sid: DeadLetters",
        "StringEquals: {}\n          - Sid: DeadLetters",
    ),
    "a star that nobody explains": Seed(
        run.ruled,
        "say above why AWS allows no less",
        "                # X-Ray knows no resource for its two writes.\n",
        "",
    ),
    "an act that takes members of groups that never opted in": Seed(
        run.ruled,
        "autoscaling:EnterStandby: narrowed by []",
        "                  Condition:\n"
        "                    StringEqualsIgnoreCase: {aws:ResourceTag/reberth:mode: [approve, enf",
        "                  # Condition:\n"
        "                  #  StringEqualsIgnoreCase: {aws:ResourceTag/reberth:mode: [approve, enf",
    ),
    "a parameter that the documentation does not tell of": Seed(
        run.ruled, "docs/settings.md does not give its range", "MaxValue: 15", "MaxValue: 25"
    ),
    "logs that are kept for ever": Seed(
        run.scanned, "CKV_AWS_66", "      RetentionInDays: !Ref LogRetentionDays\n", ""
    ),
    "a condition that its action does not know": Seed(
        run.scanned, "UNKNOWN_CONDITION_FOR_ACTION", "kms:ViaService: !Sub sqs", "sqs:Via: !Sub sqs"
    ),
}


class Stages(unittest.TestCase):
    """All stages run once, each over the template and the seeds that are for it."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        text = TEMPLATE.read_text(encoding="utf-8")
        texts = {WHOLE: text} | {name: seeded(text, name, seed) for name, seed in SEEDS.items()}
        candidates = {}
        for number, (name, written) in enumerate(texts.items()):
            candidate = run.Candidate(
                Path(folder.name, f"{number}.yaml"), Path(folder.name, f"{number}.json")
            )
            candidate.path.write_text(written, encoding="utf-8")
            candidates[candidate] = name
        # The later stages read what this one writes.
        refused = {candidates[candidate] for candidate, _ in run.expanded(candidates)}
        assert refused <= SEEDS.keys(), f"the transform refuses {refused}"
        cls.faults = defaultdict(list)
        for _, stage in run.STAGES:
            chosen = [
                c for c, name in candidates.items() if name == WHOLE or SEEDS[name].stage is stage
            ]
            for candidate, fault in stage(chosen):
                cls.faults[candidates[candidate]].append(fault)

    def test_the_template_as_it_is_passes_every_stage(self):
        self.assertEqual(self.faults[WHOLE], [])

    def test_every_seeded_fault_is_found_by_the_stage_that_is_there_for_it(self):
        for name, seed in SEEDS.items():
            with self.subTest(name):
                self.assertIn(seed.told, "\n".join(self.faults[name]))

    def test_every_stage_has_a_fault_to_find(self):
        self.assertEqual(
            {stage for _, stage in run.STAGES}, {seed.stage for seed in SEEDS.values()}
        )


class Nothing(unittest.TestCase):
    """A stage that has nothing to look at does not pass."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.candidate = run.Candidate(TEMPLATE, Path(folder.name, "expanded.json"))

    def test_a_stage_without_the_expanded_template_fails(self):
        for stage in (run.linted, run.patterned):
            with self.subTest(stage.__name__), self.assertRaises(FileNotFoundError):
                list(stage([self.candidate]))
        [(_, fault)] = run.scanned([self.candidate])
        self.assertIn("scan.py broke off with 1", fault)

    def test_a_template_that_the_transform_refuses_ends_the_run(self):
        text = TEMPLATE.read_text(encoding="utf-8")
        name = "a property of an event that SAM does not have"
        self.candidate.path = self.candidate.expanded.with_suffix(".yaml")
        self.candidate.path.write_text(seeded(text, name, SEEDS[name]), encoding="utf-8")
        told = io.StringIO()
        with (
            mock.patch.object(run, "STAGES", run.STAGES[1:]),
            contextlib.redirect_stdout(told),
            contextlib.redirect_stderr(told),
        ):
            self.assertEqual(run.validate(self.candidate), 1)
        self.assertIn("and there is none", told.getvalue())
        self.assertNotIn("checkov", told.getvalue())


def seeded(text, name, seed):
    """The text of the template with one fault in it."""
    assert seed.instead_of in text, f"{name}: the template no longer says {seed.instead_of!r}"
    return text.replace(seed.instead_of, seed.written, 1)


if __name__ == "__main__":
    unittest.main()
