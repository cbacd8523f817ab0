"""Reading the settings: a flag wins over the environment, and that over the configuration file."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from drs_tui.config import (
    ON_THIS_MACHINE,
    KeySetting,
    Notify,
    OnHangup,
    SealSettings,
    Settings,
    config_folder,
    data_folder,
)
from drs_tui.config_file import ConfigError, ConfigFile

SERVICES = ("drs", "sts", "ec2", "ssm", "service-quotas", "iam")
"""The services that can have an endpoint of their own."""

_KEYS = (
    "profile",
    "region",
    "endpoint_url",
    "store",
    "plans",
    "read_only",
    "log_file",
    "on_hangup",
    "notify",
    "theme",
    "ascii",
    "endpoints",
    "vpc_endpoints",
    "keys",
    "personal_roles",
    "local_commands",
    "seal",
    "prices",
)
_SEAL_KEYS = ("command", "s3", "retain_days", "kms", "region", "profile", "endpoint_url")
_ON_HANGUP: tuple[OnHangup, ...] = ("detach", "stop")
_NOTIFY: tuple[Notify, ...] = ("both", "bell", "osc9", "off")
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_MOST_RETAIN_DAYS = 36_500
"""As S3 takes them."""
_Word = TypeVar("_Word", bound=str)


@dataclass(frozen=True, slots=True)
class Flags:
    """The settings that a command line names; None and False: not said."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    store: str | None = None
    config: str | None = None
    read_only: bool = False
    log_file: str | None = None
    ascii: bool = False


def read_settings(flags: Flags, environ: Mapping[str, str]) -> Settings:
    """Add up the settings: a flag wins over `DRS_TUI_*`, and that over the configuration file.

    Paths in the file are relative to its folder, all others to the current one.

    Raises:
        ConfigError: one of them makes no sense.
    """
    env = {
        name.removeprefix("DRS_TUI_").lower(): value
        for name, value in environ.items()
        if name.startswith("DRS_TUI_") and value
    }
    config_file = _config_file(flags.config or env.get("config"))
    file = ConfigFile(config_file, _KEYS)
    endpoint_url = flags.endpoint_url or env.get("endpoint_url") or file.text("endpoint_url")
    store = flags.store or env.get("store")
    log_file = flags.log_file or env.get("log_file")
    return Settings(
        store=_absolute_store(store, Path.cwd())
        or _absolute_store(file.text("store"), file.folder)
        or default_store(),
        plan_folders=_plan_folders(env.get("plans"), file),
        profile=flags.profile or env.get("profile") or file.text("profile"),
        region=flags.region or env.get("region") or file.text("region"),
        endpoint_url=_checked_url(endpoint_url, "endpoint_url"),
        endpoints=_endpoints(file),
        vpc_hosts=_vpc_hosts(file),
        read_only=flags.read_only or bool(_flag(env, "read_only", file)),
        log_file=_path(log_file, "log_file", file),
        config_file=config_file,
        on_hangup=_one_of(_ON_HANGUP, "on_hangup", env, file),
        notify=_one_of(_NOTIFY, "notify", env, file),
        theme=env.get("theme") or file.text("theme"),
        ascii_only=flags.ascii or _flag(env, "ascii", file),
        keys=_key_settings(file),
        personal_roles=_personal_roles(env.get("personal_roles"), file),
        local_commands=_flag(env, "local_commands", file) is not False,
        seal=_seal(env, file),
        prices=_path(env.get("prices"), "prices", file),
    )


def default_store() -> str:
    """The store that is used when none is named: a file among this user's data."""
    return f"{ON_THIS_MACHINE}{data_folder() / 'runs.db'}"


def _config_file(named: str | None) -> Path | None:
    """The file that was named, which must be there, or the usual one if it is."""
    if named:
        path = _absolute(named, Path.cwd())
        if not path.is_file():
            raise ConfigError(f"there is no configuration file {path}")
        return path
    path = config_folder() / "config.toml"
    return path if path.is_file() else None


def _key_settings(file: ConfigFile) -> dict[str, KeySetting]:
    table = file.table("keys")
    words = "a key or a list of keys"
    return {a: KeySetting(table.one_or_more(a, words), table.place_of(a)) for a in table}


def _path(named: str | None, key: str, file: ConfigFile) -> Path | None:
    """The path that was named elsewhere, or else in the file, each relative to its own folder."""
    if named:
        return _absolute(named, Path.cwd())
    text = file.text(key)
    return _absolute(text, file.folder) if text else None


def _endpoints(file: ConfigFile) -> dict[str, str]:
    table = file.table("endpoints", SERVICES)
    said = {service: table.text(service) for service in SERVICES}
    found = {s: _checked_url(url, table.name_of(s)) for s, url in said.items()}
    return {service: url for service, url in found.items() if url is not None}


