"""The rows of the list of recovery instances, and what there is to know of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from drs_tui.model.counts import counted
from drs_tui.model.header import RunHeader
from drs_tui.model.status import CleanupStatus
from drs_tui.model.times import day_time
from drs_tui.tui import signs
from drs_tui.tui.billing import Bill
from drs_tui.tui.cells import Column, Row
from drs_tui.tui.filters import Fields, Seconds
from drs_tui.tui.keys import keys_in_use
from drs_tui.tui.rows.details import fact
from drs_tui.tui.rows.lists import age, is_over
from drs_tui.tui.signs import Sign
from drs_tui.tui.text import Line, Span, line

INSTANCE_COLUMNS = (
    Column("Server", 13, grow=2),
    Column("Kind", 8),
    Column("State", 13),
    Column("Bills for", 10, right=True),
    Column("Launched by", 26, grow=2),
    Column("Instance", 19, from_width=100),
    Column("Since", 17, from_width=120),
    Column("Run", 27, from_width=160),
)

_STATES: dict[str, Sign] = {
    "PENDING": Sign("▷", "starting", "work"),
    "RUNNING": Sign("▶", "running", "work"),
    "STOPPING": Sign("‖", "stopping", "warn"),
    "STOPPED": Sign("‖", "stopped", "warn"),
    "SHUTTING-DOWN": Sign("▽", "terminating", "dim"),
}


def instance_row(bill: Bill, now: datetime) -> Row:
    """A recovery instance; `now` is the moment by AWS's clock when it was seen."""
    sign = state_sign(bill)
    return Row(
        bill.id,
        (
            line(bill.server),
            line(kind_span(bill)),
            line(sign.span),
            line(billed_for(bill, now)),
            _launched_by(bill),
            line((bill.id, "dim")),
            line((day_time(bill.since) if bill.since else "not known", "dim")),
            line((bill.run_id or "none", "dim")),
        ),
    )


def state_sign(bill: Bill) -> Sign:
    """How an instance stands, in words."""
    if not bill.is_listed and not bill.type:
        return Sign("?", "not listed", "warn")
    return _STATES.get(bill.state) or Sign("?", bill.state or "not said", "warn")


def kind_span(bill: Bill) -> Span:
    """Drill or recovery, in words; what AWS does not call a drill is not taken for one."""
    if bill.is_drill is None:
        return Span("not said", "warn")
    return Span("drill") if bill.is_drill else Span("RECOVERY", "alarm")


def billed_for(bill: Bill, now: datetime) -> str:
    """For how long an instance has been there."""
    return age((now - bill.since).total_seconds()) if bill.since else "not known"


def _launched_by(bill: Bill) -> Line:
    run = bill.run
    if run is None:
        return line(("a run of another store" if bill.run_id else "not by drs-tui", "dim"))
    cleanup = run_cleanup(run)
    return line(cleanup, "  " if cleanup.text else "", run.plan_id or run.run_id)


def run_cleanup(run: RunHeader) -> Span:
    """Whether a run's instances are still needed, due, or being terminated."""
    if not is_over(run):
        return signs.sign_of(signs.RUN, run.status).span
    if run.cleanup == CleanupStatus.NONE:
        return Span("")
    return signs.sign_of(signs.CLEANUP, run.cleanup).span


def instance_fields(bill: Bill, now: datetime) -> Fields:
    """What the words of a filter can ask of an instance."""
    sign, run = state_sign(bill), bill.run
    kind = "not said" if bill.is_drill is None else "drill" if bill.is_drill else "recovery"
    return {
        "state": f"{bill.state} {sign.word}",
        "kind": kind,
        "age": Seconds((now - bill.since).total_seconds() if bill.since else None),
        "plan": run.plan_id if run else "",
        "run": bill.run_id,
    }


