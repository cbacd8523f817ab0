"""Renewals of credentials as they go over the driver's socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from drs_tui.driver.renewals import ActsAs, Held, Renewal, Renewed
from drs_tui.model.keys import Keys
from drs_tui.model.principals import Requester


def renewal_to_data(order: Renewal) -> dict[str, Any]:
    """An order to renew credentials as data, with the credentials."""
    data = asdict(order)
    if order.keys is not None:
        data["keys"]["ends_at"] = _moment_to_text(order.keys.ends_at)
    return data


def renewal_from_data(data: Mapping[str, Any]) -> Renewal:
    """An order to renew credentials from data."""
    keys = data["keys"]
    if keys is not None:
        keys = Keys(**{**keys, "ends_at": _moment_from_text(keys["ends_at"])})
    return Renewal(**{**data, "by": Requester.from_data(data["by"]), "keys": keys})


def held_to_data(held: Held) -> dict[str, Any]:
    """What may be told of credentials, as data."""
    return {**asdict(held), "ends_at": _moment_to_text(held.ends_at)}


def held_from_data(data: Mapping[str, Any]) -> Held:
    """What may be told of credentials, from data."""
    places = tuple(ActsAs(**place) for place in data["places"])
    return Held(**{**data, "ends_at": _moment_from_text(data["ends_at"]), "places": places})


def renewed_to_data(renewed: Renewed) -> dict[str, Any]:
    """What a driver signs with now, as data."""
    return {**asdict(renewed), "held": held_to_data(renewed.held)}


def renewed_from_data(data: Mapping[str, Any]) -> Renewed:
    """What a driver signs with now, from data."""
    held = held_from_data(data["held"])
    return Renewed(held, tuple(data["runs"]), tuple(data["waves"]))


def _moment_to_text(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else ""


def _moment_from_text(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
