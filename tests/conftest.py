"""What holds for every test: what can be worked out once is, and properties always go alike."""

from __future__ import annotations

import functools
import gc
from collections.abc import Iterator

import botocore.session
import pytest
from hypothesis import HealthCheck, settings

from tests.sdk import worked_out_once
from tests.thoroughness import examples_of

settings.register_profile(
    "drs-tui",
    max_examples=examples_of(100),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("drs-tui")


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not among what was imported: a fifth of the time went there."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _service_models_read_once() -> Iterator[None]:
    """Give every session of the SDK one loader, and every client what others have worked out."""
    with pytest.MonkeyPatch.context() as patch, worked_out_once():
        patch.setattr(
            botocore.session, "create_loader", functools.cache(botocore.session.create_loader)
        )
        yield
