"""What stands on the terminal until the app paints, and that it goes if the app doesn't come."""

from __future__ import annotations

import os
import signal

import pytest

from drs_tui.cli.first_picture import PICTURE, TAKEN_BACK, first_picture


def test_it_is_left_to_the_app(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with first_picture():
        pass

    assert capfdbinary.readouterr().err == PICTURE


def test_it_is_taken_back_where_the_app_cannot_be_made(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    with pytest.raises(ValueError, match="no theme"), first_picture():
        raise ValueError("no theme")

    assert capfdbinary.readouterr().err == PICTURE + TAKEN_BACK


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_takes_it_back_and_says_which_it_was(
    capfdbinary: pytest.CaptureFixture[bytes], number: int
) -> None:
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as left, first_picture():
        os.kill(os.getpid(), number)

    assert left.value.code == 128 + number
    assert capfdbinary.readouterr().err == PICTURE + TAKEN_BACK
    assert signal.getsignal(number) == before
