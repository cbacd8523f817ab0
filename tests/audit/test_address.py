"""Reading the addresses that `--store` takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.audit.address import DynamoDbAddress, SqliteAddress, parse_store
from drs_tui.audit.opening import open_store
from drs_tui.audit.store import UnsupportedStore
from drs_tui.model.endpoints import without_user


def test_a_file() -> None:
    assert parse_store("sqlite:runs.db") == SqliteAddress(Path("runs.db"))
    assert parse_store("sqlite:/a:b/my runs?.db") == SqliteAddress(Path("/a:b/my runs?.db"))
    assert parse_store("sqlite:~/runs.db") == SqliteAddress(Path.home() / "runs.db")


def test_a_table() -> None:
    assert parse_store("dynamodb:drs-tui") == DynamoDbAddress("drs-tui")
    assert parse_store(
        "dynamodb:drs-tui?region=eu-west-1&profile=dr%20team&endpoint=http://[::1]:8000"
    ) == DynamoDbAddress("drs-tui", "eu-west-1", "dr team", "http://[::1]:8000")


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:/var/lib/runs.db",
        "dynamodb:drs-tui",
        "dynamodb:drs-tui?region=eu-west-1",
        "dynamodb:drs-tui?region=eu-west-1&profile=a%26b&endpoint=https://[fe80::1]:443/x",
    ],
)
def test_an_address_reads_back_as_it_is_written(address: str) -> None:
    assert str(parse_store(address)) == address
    assert parse_store(str(parse_store(address))) == parse_store(address)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "sqlite:PATH or dynamodb:TABLE"),
        ("runs.db", "sqlite:runs.db for a file"),
        ("postgres:runs", "not the address of a store"),
        ("sqlite:", "names no store"),
        ("dynamodb:", "names no store"),
        ("dynamodb:my table", "not a DynamoDB table name"),
        ("dynamodb:drs-tui?regoin=eu-west-1", "found regoin"),
        ("dynamodb:drs-tui?region", "not name=value"),
        ("dynamodb:drs-tui?region=a&region=b", "one twice"),
        ("dynamodb:drs-tui?endpoint=localhost:8000", "not an http or https URL"),
        ("dynamodb:drs-tui?endpoint=http://", "not an http or https URL"),
        ("dynamodb:drs-tui?endpoint=http://[::1", "not an http or https URL"),
    ],
)
def test_what_is_no_address_says_what_is_allowed(address: str, words: str) -> None:
    with pytest.raises(UnsupportedStore, match=words):
        parse_store(address)


@pytest.mark.parametrize(
    ("endpoint", "loopback"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://127.8.9.10", True),
        ("http://[::1]:8000", True),
        ("http://localhost:8000", True),
        ("http://LOCALHOST:8000", True),
        ("http://0.0.0.0:8000", False),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1@example.com", False),
        ("https://vpce-1.dynamodb.us-east-1.vpce.amazonaws.com", False),
        ("", False),
    ],
)
def test_only_this_machines_own_addresses_are_loopback(endpoint: str, loopback: bool) -> None:
    assert DynamoDbAddress("drs-tui", endpoint=endpoint).is_loopback is loopback


@pytest.mark.parametrize("user", ["ana:secret@", "ana%40example.com:secret@", "ana:s@cret@"])
def test_an_address_is_told_without_the_secrets_in_it(user: str) -> None:
    given = f"dynamodb:drills?region=x&profile=p&endpoint=https://{user}example.com:8000/"

    assert str(parse_store(given)) == given.replace(user, "")
    assert without_user(given) == given.replace(user, "")


async def test_a_file_is_opened_and_made(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:{tmp_path}/deep/runs.db")

    assert store.address == f"sqlite:{tmp_path}/deep/runs.db"
    assert (await store.list()).headers == ()
    await store.close()
