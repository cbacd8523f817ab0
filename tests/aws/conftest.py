from __future__ import annotations

from pathlib import Path

import pytest
from aiobotocore.endpoint import AioEndpoint


@pytest.fixture(autouse=True)
def _a_machine_without_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees the configuration of whoever runs it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("PROFILE", "DEFAULT_PROFILE", "REGION", "DEFAULT_REGION", "ACCESS_KEY_ID"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)


@pytest.fixture(autouse=True)
def _no_wait_between_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(self: AioEndpoint, seconds: float) -> None:
        return None

    monkeypatch.setattr(AioEndpoint, "_sleep", at_once)
