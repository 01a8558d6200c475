"""Prints the alarms as AWS would deploy them, for whoever evaluates them.

    python infra/validate/alarms.py infra/template.yaml

References are resolved to made-up names of AWS's form.
"""

import json
import sys

from expand import expand
from resolve import resolved


def alarms_of(path):
    """Every alarm of the template at `path`, by logical id."""
    resources = resolved(expand(path), {})
    return {
        name: resource
        for name, resource in resources.items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


if __name__ == "__main__":
    json.dump(alarms_of(sys.argv[1]), sys.stdout, indent=1)
