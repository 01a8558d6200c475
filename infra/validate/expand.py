"""Turns the SAM template into the CloudFormation that AWS would deploy, without asking AWS.

cfn-lint no longer looks inside `AWS::Serverless::*`, so whatever a function or its events say wrong
(an architecture, an attribute, an IAM action) shows only in the expanded form.

    python infra/validate/expand.py infra/template.yaml > expanded.json
    python infra/validate/expand.py infra/template.yaml s3://BUCKET/FOLDER > deployable.json
"""

import json
import logging
import os
import sys
from pathlib import Path

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from source import read

# It counts its own use, and warns where nobody takes the counts.
logging.getLogger("samtranslator.metrics.metrics").setLevel(logging.ERROR)

# Where nothing is deployed, the transform only wants some address in S3.
PACKAGES = "s3://packages"


class NoManagedPolicies(ManagedPolicyLoader):
    """The template names no policy of AWS's own, so IAM need not be asked for their ARNs."""

    def __init__(self):
        super().__init__(iam_client=None)

    def load(self):
        """The map of policy names to ARNs: empty."""
        return {}


class ExpansionError(Exception):
    """The transform refused the template; the message names each resource and property."""


def expand(path, packages=PACKAGES):
    """The CloudFormation template that the SAM template at `path` stands for.

    `packages` is the bucket and folder that the functions' zips lie in.
    """
    template = read(path)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            package = Path(resource["Properties"]["CodeUri"]).name
            resource["Properties"]["CodeUri"] = f"{packages}/{package}"
    # The transform wants some region for the partition of ARNs; no call is made there.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-west-2")
    try:
        return transform(template, {}, NoManagedPolicies())
    except InvalidDocumentException as refusal:
        causes = "\n".join(str(cause.message) for cause in refusal.causes)
        raise ExpansionError(f"{path}: the SAM transform refuses it:\n{causes}") from refusal


if __name__ == "__main__":
    try:
        json.dump(expand(*sys.argv[1:]), sys.stdout, indent=1)
    except ExpansionError as refusal:
        sys.exit(str(refusal))
