#!/usr/bin/env bash
# Tells one instance's incidents in words: of the last demo, or of a deployed stack (needs the AWS CLI).
# Asking looks and changes nothing. Usage: why.sh INSTANCE [STACK]
set -euo pipefail
instance="${1:-}"
stack="${2:-}"
demo="$(dirname "$0")/../target/demo/why"

if [[ -z "$instance" ]]; then
    echo "Which instance? make why INSTANCE=i-0123456789abcdef0 [STACK=name]" >&2
    exit 2
fi

if [[ -z "$stack" ]]; then
    if [[ ! -d "$demo" ]]; then
        echo "No demo has been played yet: make demo, or name a deployed stack with STACK=" >&2
        exit 1
    fi
    if [[ -f "$demo/$instance.txt" ]]; then
        cat "$demo/$instance.txt"
    elif named="$(grep --files-with-matches --fixed-strings -- "$instance (i-" "$demo"/*.txt)"; then
        # Shell words: file names are instance ids, without spaces.
        # shellcheck disable=SC2086
        cat $named
    else
        echo "The last demo tells nothing of $instance. It knows:" >&2
        grep --only-matching --no-filename --max-count=1 --extended-regexp \
            '[^ ]+ \(i-[0-9a-f]+\)' "$demo"/*.txt | sort --unique | sed 's/^/  /' >&2
        exit 1
    fi
    exit
fi

function_name="$(aws cloudformation describe-stacks --stack-name "$stack" --output text --query \
    "Stacks[0].Outputs[?OutputKey=='MaintenanceReconcilerFunction'].OutputValue")"
answer="$(mktemp)"
trap 'rm --force "$answer"' EXIT
aws lambda invoke --function-name "$function_name" --cli-binary-format raw-in-base64-out \
    --payload "{\"reberth\":\"why\",\"instance\":\"$instance\"}" "$answer" >/dev/null
python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get("story") or open(sys.argv[1]).read())' "$answer"
