"""Where a store is: addresses as `--store` takes them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from drs_tui.audit.store import UnsupportedStore
from drs_tui.model.endpoints import without_user

_FORMS = "sqlite:PATH or dynamodb:TABLE[?region=…&profile=…&endpoint=…]"
_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}\Z")
"""TableName in botocore's dynamodb model and its documentation."""


@dataclass(frozen=True, slots=True)
class SqliteAddress:
    """A file on this machine."""

    path: Path

    def __str__(self) -> str:
        return f"sqlite:{self.path}"


@dataclass(frozen=True, slots=True)
class DynamoDbAddress:
    """A table, and how to reach it; what is empty is left to the SDK's own settings."""

    table: str
    region: str = ""
    profile: str = ""
    endpoint: str = ""
    """A URL; empty for AWS's own."""

    def __str__(self) -> str:
        """As it is told and recorded: without a user and a password in the endpoint."""
        endpoint = without_user(self.endpoint)
        options = {"region": self.region, "profile": self.profile, "endpoint": endpoint}
        query = urlencode({name: value for name, value in options.items() if value}, safe=":/[]")
        return f"dynamodb:{self.table}" + (f"?{query}" if query else "")

    @property
    def is_loopback(self) -> bool:
        """Whether the endpoint is on this machine: then no real credentials are used."""
        host = urlsplit(self.endpoint).hostname or ""
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def parse_store(address: str) -> SqliteAddress | DynamoDbAddress:
    """Read the address of a store.

    Raises:
        UnsupportedStore: it isn't one; the message says what is allowed.
    """
    kind, colon, rest = address.partition(":")
    if kind == "sqlite" and rest:
        return SqliteAddress(Path(rest).expanduser())
    if kind == "dynamodb" and rest:
        return _parse_dynamodb(rest)
    if kind in {"sqlite", "dynamodb"}:
        raise UnsupportedStore(f"{address!r} names no store; write {_FORMS}")
    raise UnsupportedStore(
        f"{address!r} is not the address of a store; write {_FORMS}"
        + ("" if colon else f" (sqlite:{address} for a file)")
    )


def _parse_dynamodb(rest: str) -> DynamoDbAddress:
    table, _, query = rest.partition("?")
    if not _TABLE.match(table):
        raise UnsupportedStore(
            f"{table!r} is not a DynamoDB table name: 3 to 255 letters, digits, '_', '-' and '.'"
        )
    try:
        pairs = parse_qsl(query, strict_parsing=True) if query else []
    except ValueError as error:
        raise UnsupportedStore(f"{query!r} is not name=value&…; write {_FORMS}") from error
    options = dict(pairs)
    unknown = sorted(options.keys() - {"region", "profile", "endpoint"})
    if unknown or len(options) < len(pairs):
        raise UnsupportedStore(
            f"a DynamoDB store takes region, profile and endpoint, each once; "
            f"found {', '.join(unknown) or 'one twice'}"
        )
    if "endpoint" in options:
        _check_endpoint(options["endpoint"])
    return DynamoDbAddress(table, **options)


def _check_endpoint(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise UnsupportedStore(f"the endpoint {endpoint!r} is not an http or https URL")
