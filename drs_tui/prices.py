"""What instances cost, by a file that the user supplies: nothing here knows a price."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from drs_tui.documents.problems import DocumentError, Findings, Kind
from drs_tui.documents.reading import read_text, validate
from drs_tui.documents.shape import Shape
from drs_tui.documents.tree import read_tree
from drs_tui.model.keeping import Prices

_MOST = Decimal(10_000)
"""An hour; more is a slip of the pen."""


class PricesError(DocumentError):
    """A price file can't be used; the message has one line a problem."""


_KIND = Kind("a price file", "currency and per_hour", PricesError, 256 * 1024)


def read_prices(path: Path) -> Prices:
    """The prices of a file.

    Raises:
        PricesError: with every problem that the file has.
    """
    findings = Findings(str(path), _KIND)
    shape = validate(read_tree(read_text(path, _KIND), findings), _PricesShape, findings)
    if shape is None or findings:
        raise findings.error()
    return Prices(shape.currency, shape.per_hour, path.name)


def _currency(value: object) -> str:
    if not isinstance(value, str) or not (len(value) == 3 and value.isascii() and value.isupper()):
        raise ValueError("a currency's three capital letters, such as USD")
    return value


def _price(value: object) -> Decimal:
    allowed = f"a price of an hour from 0 to {_MOST}, such as 0.0912"
    try:
        price = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        raise ValueError(allowed) from None
    if not (price.is_finite() and 0 <= price <= _MOST):
        raise ValueError(allowed)
    return price


class _PricesShape(Shape):
    """A price file."""

    currency: Annotated[str, BeforeValidator(_currency)] = Field(
        description="what the prices are in, such as USD"
    )
    per_hour: dict[str, Annotated[Decimal, BeforeValidator(_price)]] = Field(
        min_length=1, description="prices of an hour by instance type, such as {m5.large: 0.107}"
    )
