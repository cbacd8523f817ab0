"""The line at the top tells of credentials that end soon."""

from __future__ import annotations

import pytest

from drs_tui.tui.rows.status import Status, status_line


def shown(seconds: float | None) -> tuple[str, str]:
    """The words about credentials, and their tone."""
    spans = status_line(Status(account="123456789012", credentials_left=seconds), 80)
    assert sum(len(span.text) for span in spans) == 80
    return next(((s.text.strip(), s.tone) for s in spans if "credentials" in s.text), ("", ""))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, ("", "")),
        (901, ("", "")),
        (900, ("▲ credentials end in 15m 00s: [K] renew", "warn")),
        (300, ("▲ credentials end in 5m 00s: [K] renew", "bad")),
        (0, ("▲ credentials have ended: [K] renew", "bad")),
    ],
)
def test_credentials_that_end_soon_are_told_of(
    seconds: float | None, expected: tuple[str, str]
) -> None:
    assert shown(seconds) == expected
