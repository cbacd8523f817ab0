"""What the events of what DRS was seen to do say, as sentences for the log."""

from __future__ import annotations

from collections.abc import Mapping

from drs_tui.model.events import Event, text_of
from drs_tui.model.folding.observed_events import retry_words
from drs_tui.tui.said import Names, Said, the_server
from drs_tui.tui.text import Tone

_JOB_WORDS: dict[str, Said] = {
    "JOB_START": ("·", "dim", "began"),
    "JOB_END": ("·", "dim", "ended"),
    "JOB_CANCEL": ("▲", "warn", "was cancelled"),
    "CLEANUP_START": ("·", "dim", "an instance is being removed"),
    "CLEANUP_END": ("·", "dim", "the instance is removed"),
    "CLEANUP_FAIL": ("▲", "warn", "an instance could not be removed"),
    "SNAPSHOT_START": ("·", "dim", "snapshot begins"),
    "SNAPSHOT_END": ("·", "dim", "snapshot taken"),
    "SNAPSHOT_FAIL": ("✗", "bad", "no snapshot could be taken"),
    "USING_PREVIOUS_SNAPSHOT": ("▲", "warn", "uses an earlier snapshot: older data"),
    "USING_PREVIOUS_SNAPSHOT_FAILED": ("✗", "bad", "no earlier snapshot could be used"),
    "CONVERSION_START": ("·", "dim", "conversion begins"),
    "CONVERSION_END": ("·", "dim", "converted"),
    "CONVERSION_FAIL": ("✗", "bad", "conversion failed"),
    "LAUNCH_START": ("·", "dim", "its instance is being launched"),
    "LAUNCH_END": ("·", "dim", "its instance is launched"),
    "LAUNCH_FAILED": ("✗", "bad", "launch failed"),
    "SERVER_SKIPPED": ("✗", "bad", "was skipped by DRS"),
}


def logged(event: Event, names: Names) -> Said:
    """An entry of a job's log; what this version does not know is told by AWS's own name."""
    item = event.data.get("item")
    item = item if isinstance(item, Mapping) else {}
    details = item.get("eventData")
    details = details if isinstance(details, Mapping) else {}
    name = text_of(item, "event", "an event without a name")
    server = text_of(details, "sourceServerID")
    about = names.get(server, server) or f"job {text_of(event.data, 'job_id')}"
    symbol, tone, words = _JOB_WORDS.get(name, ("·", "plain", name))
    if tone == "bad" and (retry := retry_words(details)):
        symbol, tone, words = "▲", "warn", f"{words}, {retry}"
    error = text_of(details, "rawError")
    said = f": {error}" if error else ""
    return symbol, tone, f"{about}: {words}{said}"


def job_observed(event: Event, _names: Names) -> Said:
    """How a job stands."""
    job, status = text_of(event.data, "job_id"), text_of(event.data, "status", "no status")
    return "·", "dim", f"job {job} is {status}"


_LAUNCH_STATUS: dict[str, tuple[str, Tone]] = {
    "LAUNCHED": ("✓", "good"),
    "FAILED": ("✗", "bad"),
    "TERMINATED": ("✗", "bad"),
}


def server_observed(event: Event, names: Names) -> Said:
    """How the launch of a server stands."""
    status = text_of(event.data, "launch_status")
    symbol, tone = _LAUNCH_STATUS.get(status, ("·", "dim"))
    instance = text_of(event.data, "instance_id")
    where = f", instance {instance}" if instance else ""
    server = the_server(event, names)
    return symbol, tone, f"{server} is {status or 'of unknown status'}{where}"


def instance_observed(event: Event, names: Names) -> Said:
    """How a recovery instance stands."""
    instance = text_of(event.data, "instance")
    state = "gone" if event.data.get("gone") is True else text_of(event.data, "state", "listed")
    return "·", "dim", f"{the_server(event, names)}: instance {instance} is {state}"