def _vpc_hosts(file: ConfigFile) -> tuple[str, ...]:
    name = file.name_of("vpc_endpoints")
    urls = file.texts("vpc_endpoints", "a URL", "URLs of VPC endpoints") or ()
    checked = [_checked_url(url, name) or "" for url in urls]
    return tuple((urlsplit(url).hostname or "").lower() for url in checked)


def _personal_roles(from_env: str | None, file: ConfigFile) -> tuple[str, ...]:
    if from_env:
        return tuple(filter(None, map(str.strip, from_env.split(","))))
    return file.texts("personal_roles", "a role's name or ARN", "roles") or ()


def _seal(env: Mapping[str, str], file: ConfigFile) -> SealSettings:
    table = file.table("seal", _SEAL_KEYS)

    def text(key: str) -> str | None:
        return env.get(f"seal_{key}") or table.text(key)

    url_name = "DRS_TUI_SEAL_ENDPOINT_URL" if "seal_endpoint_url" in env else None
    return SealSettings(
        command=_seal_command(env.get("seal_command"), table),
        s3=(text("s3") or "").removeprefix("s3://").rstrip("/"),
        retain_days=_retain_days(env.get("seal_retain_days"), table),
        kms=text("kms") or "",
        region=text("region"),
        profile=text("profile"),
        endpoint_url=_checked_url(text("endpoint_url"), url_name or table.name_of("endpoint_url")),
    )


def _seal_command(from_env: str | None, table: ConfigFile) -> tuple[str, ...]:
    """The words of the command; a path in it is made absolute, as the driver runs elsewhere."""
    folder = Path.cwd() if from_env else table.folder
    try:
        words = shlex.split(from_env) if from_env else None
    except ValueError as error:
        raise ConfigError(f"DRS_TUI_SEAL_COMMAND cannot be read: {error}") from error
    command = words or table.texts("command", "a text", "texts, the command and its arguments")
    if not command:
        return ()
    program, *arguments = command
    return (str(_absolute(program, folder)) if "/" in program else program, *arguments)


def _retain_days(from_env: str | None, table: ConfigFile) -> int | None:
    if from_env is None:
        days, name = table.number("retain_days"), table.name_of("retain_days")
    else:
        days, name = int(from_env) if from_env.isdecimal() else 0, "DRS_TUI_SEAL_RETAIN_DAYS"
    if days is not None and not 1 <= days <= _MOST_RETAIN_DAYS:
        found = days if from_env is None else repr(from_env)
        raise ConfigError(f"{name} must be 1 to {_MOST_RETAIN_DAYS}, not {found}")
    return days


def _plan_folders(from_env: str | None, file: ConfigFile) -> tuple[Path, ...]:
    if from_env:
        return tuple(_absolute(folder, Path.cwd()) for folder in from_env.split(os.pathsep))
    folders = file.texts("plans", "a folder", "folders")
    if folders is not None:
        return tuple(_absolute(folder, file.folder) for folder in folders)
    here = Path("plans").absolute()
    return (*([here] if here.is_dir() else []), config_folder() / "plans")


def _one_of(
    allowed: tuple[_Word, ...], key: str, env: Mapping[str, str], file: ConfigFile
) -> _Word:
    """The setting if it is one of `allowed`, whose first is the default."""
    from_env = env.get(key)
    found = from_env or file.text(key) or allowed[0]
    for known in allowed:
        if found == known:
            return known
    where = f"DRS_TUI_{key.upper()}" if from_env else file.name_of(key)
    raise ConfigError(f"{where} must be one of {', '.join(allowed)}, not {found!r}")


def _flag(env: Mapping[str, str], name: str, file: ConfigFile) -> bool | None:
    text = env.get(name)
    if text is None:
        return file.flag(name)
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise ConfigError(f"DRS_TUI_{name.upper()} must be true or false, not {text!r}")


def _checked_url(text: str | None, name: str) -> str | None:
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        valid = False
    if not valid:
        raise ConfigError(f"{name} must be a URL such as https://drs.example.com, not {text!r}")
    return text


def _absolute_store(address: str | None, folder: Path) -> str | None:
    """The address with an absolute path: the driver runs in another folder than its user."""
    if address is None or not address.startswith(ON_THIS_MACHINE) or address == ON_THIS_MACHINE:
        return address
    return f"{ON_THIS_MACHINE}{_absolute(address.removeprefix(ON_THIS_MACHINE), folder)}"


def _absolute(text: str, folder: Path) -> Path:
    return Path(os.path.normpath(folder / Path(text).expanduser()))
