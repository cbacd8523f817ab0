from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.paging import LARGEST_PAGE, PAGE_SIZE, page

from .caller import DB_1, DB_2, Caller


def positions(numbers: list[int]) -> list[str]:
    return [f"{number:04d}" for number in numbers]


@given(count=st.integers(0, 60), size=st.integers(1, 20))
def test_pages_hold_everything_once_in_order(count: int, size: int) -> None:
    items = positions(list(range(count)))
    seen: list[str] = []
    token: str | None = None
    while True:
        asked = {"maxResults": size, "nextToken": token}
        found, more = page("DescribeJobs", asked, items, str)
        assert len(found) <= size
        seen += found
        token = more.get("nextToken")
        if token is None:
            break
    assert seen == items


def test_items_that_come_and_go_between_pages_neither_repeat_nor_hide_others() -> None:
    first, more = page("DescribeJobs", {"maxResults": 2}, positions([1, 3, 5, 7]), str)
    changed = positions([0, 3, 5, 6, 7])
    rest, _ = page("DescribeJobs", {"maxResults": 9, **more}, changed, str)

    assert first + rest == positions([1, 3, 5, 6, 7])


def test_page_sizes_have_a_default_and_a_limit() -> None:
    items = positions(list(range(1500)))

    assert len(page("DescribeJobs", {}, items, str)[0]) == PAGE_SIZE
    assert len(page("DescribeJobs", {"maxResults": 99_999}, items, str)[0]) == LARGEST_PAGE


def test_a_token_says_nothing_a_client_could_read_at_a_glance() -> None:
    _, more = page("DescribeJobs", {"maxResults": 1}, positions([1234, 5678]), str)

    assert "1234" not in more["nextToken"]


@pytest.mark.parametrize("token", ["nonsense", "bm90IGpzb24=", "W10=", "é", "NQ=="])
def test_a_token_that_was_never_given_is_refused(token: str) -> None:
    with pytest.raises(ApiError, match="pagination token") as refused:
        page("DescribeJobs", {"nextToken": token}, ["a"], str)
    assert refused.value.code == "ValidationException"


def test_a_token_belongs_to_its_operation_and_filters(region_of: Callable[..., Caller]) -> None:
    drs = region_of()
    both = {"sourceServerIDs": [DB_1, DB_2]}
    token = drs("DescribeSourceServers", filters=both, maxResults=1)["nextToken"]

    with pytest.raises(ApiError, match="pagination token"):
        drs("DescribeSourceServers", nextToken=token)
    with pytest.raises(ApiError, match="pagination token"):
        drs("DescribeRecoveryInstances", filters=both, nextToken=token)
    [last] = drs("DescribeSourceServers", filters=both, nextToken=token)["items"]
    assert last["sourceServerID"] == DB_2
