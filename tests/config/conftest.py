"""The small study that the tests of messages break."""

from __future__ import annotations

import pytest

from helpers.mini_study import Mini


@pytest.fixture
def mini(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Mini(tmp_path)
