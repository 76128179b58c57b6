#!/usr/bin/env bash
# Write requirements.lock from the lists in pyproject.toml, and envs/*.yaml from the lock.
# Pins that still fit stay as they are; 'bash envs/lock.sh --upgrade' takes the newest versions.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if command -v uv >/dev/null; then
    uv=(uv)
else
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    echo "Fetching uv, which solves the lock"
    .venv/bin/python -m venv "$scratch/venv"
    "$scratch/venv/bin/python" -m pip install --quiet uv
    uv=("$scratch/venv/bin/uv")
fi

"${uv[@]}" pip compile pyproject.toml --all-extras --group install --group test --no-emit-package torch \
    --python .venv/bin/python --generate-hashes --custom-compile-command "make lock" --quiet \
    --output-file requirements.lock "$@"
.venv/bin/python envs/generate.py
