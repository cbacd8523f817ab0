"""How DRS would launch a source server, in words."""

from __future__ import annotations

from drs_tui.model.machines import LaunchSettings
from drs_tui.tui.rows.details import fact
from drs_tui.tui.text import Line

_RIGHT_SIZING = {
    "NONE": "none: its type is the launch template's",
    "BASIC": "basic: its type follows the source's processors and memory",
    "IN_AWS": "in AWS: its type follows the source's EC2 instance",
}
_RECOVERY_MODE = {"OPTIMAL": "optimal", "FAST": "fast: nothing is converted before its launch"}
_DISPOSITION = {"STARTED": "is started", "STOPPED": "is left stopped"}


def launch_settings_lines(settings: LaunchSettings) -> list[Line]:
    """What a launch of the server makes; words of another version show as they are."""
    into = settings.into_instance_id
    target = f"{into}, whose volumes it replaces, in a drill too" if into else "a new instance"
    return [
        fact("  Launches into", target, "warn" if into else "plain"),
        fact("  Launch template", settings.template_id),
        fact("  Instance", _in_words(settings.disposition, _DISPOSITION)),
        fact("  Right-sizing", _in_words(settings.right_sizing, _RIGHT_SIZING)),
        fact("  Private address", _either(settings.copies_private_ip, "the source's", "a new one")),
        fact("  Tags", _either(settings.copies_tags, "the source's", "not the source's")),
        fact("  Recovery mode", _in_words(settings.recovery_mode, _RECOVERY_MODE)),
        fact("  After launch", _either(settings.has_post_launch_actions, "actions run", "nothing")),
    ]


def _in_words(value: str, words: dict[str, str]) -> str:
    return words.get(value, value)


def _either(is_so: bool | None, yes: str, no: str) -> str:
    return "" if is_so is None else yes if is_so else no
