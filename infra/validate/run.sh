#!/bin/sh
# Validates the template without AWS: SAM's schema, the expanded CloudFormation, the event patterns
# against the sample events, and the rules of our own.
set -eu
cd "$(dirname "$0")/../.."

# SAM's command line lives apart: it wants another botocore than the stand-in of AWS.
sam="${SAM_VENV:-.venv-validate}/bin/sam"
venv="${VENV:-.venv}"
template=infra/template.yaml
expanded=target/template.expanded.json

for tool in "$sam" "$venv/bin/cfn-lint"; do
    command -v "$tool" >/dev/null || {
        echo "$tool is missing: install infra/validate/requirements.txt into .venv-validate," \
            "tests/requirements.txt into .venv" >&2
        exit 1
    }
done

# A region is needed to read the template, not to call AWS.
SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-west-2 \
    "$sam" validate --lint --template "$template"
mkdir -p "$(dirname "$expanded")"
"$venv/bin/python" infra/validate/expand.py "$template" >"$expanded"
"$venv/bin/cfn-lint" "$expanded"
"$venv/bin/python" infra/validate/patterns.py "$template" events
"$venv/bin/python" infra/validate/template.py "$template"