INSTANCE_SORTS: Mapping[str, Callable[[Bill], str | float | None]] = {
    "Server": lambda bill: bill.server.casefold(),
    "Kind": lambda bill: kind_span(bill).text,
    "State": lambda bill: state_sign(bill).word,
    "Bills for": lambda bill: -bill.since.timestamp() if bill.since else None,
    "Launched by": lambda bill: bill.run.plan_id if bill.run else None,
}


def instance_lines(bill: Bill, now: datetime) -> list[Line]:
    """All that is known of an instance."""
    sign, run = state_sign(bill), bill.run
    kind = kind_span(bill)
    since = f"{day_time(bill.since)}, {billed_for(bill, now)} ago" if bill.since else ""
    lines = [
        fact("Instance", bill.id),
        fact("Source server", f"{bill.server}  {bill.server_id}"),
        fact("Kind", kind.text, kind.tone),
        fact("State", f"{sign.symbol} {sign.word}", sign.tone),
        fact("Type", bill.type),
        fact("Launched", since),
        fact("Data as of", day_time(bill.point_in_time) if bill.point_in_time else ""),
        fact("Job", bill.job_id),
        fact("Run", bill.run_id or "not launched by drs-tui"),
    ]
    if run is not None:
        cleanup = run_cleanup(run)
        lines += [
            fact("Plan", run.plan_id),
            fact("Clean-up", cleanup.text or "nothing is due", cleanup.tone),
        ]
    if bill.refusal:
        lines.append(fact("Left because", bill.refusal, "warn"))
    if not bill.is_listed:
        known = bill.state in _STATES and bill.type
        end = (
            "EC2 runs it: terminate it there unless somebody needs it."
            if known
            else "elsewhere, or disconnected from DRS and bills on. EC2 can tell."
        )
        begin = "was disconnected from DRS." if known else "it was terminated"
        lines += [
            (),
            line((f"The record knows this instance, and DRS lists it no more: {begin}", "warn")),
            line((end, "warn")),
        ]
    return lines


def why_not_terminated(bill: Bill) -> str:
    """Why no clean-up can be asked for from here, and what to do instead; empty when one can."""
    run = bill.run
    if run is None:
        place = "it is not in this store" if bill.run_id else "drs-tui did not launch it"
        return f"{bill.id} has no run here: {place}. Terminate it in the DRS console."
    if run.mode != "drill" or bill.is_drill is False:
        return (
            f"{bill.id} is a real recovery: it is production and stays. Terminate it in the DRS "
            "console if you must."
        )
    if not is_over(run):
        return (
            f"{run.plan_id} goes on: let it end, or open it "
            f"({keys_in_use().shown('open')}) and cancel it first."
        )
    match run.cleanup:
        case CleanupStatus.RUNNING:
            return f"The clean-up of {run.plan_id} is under way."
        case CleanupStatus.DUE | CleanupStatus.FAILED:
            return ""
        case _:
            return f"{run.plan_id} has nothing left to clean up, as far as its record says."


def why_not_alone(bill: Bill) -> str:
    """The same for a single instance."""
    if why := why_not_terminated(bill):
        return why
    if not bill.is_listed:
        key = keys_in_use().shown("clean_up")
        return (
            f"DRS lists {bill.id} no more: the clean-up of its run ({key}) puts the record right."
        )
    return ""


def terminate_lines(run: RunHeader, left: Sequence[Bill], now: datetime) -> list[Line]:
    """What a clean-up of a run terminates, for whoever is about to say so."""
    count = counted(len(left), "instance")
    places = dict.fromkeys(bill.place for bill in left)
    where = " and ".join(
        f"account {account or 'unknown'}, {region or 'Region unknown'}"
        for account, region in places
    )
    return [
        line(f"Terminates {count} in {where},"),
        line(f"which {run.plan_id} launched on {day_time(run.started_at)}:"),
        *(
            line(f"  {bill.server}  ", (f"{bill.id}, {billed_for(bill, now)}", "dim"))
            for bill in left
        ),
    ]
