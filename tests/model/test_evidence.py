"""Which runs are evidence: those in which AWS answered, by its own endpoints."""

from __future__ import annotations

import pytest

from drs_tui.model.events import Json
from drs_tui.model.run import Run, header_of

from .story import Story, wave_of

URL = "https://drs.test"


def run_of(**data: Json) -> Run:
    return Story(wave_of("db", "s-1"), created=data).run


def test_a_run_at_aws_is_evidence() -> None:
    run = run_of(endpoints={"drs": ""}, simulated=False, evidence=True)
    assert run.is_evidence
    assert run.stamp == ""
    assert header_of(run).evidence


def test_so_is_one_at_a_vpc_endpoint_that_the_settings_name() -> None:
    run = run_of(endpoints={"drs": URL}, simulated=False, evidence=True, vpc_hosts=["drs.test"])
    assert run.is_evidence
    assert run.vpc_hosts == ("drs.test",)


def test_a_run_at_a_custom_endpoint_is_none_and_says_where_it_was() -> None:
    urls: dict[str, Json] = {"drs": URL, "sts": "https://sts.us-east-1.amazonaws.com"}
    run = run_of(
        endpoints={"drs": ""},
        simulated=False,
        service_urls=urls,
        custom_endpoints=["drs"],
        evidence=False,
    )
    assert not header_of(run).evidence
    assert run.stamp == (f"NOT EVIDENCE: a custom endpoint answered, not AWS's own: drs at {URL}")


@pytest.mark.parametrize("evidence", [True, "yes", 1])
def test_what_was_simulated_is_none_whatever_else_it_says(evidence: Json) -> None:
    run = run_of(endpoints={"drs": ""}, simulated=True, evidence=evidence)
    assert run.stamp == "NOT EVIDENCE: it is a simulator that answered, not AWS"


def test_a_record_that_does_not_say_goes_by_the_endpoint_that_was_set() -> None:
    assert run_of(endpoints={"drs": ""}, simulated=False).is_evidence
    run = run_of(endpoints={"drs": URL}, simulated=False)
    assert run.stamp == f"NOT EVIDENCE: a custom endpoint answered, not AWS's own: drs at {URL}"
