"""Pages of a list, and the opaque tokens that lead from one to the next."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from itertools import dropwhile, islice
from typing import Any, TypeVar

from drs_tui.simulator.errors import ApiError, invalid

PAGE_SIZE = 200
"""How many items a page has when the caller doesn't say."""
LARGEST_PAGE = 1000

T = TypeVar("T")


def page(
    operation: str,
    parameters: Mapping[str, Any],
    items: Iterable[T],
    position: Callable[[T], str],
) -> tuple[list[T], dict[str, str]]:
    """Cut the page asked for; the second part holds nextToken when there is more.

    `position` must grow along `items`. A token holds the position of the last item given, not
    a count, so items that come and go between pages neither repeat nor hide others.

    Raises:
        ApiError: the token is not one of this operation's with these filters.
    """
    token = parameters.get("nextToken")
    if token:
        after = _open(token, operation, parameters)
        items = dropwhile(lambda item: position(item) <= after, items)
    size = min(parameters.get("maxResults") or PAGE_SIZE, LARGEST_PAGE)
    found = list(islice(items, size + 1))
    if len(found) <= size:
        return found, {}
    found = found[:size]
    return found, {"nextToken": _seal(operation, parameters, position(found[-1]))}


def _seal(operation: str, parameters: Mapping[str, Any], position: str) -> str:
    sealed = json.dumps([operation, _digest(parameters), position])
    return base64.urlsafe_b64encode(sealed.encode()).decode()


def _open(token: str, operation: str, parameters: Mapping[str, Any]) -> str:
    try:
        named, digest, position = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError) as unreadable:
        raise _bad_token() from unreadable
    if [named, digest] != [operation, _digest(parameters)] or not isinstance(position, str):
        raise _bad_token()
    return position


def _digest(parameters: Mapping[str, Any]) -> str:
    """What a token is bound to: everything asked for but the place and size of the page."""
    asked = {k: v for k, v in parameters.items() if k not in ("nextToken", "maxResults")}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]


def _bad_token() -> ApiError:
    return invalid(
        "The provided pagination token is invalid",
        ("nextToken", "not a token of this operation with these filters"),
        reason="fieldValidationFailed",
    )
