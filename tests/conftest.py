"""What holds for every property: no example is timed, and the same ones come each time."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "drs-tui", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("drs-tui")
