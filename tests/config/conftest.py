"""The small study that the tests of messages break."""

from __future__ import annotations

import pytest

from helpers.mini_study import Mini


@pytest.fixture
def mini(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # three patients are too few for any folds; test_messages_models looks at that
    monkeypatch.setattr("osteon.config.checks.size_problems", lambda *tables: [])
    return Mini(tmp_path)
