#!/bin/sh
# Puts the packages of one architecture where infra/template.yaml and `sam deploy` look for them.
# The stack's parameter Architecture must say the same. Usage: choose.sh arm64|x86_64 FUNCTION...
set -eu
cd "$(dirname "$0")/../../target/package" 2>/dev/null || {
    echo "target/package is missing: make build" >&2
    exit 1
}
architecture="$1"
shift
for function in "$@"; do
    [ -f "$architecture/$function.zip" ] || {
        echo "target/package/$architecture/$function.zip is missing:" \
            "make build ARCHITECTURE=$architecture" >&2
        exit 1
    }
done
for function in "$@"; do
    cp "$architecture/$function.zip" "$function.zip"
done
