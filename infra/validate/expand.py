"""Turns the SAM template into the CloudFormation that AWS would deploy, without asking AWS.

cfn-lint no longer looks inside `AWS::Serverless::*`, so whatever a function or its events say wrong
(an architecture, an attribute, an IAM action) shows only in the expanded form.

    python infra/validate/expand.py infra/template.yaml > expanded.json
"""

import json
import os
import sys

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from source import read

# Packages are built and uploaded later; the transform only wants an address in S3.
PACKAGE = "s3://packages/function.zip"


class NoManagedPolicies(ManagedPolicyLoader):
    """The template names no policy of AWS's own, so IAM need not be asked for their ARNs."""

    def __init__(self):
        super().__init__(iam_client=None)

    def load(self):
        """The map of policy names to ARNs: empty."""
        return {}


class ExpansionError(Exception):
    """The transform refused the template; the message names each resource and property."""


def expand(path):
    """The CloudFormation template that the SAM template at `path` stands for."""
    template = read(path)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = PACKAGE
    # The transform wants some region for the partition of ARNs; no call is made there.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-west-2")
    try:
        return transform(template, {}, NoManagedPolicies())
    except InvalidDocumentException as refusal:
        causes = "\n".join(str(cause.message) for cause in refusal.causes)
        raise ExpansionError(f"{path}: the SAM transform refuses it:\n{causes}") from refusal


if __name__ == "__main__":
    try:
        json.dump(expand(sys.argv[1]), sys.stdout, indent=1)
    except ExpansionError as refusal:
        sys.exit(str(refusal))
