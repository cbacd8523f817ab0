"""Settings: what the flags, the environment and the configuration file add up to."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

SERVICES = ("drs", "sts", "ec2", "ssm")
"""The services that can have an endpoint of their own."""

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_KEYS = (
    "profile",
    "region",
    "endpoint_url",
    "store",
    "plans",
    "read_only",
    "log_file",
    "on_hangup",
    "theme",
    "ascii",
    "endpoints",
    "keys",
)
OnHangup = Literal["detach", "stop"]
_ON_HANGUP: tuple[OnHangup, ...] = ("detach", "stop")
_Value = TypeVar("_Value")


class ConfigError(Exception):
    """A setting makes no sense; the message says which, where it stands and what is allowed."""


def config_folder() -> Path:
    """Where the configuration file is by default."""
    import platformdirs

    return platformdirs.user_config_path("drs-tui")


def data_folder() -> Path:
    """Where stores are kept by default."""
    import platformdirs

    return platformdirs.user_data_path("drs-tui")


def state_folder() -> Path:
    """Where the driver keeps its socket, lock, log and journal by default."""
    import platformdirs

    return platformdirs.user_state_path("drs-tui")


@dataclass(frozen=True, slots=True)
class Simulation:
    """An embedded simulator instead of AWS."""

    scenario: str = "calm"
    speed: float = 60.0
    """Drill seconds a real second."""

    seed: int = 0
    state: Path | None = None
    """Where the simulated Region is kept between starts; None: it is not."""

    call_log: Path | None = None
    """Where each request to the simulator is written down; None: nowhere."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How AWS is reached, as far as the settings say."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    """DRS, STS, EC2 and SSM; None: AWS's own."""

    endpoints: Mapping[str, str] = field(default_factory=dict)
    """One endpoint a service, which wins over `endpoint_url`."""


@dataclass(frozen=True, slots=True)
class KeySetting:
    """The keys that the user gives to an action of the app."""

    keys: tuple[str, ...]
    place: str
    """The file and the line that say so."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set, with where it comes from already decided."""

    store: str
    """The audit store's address, `sqlite:PATH` or `dynamodb:TABLE[?…]`."""

    plan_folders: tuple[Path, ...]
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    """DRS, STS, EC2 and SSM; None: AWS's own."""

    endpoints: Mapping[str, str] = field(default_factory=dict)
    """One endpoint a service, which wins over `endpoint_url`."""

    simulation: Simulation | None = None
    read_only: bool = False
    log_file: Path | None = None
    config_file: Path | None = None
    state_folder: Path = field(default_factory=state_folder)
    """Where the driver keeps its socket, lock, log and journal."""

    on_hangup: OnHangup = "detach"
    """When the app loses its terminal, runs of the background driver go on, or are paused."""

    theme: str | None = None
    """The app's colours; None: by what the terminal can show."""

    ascii_only: bool | None = None
    """Whether the app shows ASCII alone; None: where the locale has no UTF-8."""

    keys: Mapping[str, KeySetting] = field(default_factory=dict)
    """Keys other than the app's own, by the action's name."""

    lease_term_seconds: int = 30
    """Real seconds for which a driver may act after it renewed the lease of a run."""

    @property
    def reach(self) -> Reach:
        """How AWS is reached."""
        return Reach(self.profile, self.region, self.endpoint_url, self.endpoints)


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
    file = _File(config_file)
    endpoint_url = flags.endpoint_url or env.get("endpoint_url") or file.text("endpoint_url")
    store = flags.store or env.get("store")
    log_file = flags.log_file or env.get("log_file")
    return Settings(
        store=_absolute_store(store, Path.cwd()) or file.store() or default_store(),
        plan_folders=_plan_folders(env.get("plans"), file),
        profile=flags.profile or env.get("profile") or file.text("profile"),
        region=flags.region or env.get("region") or file.text("region"),
        endpoint_url=_checked_url(endpoint_url, "endpoint_url"),
        endpoints=file.endpoints(),
        read_only=flags.read_only or bool(_flag(env, "read_only", file)),
        log_file=_absolute(log_file, Path.cwd()) if log_file else file.path("log_file"),
        config_file=config_file,
        on_hangup=_on_hangup(env.get("on_hangup"), file),
        theme=env.get("theme") or file.text("theme"),
        ascii_only=flags.ascii or _flag(env, "ascii", file),
        keys=file.keys(),
    )


def default_store() -> str:
    """The store that is used when none is named: a file among this user's data."""
    return f"sqlite:{data_folder() / 'runs.db'}"


