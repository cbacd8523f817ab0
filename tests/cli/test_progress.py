"""What a run without the app says of times to come, and what is shown of a stored one."""

from __future__ import annotations

from drs_tui.cli.progress import Progress
from drs_tui.cli.summary import run_to_data, summary
from drs_tui.model.times import format_time
from tests.model.story import Story, wave_of


def launched(*, tells: bool = True) -> Story:
    story = Story(wave_of("db", "s-1", "s-2"))
    if tells:
        story.tell("run.expected")
    story.launch("db", "drsjob-1")
    return story


def said(story: Story) -> list[str]:
    lines: list[str] = []
    progress = Progress(as_json=False, write=lines.append)
    for event in story.events:
        progress.see(event)
    return lines


def test_a_launch_says_how_long_it_will_take() -> None:
    assert said(launched())[-1].endswith("wave db: in progress, job drsjob-1, about 8-10m to go")
    assert said(launched(tells=False))[-1].endswith("wave db: in progress, job drsjob-1")


def test_what_takes_longer_than_usual_is_said_once() -> None:
    story = launched()
    for _ in range(3):
        story.wait(900)
        story.tell("run.noted", "ana", text="still nothing")
    slow = [line for line in said(story) if "longer than usual" in line]
    assert len(slow) == 1
    assert "wave db: takes longer than usual" in slow[0]


def test_a_run_under_way_is_shown_with_what_is_expected_of_it() -> None:
    story = launched()
    story.wait(60)
    run = story.run
    assert any("7-9m to go, launched by 09:0" in line for line in summary(run, story.now))
    data = run_to_data(run, story.now)
    whole = data["expected"]
    assert isinstance(whole, dict)
    assert format_time(story.now) < whole["earliest"] < whole["done_at"] < whole["latest"]
    assert whole["slower_than_usual"] is False
    untold = run_to_data(launched(tells=False).run, story.now)
    assert untold["expected"] is None
