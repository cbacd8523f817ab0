"""Whether the machine's login manager ends a background process when its user logs out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FOLDERS = ("etc", "run", "usr/local/lib", "usr/lib")
"""Where systemd looks for settings; a file in an earlier one hides its namesake in a later one."""

_YES = frozenset({"1", "yes", "y", "true", "t", "on"})
_SETTING = re.compile(r"^(#?)\s*(Kill(?:UserProcesses|OnlyUsers|ExcludeUsers))\s*=(.*)$")


@dataclass(frozen=True, slots=True)
class Logout:
    """What becomes, at logout, of a driver that is started from here."""

    words: str
    is_survived: bool


def look_at_logout(user: str, root: Path = Path("/")) -> Logout | None:
    """Look at systemd's files below `root`; None if no logout has to do with this process.

    By systemd's rules (logind.conf(5), loginctl(1)): the scope of a session ends with it if
    KillUserProcesses says so, whatever lingers; and what the user's own manager started ends
    with the last session unless the user lingers.
    """
    unit = _unit(root)
    if unit == "session":
        if not _kills(user, root):
            return Logout("a driver goes on after logout", True)
        lingering = "" if _lingers(user, root) else "`loginctl enable-linger` once, and then "
        return Logout(
            "logout ends a driver that is started from here (KillUserProcesses in logind.conf): "
            f"to allow it, use {lingering}`systemd-run --user --scope drs-tui`",
            False,
        )
    if unit == "user":
        if _lingers(user, root):
            return Logout("a driver goes on after logout: the user lingers", True)
        return Logout(
            "the last logout ends a driver that is started from here, as this shell belongs to "
            "the user's own service manager: to allow it, use `loginctl enable-linger`",
            False,
        )
    return None


def _unit(root: Path) -> str:
    """Whose this process is: a login session's, its user's service manager's, or neither's."""
    try:
        groups = (root / "proc/self/cgroup").read_text(errors="replace")
    except OSError:
        return ""
    if re.search(r"/user@\d+\.service(/|$)", groups, re.MULTILINE):
        return "user"
    return "session" if re.search(r"/session-[^/]+\.scope(/|$)", groups, re.MULTILINE) else ""


def _lingers(user: str, root: Path) -> bool:
    return (root / "var/lib/systemd/linger" / user).exists()


def _kills(user: str, root: Path) -> bool:
    found = {"KillUserProcesses": "no", "KillOnlyUsers": "", "KillExcludeUsers": "root"}
    for text in _files(root):
        for line in text.splitlines():
            setting = _SETTING.match(line.strip())
            # What is commented out in the file that systemd comes with is what it was built for.
            if setting and (not setting[1] or setting[2] == "KillUserProcesses"):
                found[setting[2]] = setting[3].strip()
    if found["KillUserProcesses"].lower() not in _YES or user in found["KillExcludeUsers"].split():
        return False
    only = found["KillOnlyUsers"].split()
    return not only or user in only


def _files(root: Path) -> Iterator[str]:
    """The settings that apply, the strongest last."""
    folders = [root / folder / "systemd" for folder in _FOLDERS]
    mains = [folder / "logind.conf" for folder in folders]
    drop_ins: dict[str, Path] = {}
    for folder in reversed(folders):
        drop_ins |= {path.name: path for path in (folder / "logind.conf.d").glob("*.conf")}
    main = [path for path in mains if path.is_file()][:1]
    for path in (*main, *(drop_ins[name] for name in sorted(drop_ins))):
        try:
            yield path.read_text(errors="replace")
        except OSError:
            continue