class _File:
    """The configuration file, read key by key; without one every key is absent."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._text = "" if path is None else _read_text(path)
        self._values: Mapping[str, object] = {} if path is None else _read_toml(path, self._text)
        self._refuse_unknown(self._values, _KEYS, "")

    @property
    def name(self) -> str:
        return str(self._path)

    def text(self, key: str) -> str | None:
        return self._read(key, str, "a text")

    def flag(self, key: str) -> bool | None:
        return self._read(key, bool, "true or false")

    def path(self, key: str) -> Path | None:
        text = self.text(key)
        return _absolute(text, self._folder) if text else None

    def store(self) -> str | None:
        return _absolute_store(self.text("store"), self._folder)

    def folders(self, key: str) -> list[Path] | None:
        texts: Sequence[object] | None = self._read(key, list, "a list of folders")
        if texts is None:
            return None
        return [_absolute(self._typed(key, text, str, "a folder"), self._folder) for text in texts]

    def endpoints(self) -> dict[str, str]:
        table: Mapping[str, object] = self._read("endpoints", dict, "a table") or {}
        self._refuse_unknown(table, SERVICES, "endpoints.")
        found: dict[str, str] = {}
        for service, url in table.items():
            name = f"endpoints.{service}"
            text = self._typed(name, url, str, "a URL")
            found[service] = _checked_url(text, f"{self._path}: {name}") or ""
        return found

    def keys(self) -> dict[str, KeySetting]:
        table: Mapping[str, object] = self._read("keys", dict, "a table") or {}
        return {action: self._key_setting(action, said) for action, said in table.items()}

    def _key_setting(self, action: str, said: object) -> KeySetting:
        name = f"keys.{action}"
        listed = said if isinstance(said, list) else [said]
        keys = [self._typed(name, key, str, "a key or a list of keys") for key in listed]
        return KeySetting(tuple(keys), f"{self._path}, line {self._line_of('keys', action)}")

    def _line_of(self, table: str, key: str) -> int:
        """The line on which a table gives a key its value: the TOML reader doesn't say."""
        here, given = "", re.compile(rf"""(?:{table}\s*\.\s*)?["']?{re.escape(key)}["']?\s*=""")
        for number, text in enumerate(self._text.splitlines(), 1):
            line = text.strip()
            if line.startswith("["):
                here = line.partition("#")[0].strip(" []\t")
            elif given.match(line) and (here == table or line.startswith(table)):
                return number
        return 1

    @property
    def _folder(self) -> Path:
        return self._path.parent if self._path else Path.cwd()

    def _read(self, key: str, kind: type[_Value], words: str) -> _Value | None:
        value = self._values.get(key)
        return None if value is None else self._typed(key, value, kind, words)

    def _typed(self, name: str, value: object, kind: type[_Value], words: str) -> _Value:
        if not isinstance(value, kind):
            raise ConfigError(f"{self._path}: {name} must be {words}, not {value!r}")
        return value

    def _refuse_unknown(
        self, values: Mapping[str, object], allowed: Sequence[str], prefix: str
    ) -> None:
        for key in values:
            if key not in allowed:
                raise ConfigError(
                    f"{self._path}: {prefix}{key} is not a setting; allowed: {', '.join(allowed)}"
                )


def _config_file(named: str | None) -> Path | None:
    """The file that was named, which must be there, or the usual one if it is."""
    if named:
        path = _absolute(named, Path.cwd())
        if not path.is_file():
            raise ConfigError(f"there is no configuration file {path}")
        return path
    path = config_folder() / "config.toml"
    return path if path.is_file() else None


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def _read_toml(path: Path, text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def _plan_folders(from_env: str | None, file: _File) -> tuple[Path, ...]:
    if from_env:
        return tuple(_absolute(folder, Path.cwd()) for folder in from_env.split(os.pathsep))
    folders = file.folders("plans")
    if folders is not None:
        return tuple(folders)
    here = Path("plans").absolute()
    return (*([here] if here.is_dir() else []), config_folder() / "plans")


def _on_hangup(from_env: str | None, file: _File) -> OnHangup:
    found = from_env or file.text("on_hangup") or "detach"
    for known in _ON_HANGUP:
        if found == known:
            return known
    where = "DRS_TUI_ON_HANGUP" if from_env else f"{file.name}: on_hangup"
    raise ConfigError(f"{where} must be one of {', '.join(_ON_HANGUP)}, not {found!r}")


def _flag(env: Mapping[str, str], name: str, file: _File) -> bool | None:
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
    if address is None or not address.startswith("sqlite:") or address == "sqlite:":
        return address
    return f"sqlite:{_absolute(address.removeprefix('sqlite:'), folder)}"


def _absolute(text: str, folder: Path) -> Path:
    return Path(os.path.normpath(folder / Path(text).expanduser()))
