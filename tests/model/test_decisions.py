"""What can be answered to what."""

from __future__ import annotations

import pytest

from drs_tui.model.decisions import CHOICE_WORDS, CHOICES, LAUNCHING_CHOICES, Choice, WantedKind


@pytest.mark.parametrize("kind", WantedKind)
def test_every_question_has_an_answer_that_launches_nothing(kind: WantedKind) -> None:
    assert set(CHOICES[kind]) - LAUNCHING_CHOICES


def test_every_answer_has_words_and_a_question() -> None:
    assert set(CHOICE_WORDS) == set(Choice)
    assert {choice for choices in CHOICES.values() for choice in choices} == set(Choice)
