"""Taking secrets out of what a command printed, as far as they can be told by their form."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "****"

SHORTEST_SECRET = 8
"""Letters; anything shorter would be taken out of ordinary words too."""

_NAMES = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret(?:[ _-]?(?:access)?[ _-]?key)?|api[ _-]?key"
    r"|private[ _-]?key|access[ _-]?token|auth[ _-]?token|session[ _-]?token|token|credentials?)"
)

_WHOLE = (
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
    ),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),  # a JSON web token
    re.compile(r"\b(?:gh[pousr]|github_pat|glpat|xox[abprs])[_-][\w-]{16,}"),
)
_AFTER_A_NAME = (
    re.compile(rf"""(?i)(["']?[\w-]*{_NAMES}["']?\s*[=:]\s*)("[^"\n]*"|'[^'\n]*'|[^\s"',;]+)"""),
    re.compile(rf"(?i)(--?[\w-]*{_NAMES}\s+)(\S+)"),
    re.compile(r"(?i)(\b(?:bearer|basic)\s+)([\w.~+/=-]{8,})"),
    re.compile(r"(://[^\s/:@]+:)([^\s/@]+)(?=@)"),
)
_STEERING = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")


def masked(text: str, known: Iterable[str] = ()) -> str:
    """The text without secrets: those that are `known`, and what has the form of one."""
    for secret in sorted(known, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, MASK)
    for pattern in _WHOLE:
        text = pattern.sub(MASK, text)
    for pattern in _AFTER_A_NAME:
        text = pattern.sub(lambda match: f"{match[1]}{MASK}", text)
    return text


def readable(text: str) -> str:
    """What a program wrote for a terminal, without what steers one."""
    plain = _STEERING.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in plain)
