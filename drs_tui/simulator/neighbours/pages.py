"""Pages as the services beside DRS name them: NextToken and MaxResults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.paging import page

T = TypeVar("T")


def cut(
    operation: str,
    parameters: Mapping[str, Any],
    items: Iterable[T],
    position: Callable[[T], str],
    *,
    refused: str = "InvalidParameterValue",
) -> tuple[list[T], dict[str, str]]:
    """Cut the page asked for; the second part holds NextToken when there is more.

    `position` must grow along `items`.

    Raises:
        ApiError: `refused`, the token is not one of this operation's with these filters.
    """
    renamed = {
        {"NextToken": "nextToken", "MaxResults": "maxResults"}.get(name, name): value
        for name, value in parameters.items()
    }
    try:
        shown, more = page(operation, renamed, items, position)
    except ApiError as bad_token:
        raise ApiError(refused, bad_token.message) from None
    return shown, {"NextToken": more["nextToken"]} if more else {}
