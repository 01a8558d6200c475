"""Runs checkov and parliament over expanded templates, without a network.

    .venv-scan/bin/python infra/validate/scan.py expanded.json …

Both live apart, in .venv-scan: checkov wants a boto3 older than everybody else's. checkov reads the
template as CloudFormation; parliament reads every policy in it, as it is when everything is allowed
and every optional resource is there. What suppressions.yaml excuses, with a reason, is not told.
"""

import json
import logging
import sys
from pathlib import Path

from checkov.cloudformation.runner import Runner
from checkov.runner_filter import RunnerFilter
from parliament import analyze_policy_string

import suppressions
from resolve import ResolveError, resolved

# Under these the template has every policy that it can have.
WIDEST = {
    "MaximumMode": "enforce",
    "KillSwitch": "off",
    "EncryptionKeyArn": "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555",
}


def main(paths):
    """Prints each fault as `path: place: check: words`; the exit status tells whether any."""
    excused, faults = suppressions.read_suppressions(suppressions.FILE.read_text(encoding="utf-8"))
    found = [f"{path}: {fault}" for path in paths for fault in faults]
    for path in paths:
        findings = [*checkov_findings(path), *parliament_findings(path)]
        found += [f"{path}: {fault}" for fault in suppressions.told(findings, excused)]
    for fault in found:
        print(fault)
    return min(len(found), 1)


def checkov_findings(path):
    """Yields (logical id, check, words) for each check of checkov that the template fails."""
    logging.disable(logging.WARNING)
    report = Runner().run(
        root_folder=None,
        files=[str(path)],
        runner_filter=RunnerFilter(framework=["cloudformation"]),
    )
    if not report.passed_checks:
        yield "template", "unreadable", "checkov has checked nothing in it"
    for record in report.failed_checks:
        yield record.resource.partition(".")[2], record.check_id, record.check_name


def parliament_findings(path):
    """Yields (place, issue, words) for each thing that parliament has to say of a policy."""
    template = json.loads(Path(path).read_text(encoding="utf-8"))
    try:
        policies = list(policies_of(resolved(template, WIDEST)))
    except ResolveError as error:
        yield "template", "unreadable", str(error)
        return
    for place, document in policies:
        for finding in analyze_policy_string(json.dumps(document)).findings:
            yield place, finding.issue, str(finding.detail)


def policies_of(resources):
    """Yields (place, policy) for every policy but those of trust, which parliament cannot read."""
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if "PolicyDocument" in properties:
            yield name, properties["PolicyDocument"]
        if resource["Type"] == "AWS::IAM::Role":
            for policy in properties["Policies"]:
                yield f"{name}.{policy['PolicyName']}", policy["PolicyDocument"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
