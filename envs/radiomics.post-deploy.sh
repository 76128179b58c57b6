#!/usr/bin/env bash
# Written by 'make lock' from pyproject.toml and requirements.lock: do not edit.
# There is no wheel for this Python, and the build needs the numpy of this environment.
set -euo pipefail
"$CONDA_PREFIX/bin/python" -m pip install --no-deps --no-build-isolation --no-cache-dir \
    --require-hashes -r /dev/stdin <<'PIN'
pyradiomics==3.0.1 --hash=sha256:319501840245a739591298a8484f9db5392c98f48eff0d321184aef8b43ba903 --hash=sha256:47c57f441d6cb7973fa3b2ea48d3948df78e3348e1c69e1e2ff19001601fc2f5 --hash=sha256:5edc6d3e09751a868d9acbaf5178cf7b501140eb1cc7ae28f4059e5cab11ed9a --hash=sha256:757db4e545e5b367fbde832f32e2a1ea7d21206fd82d8c9aa92b87286ad8d89a --hash=sha256:872f2e66679b72c1d6ef64993567454aaf32abad314fccdb748f315be8855066 --hash=sha256:aa1c805206c4f9c4bc7814ad4fb16b068bf54ca9e6b0c7ea228cc1ae97421b05 --hash=sha256:ab9cf7f58c490bf148686cd37a67d37a0585dab0c35fcf26bf34e2eb7a6648e5 --hash=sha256:c94ad61b0e2924c115e3c1dd4f391a726e636f2f17631cd08832d684693eafe3
PIN
