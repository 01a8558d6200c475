#!/usr/bin/env bash
# Looks at an account and a region, and changes nothing. Usage: doctor.sh REGION [STACK [page|json]]
# Exit status: 0 nothing to mend, 1 something to mend, 2 not looked at. docs/doctor.md has the rest.
set -euo pipefail
cd "$(dirname "$0")/.."
region="${1:-}"
stack="${2:-}"
format="${3:-page}"

if [[ -z "$region" ]]; then
    echo "Which region? make doctor REGION=eu-west-1 [STACK=reberth]" >&2
    exit 2
fi
for needed in .venv/bin/python target/release/doctor; do
    if [[ ! -x "$needed" ]]; then
        echo "$needed is missing: make build-doctor .venv/ready" >&2
        exit 2
    fi
done
export PYTHONPATH=infra/doctor
exec .venv/bin/python -m collector --region "$region" --stack "$stack" --format "$format"
