#!/usr/bin/env bash
# Make .venv from requirements.lock, or do nothing where .venv is already made from this lock.
#
# What the machine lacks is named in full before anything is installed. The mark of a finished
# .venv is written last, so an interrupted install is never taken for a finished one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset PYTHONHOME PYTHONPATH
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# PyTorch is no part of the lock: pip takes the build, CPU or CUDA, that the site offers.
torch=$(grep -oE 'torch==[0-9.]+' pyproject.toml)
# A .venv cannot be moved, so the place is a part of the mark.
mark=$({ pwd; echo "$torch"; cat requirements.lock envs/make_venv.sh; } | cksum)
if [[ -x .venv/bin/python && $(cat .venv/finished 2>/dev/null) == "$mark" ]] && .venv/bin/python -c ''; then
    exit 0
fi
started=$SECONDS

# ---------------------------------------------------------------- what the machine must have

# What a Python lacks, one word each; nothing where it can make the environment.
lacks() {
    "$1" - 2>/dev/null <<'PYTHON' || echo version
import importlib.util, os, sys, sysconfig
if sys.version_info[:2] != (3, 11):
    print("version")
if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
    print("venv")
if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    print("headers")
PYTHON
}

# The Pythons on the PATH, but for those of .venv itself.
on_path() {
    type -ap python3.11 python3 python | grep -v "^$PWD/.venv/" || true
}

# Python 3.11 from uv, which fetches it where it has none yet.
from_uv() {
    command -v uv >/dev/null || return 0
    echo "No complete Python 3.11 on this machine: asking uv for one" >&2
    export UV_PYTHON_PREFERENCE=only-managed UV_PYTHON_INSTALL_BIN=0
    uv python install 3.11 >&2 && uv python find 3.11
}

# Set `python` and `missing` to the first of the given Pythons that lacks nothing,
# or else to the first that is at least a Python 3.11.
choose() {
    local candidate lacking
    while IFS= read -r candidate; do
        [[ -n $candidate ]] || continue
        lacking=$(lacks "$candidate")
        if [[ -z $lacking || ($missing == *version* && $lacking != *version*) ]]; then
            python=$candidate missing=$lacking
        fi
        [[ -n $missing ]] || return 0
    done
}

python="" missing="version"
choose < <(on_path)
if [[ -n $missing ]]; then
    choose < <(from_uv || true)
fi

problems=()
case $missing in
    *version*) problems+=("Osteon needs Python 3.11 and found $(python3 --version 2>/dev/null || echo none): install it with 'apt install python3.11 python3.11-venv python3.11-dev', or install uv ('pip install uv' or 'pipx install uv'), which brings it.") ;;
    *)
        if [[ $missing == *venv* ]]; then
            problems+=("$python cannot make virtual environments: 'apt install python3.11-venv'.")
        fi
        if [[ $missing == *headers* ]]; then
            problems+=("$python has no header files to compile against: 'apt install python3.11-dev'.")
        fi
        ;;
esac
export CC=${CC:-cc}
if ! command -v "$CC" >/dev/null; then
    problems+=("There is no C compiler, which PyRadiomics needs: 'apt install build-essential'.")
elif ! printf '#include <stdio.h>\nint main(void) { return 0; }\n' | "$CC" -x c - -o /dev/null 2>/dev/null; then
    problems+=("The C compiler '$CC' cannot build a program, as the C library's headers are missing: 'apt install build-essential'.")
fi
if ((${#problems[@]})); then
    printf '%s\n' "${problems[@]}" >&2
    exit 1
fi

# ------------------------------------------------------------------------------- the install

echo "Making .venv with $("$python" --version) ($python); this happens once per lock and takes some minutes"
"$python" -m venv --clear .venv
log=.venv/install.log
explain_failure() {
    if [[ ! -e .venv/finished && -s $log ]]; then
        echo "The install did not finish; the end of $log:" >&2
        grep -v "^WARNING: Location" "$log" | tail -n 15 >&2
    fi
}
trap explain_failure EXIT

# Title, then pip's arguments. All that pip says goes to the log, what it is at to the terminal.
install() {
    local fetched=0 fifths=0 line word done_bytes of bytes
    echo "  $1"
    .venv/bin/python -m pip install "${@:2}" 2>&1 | while IFS= read -r line; do
        case $line in
            "Progress "*)
                read -r word done_bytes of bytes <<<"$line"
                if ((bytes > 50000000 && done_bytes * 5 / bytes > fifths)); then
                    fifths=$((done_bytes * 5 / bytes))
                    echo "    $((fifths * 20)) % of $((bytes / 1000000)) MB"
                fi
                continue
                ;;
            "Collecting "* | "Processing "*)
                fifths=0 fetched=$((fetched + 1))
                if ((fetched % 20 == 0)); then echo "    $fetched packages fetched"; fi
                ;;
            "Installing collected packages"*) echo "    unpacking" ;;
        esac
        printf '%s\n' "$line" >>"$log"
    done
}

# Entries of the lock, with their hashes.
pins() {
    awk -v wanted=" $* " '/^[a-z0-9]/ { split($1, pin, "=="); keep = index(wanted, " " pin[1] " ") } keep' requirements.lock
}

pins pip setuptools numpy >.venv/tools.txt
pins pyradiomics >.venv/pyradiomics.txt
locked=(--no-deps --require-hashes --no-build-isolation)
install "pip, setuptools and numpy" "${locked[@]}" -r .venv/tools.txt
# never from pip's cache: a wheel there may have been built against another numpy
install "PyRadiomics, built here" "${locked[@]}" --no-cache-dir -r .venv/pyradiomics.txt
install "$(grep -c '^[a-z0-9].*==' requirements.lock) packages of the lock" "${locked[@]}" --progress-bar raw -r requirements.lock
install "PyTorch ($torch)" --progress-bar raw "$torch"
.venv/bin/python -m pip check >>"$log"

echo "$mark" >.venv/finished
echo "Made .venv in $((SECONDS - started)) s"
