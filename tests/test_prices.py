"""What instances cost, by the user's own file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from drs_tui.model.keeping import Prices
from drs_tui.prices import PricesError, read_prices

FILE = """\
currency: EUR
per_hour:
  m5.large: 0.107
  r5.xlarge: 0.304
"""


def test_a_price_file_names_a_currency_and_what_an_hour_costs(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(FILE)
    prices = read_prices(path)
    assert prices == Prices(
        "EUR", {"m5.large": Decimal("0.107"), "r5.xlarge": Decimal("0.304")}, "prices.yaml"
    )
    assert prices.words([("m5.large", 10.0), ("r5.xlarge", 0.5)]) == "1.22 EUR by prices.yaml"


def test_what_has_no_price_is_said_and_not_taken_for_free() -> None:
    prices = Prices("EUR", {"m5.large": Decimal("0.1")}, "prices.yaml")
    assert prices.words([("m5.large", 10.0), ("x", 1.0)]) == (
        "1.00 EUR by prices.yaml, 1 without a price"
    )
    assert prices.words([("", 1.0)]) == "no price in prices.yaml"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (FILE.replace("EUR", "euros"), "1:11: 'currency' is 'euros'; allowed: a currency's three"),
        (FILE.replace("0.107", "-1"), "3:13: 'm5.large' is '-1'; allowed: a price of an hour"),
        (FILE.replace("0.107", "NaN"), "3:13: 'm5.large' is 'NaN'"),
        (FILE.replace("0.107", "cheap"), "3:13: 'm5.large' is 'cheap'"),
        ("currency: EUR\n", "'per_hour' is missing"),
        (FILE + "vat: 19\n", "5:1: 'vat' is not a key here"),
    ],
)
def test_a_problem_has_its_line_and_column_and_what_is_allowed(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(PricesError) as error:
        read_prices(path)
    assert problem in str(error.value)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(PricesError, match="can't be read"):
        read_prices(tmp_path / "none.yaml")
