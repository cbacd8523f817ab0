"""Credentials as people have them: pasted in the forms in which AWS's tools print them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

LONGEST_TEXT = 20_000
"""Letters; a session token has a few thousand at most."""

FORMS = (
    "the AWS_… lines for a shell, the JSON of `aws configure export-credentials` or `aws sts "
    "assume-role`, or the block for the credentials file"
)


class KeysError(ValueError):
    """A text has no usable credentials; the message says what is wrong, and quotes none of it."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A set of credentials that somebody hands over; its repr tells nothing secret."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)
    ends_at: datetime | None = None
    """None where the text does not say, or they have no end."""

    @property
    def short(self) -> str:
        """Enough of the access key to tell it from another."""
        return f"{self.access_key[:4]}…{self.access_key[-4:]}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown."""
        return tuple(filter(None, (self.secret_key, self.token)))


_ACCESS, _SECRET, _TOKEN, _END = range(4)
_NAMES: Mapping[str, int] = {
    "aws_access_key_id": _ACCESS,
    "aws_secret_access_key": _SECRET,
    "aws_session_token": _TOKEN,
    "aws_security_token": _TOKEN,
    "aws_credential_expiration": _END,
    "x_security_token_expires": _END,
    "accesskeyid": _ACCESS,
    "secretaccesskey": _SECRET,
    "sessiontoken": _TOKEN,
    "token": _TOKEN,
    "expiration": _END,
}
"""What each member is called, in lower letters: in environments and files, then in JSON."""

_ASSIGNED = re.compile(
    rf"""(?i)\b({"|".join(name for name in _NAMES if "_" in name)})\b["']?(?:\s*[=:]\s*|\s+)"""
    r"""(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"';]+))"""
)
"""In sh, fish, PowerShell, cmd and INI files alike: a name, a sign or a space, and a value."""

_ENVELOPES = ("credentials", "rolecredentials")
"""What the JSON of `sts assume-role` and of `sso get-role-credentials` has them in."""

_ACCESS_KEY = re.compile(r"\w{16,128}", re.ASCII)
"""As IAM's model has it."""

_NO_SPACE = re.compile(r"[!-~]+")
_TEMPORARY = "ASIA"


def read_keys(text: str) -> Keys:
    """The credentials in a text that somebody pasted, whichever tool printed it.

    Raises:
        KeysError: they are not all there, or there are two sets.
    """
    text = text.strip().lstrip("\ufeff")
    if not text:
        raise KeysError(f"nothing was given: paste {FORMS}")
    found: dict[int, str] = {}
    for member, value in _in_json(text) if text.startswith("{") else _assigned(text):
        if found.setdefault(member, value) != value:
            raise KeysError("there are two sets of credentials in it: give one")
    if not found:
        raise KeysError(f"there are no credentials in it: paste {FORMS}")
    return _keys(found)


def _assigned(text: str) -> Iterator[tuple[int, str]]:
    for match in _ASSIGNED.finditer(text):
        value = next((group for group in match.groups()[1:] if group is not None), "")
        if value.strip():
            yield _NAMES[match[1].lower()], value.strip()


def _in_json(text: str) -> Iterator[tuple[int, str]]:
    try:
        data = json.loads(text)
    except ValueError:
        raise KeysError("the JSON is not whole: copy it from its first { to its last }") from None
    members = _lower(data)
    inner = next((_lower(members[name]) for name in _ENVELOPES if name in members), members)
    for name, value in inner.items():
        if name in _NAMES and "_" not in name:
            if _NAMES[name] == _END and isinstance(value, int | float):
                yield _END, _of_milliseconds(value)
            elif isinstance(value, str) and value.strip():
                yield _NAMES[name], value.strip()


def _lower(data: object) -> dict[str, object]:
    members = data if isinstance(data, dict) else {}
    return {str(name).lower(): value for name, value in members.items()}


def _of_milliseconds(value: float) -> str:
    try:
        return datetime.fromtimestamp(value / 1000, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return "never"


def _keys(found: Mapping[int, str]) -> Keys:
    for member, name in ((_ACCESS, "access key id"), (_SECRET, "secret access key")):
        if member not in found:
            raise KeysError(f"the {name} is missing: copy all of it")
    if not _ACCESS_KEY.fullmatch(found[_ACCESS]):
        raise KeysError("the access key id is none: 16 letters and digits or more, such as ASIA…")
    if not all(_NO_SPACE.fullmatch(found[m]) for m in (_SECRET, _TOKEN) if m in found):
        raise KeysError("a key or token has letters in it that none has: copy it again")
    if found[_ACCESS].startswith(_TEMPORARY) and _TOKEN not in found:
        raise KeysError(
            "the session token is missing, which a temporary access key (ASIA…) does not work "
            "without: copy all of it"
        )
    return Keys(found[_ACCESS], found[_SECRET], found.get(_TOKEN, ""), _moment(found.get(_END)))


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise KeysError(
            "when they end can't be read: give it as 2026-11-23T22:30:00Z, or leave it out"
        ) from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
