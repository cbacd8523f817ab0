"""Where settings come from, and what is said of those that make no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.config import SealSettings
from drs_tui.config_file import ConfigError
from drs_tui.config_reading import Flags, read_settings

FULL = """\
profile = "file-profile"
region = "eu-central-1"
endpoint_url = "https://drs.file.example"
store = "sqlite:audit/runs.db"
plans = ["plans", "/srv/plans"]
read_only = true
log_file = "drs.log"
prices = "prices.yaml"

[endpoints]
sts = "https://sts.file.example"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("DATA", "STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def usual_file(tmp_path: Path) -> Path:
    """The configuration file where it is looked for."""
    path = tmp_path / "config" / "drs-tui" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


def test_without_anything_runs_are_kept_among_the_users_data(tmp_path: Path) -> None:
    settings = read_settings(Flags(), {})

    assert settings.store == f"sqlite:{tmp_path / 'data' / 'drs-tui' / 'runs.db'}"
    assert settings.config_file is None
    assert settings.profile is settings.region is settings.endpoint_url is None
    assert not settings.read_only


def test_the_file_is_read_from_the_users_folder_and_its_paths_are_relative_to_it(
    usual_file: Path,
) -> None:
    usual_file.write_text(FULL)

    settings = read_settings(Flags(), {})

    assert settings.config_file == usual_file
    assert settings.profile == "file-profile"
    assert settings.prices == usual_file.parent / "prices.yaml"
    assert settings.endpoint_url == "https://drs.file.example"
    assert settings.endpoints == {"sts": "https://sts.file.example"}
    assert settings.store == f"sqlite:{usual_file.parent / 'audit' / 'runs.db'}"
    assert settings.plan_folders == (usual_file.parent / "plans", Path("/srv/plans"))
    assert settings.log_file == usual_file.parent / "drs.log"
    assert settings.read_only


def test_vpc_endpoints_are_listed_by_url_and_known_by_host(usual_file: Path) -> None:
    usual_file.write_text('vpc_endpoints = ["https://DRS.internal.example:443/x"]')
    settings = read_settings(Flags(), {"DRS_TUI_VPC_ENDPOINTS": "https://mine.example"})
    assert settings.vpc_hosts == settings.reach.vpc_hosts == ("drs.internal.example",)


def test_the_environment_wins_over_the_file_and_a_flag_over_both(usual_file: Path) -> None:
    usual_file.write_text(FULL)
    environ = {
        "DRS_TUI_PROFILE": "env-profile",
        "DRS_TUI_REGION": "env-region",
        "DRS_TUI_STORE": "dynamodb:env-table",
        "DRS_TUI_READ_ONLY": "no",
    }

    settings = read_settings(Flags(region="flag-region"), environ)

    assert settings.profile == "env-profile"
    assert settings.region == "flag-region"
    assert settings.store == "dynamodb:env-table"
    assert settings.endpoint_url == "https://drs.file.example"
    assert not settings.read_only


def test_runs_go_on_without_a_terminal_unless_the_settings_say_stop(usual_file: Path) -> None:
    assert read_settings(Flags(), {}).on_hangup == "detach"

    usual_file.write_text('on_hangup = "stop"')

    assert read_settings(Flags(), {}).on_hangup == "stop"
    assert read_settings(Flags(), {"DRS_TUI_ON_HANGUP": "detach"}).on_hangup == "detach"
    with pytest.raises(ConfigError, match="DRS_TUI_ON_HANGUP must be one of detach, stop"):
        read_settings(Flags(), {"DRS_TUI_ON_HANGUP": "no"})


def test_an_empty_variable_says_nothing() -> None:
    assert read_settings(Flags(), {"DRS_TUI_PROFILE": ""}).profile is None


def test_a_relative_store_becomes_absolute_because_the_driver_runs_elsewhere(
    tmp_path: Path,
) -> None:
    assert read_settings(Flags(store="sqlite:runs.db"), {}).store == f"sqlite:{tmp_path}/runs.db"


def test_plan_folders_of_the_environment_are_separated_as_in_path(tmp_path: Path) -> None:
    settings = read_settings(Flags(), {"DRS_TUI_PLANS": "a:/b"})

    assert settings.plan_folders == (tmp_path / "a", Path("/b"))


def test_a_folder_named_plans_is_looked_into_where_one_stands(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()

    assert tmp_path / "plans" in read_settings(Flags(), {}).plan_folders


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no configuration file .*missing\.toml"):
        read_settings(Flags(config="missing.toml"), {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("regoin = 'x'", "regoin is not a setting; allowed: profile, region"),
        ("region = 3", "region must be a text, not 3"),
        ("read_only = 'yes'", "read_only must be true or false"),
        ("plans = [1]", "plans must be a folder, not 1"),
        ("on_hangup = 'pause'", "on_hangup must be one of detach, stop, not 'pause'"),
        ("notify = 'loud'", "notify must be one of both, bell, osc9, off, not 'loud'"),
        ("on_hangup = true", "on_hangup must be a text"),
        ("[endpoints]\ns3 = 'https://x'", "endpoints.s3 is not a setting; allowed: drs, sts"),
        ("[endpoints]\ndrs = 'x'", "endpoints.drs must be a URL"),
        ("vpc_endpoints = 'https://x'", "vpc_endpoints must be a list of URLs of VPC endpoints"),
        ("vpc_endpoints = ['drs.test']", "vpc_endpoints must be a URL"),
        ("region = ", "is not TOML"),
        ("personal_roles = 'drills'", "personal_roles must be a list of roles"),
        ("[seal]\nscript = 'x'", "seal.script is not a setting; allowed: command, s3"),
        ("[seal]\ncommand = 'x'", "seal.command must be a list of texts"),
        ("[seal]\nretain_days = 0", "seal.retain_days must be 1 to 36500, not 0"),
        ("[seal]\nretain_days = true", "seal.retain_days must be a whole number"),
        ("[seal]\nendpoint_url = 'x'", "seal.endpoint_url must be a URL"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_what_is_allowed(
    usual_file: Path, text: str, words: str
) -> None:
    usual_file.write_text(text)

    with pytest.raises(ConfigError) as caught:
        read_settings(Flags(), {})

    assert str(usual_file) in str(caught.value)
    assert words in str(caught.value)


@pytest.mark.parametrize("url", ["drs.example.com", "ftp://x", "http://", "http://[::1"])
def test_an_endpoint_is_a_url(url: str) -> None:
    with pytest.raises(ConfigError, match="endpoint_url must be a URL"):
        read_settings(Flags(endpoint_url=url), {})


def test_a_word_that_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(ConfigError, match="DRS_TUI_READ_ONLY must be true or false"):
        read_settings(Flags(), {"DRS_TUI_READ_ONLY": "perhaps"})


def test_only_a_store_on_this_machine_is_out_of_reach_for_others() -> None:
    assert not read_settings(Flags(), {}).store_is_shared
    assert read_settings(Flags(store="dynamodb:runs"), {}).store_is_shared


def test_roles_whose_session_names_are_peoples_own_are_listed(usual_file: Path) -> None:
    usual_file.write_text('personal_roles = ["drills"]')

    assert read_settings(Flags(), {}).personal_roles == ("drills",)
    environ = {"DRS_TUI_PERSONAL_ROLES": "a, arn:aws:iam::123456789012:role/b,"}
    roles = ("a", "arn:aws:iam::123456789012:role/b")
    assert read_settings(Flags(), environ).personal_roles == roles


def test_seals_are_set_in_a_table_or_one_by_one_in_the_environment(usual_file: Path) -> None:
    assert read_settings(Flags(), {}).seal == SealSettings()
    usual_file.write_text(
        '[seal]\ncommand = ["./seal", "--to", "ledger"]\ns3 = "s3://bucket/drills/"\n'
        'retain_days = 365\nkms = "alias/drills"\nregion = "eu-central-1"'
    )

    settings = read_settings(Flags(), {"DRS_TUI_SEAL_REGION": "eu-west-1"}).seal

    assert settings == SealSettings(
        command=(str(usual_file.parent / "seal"), "--to", "ledger"),
        s3="bucket/drills",
        retain_days=365,
        kms="alias/drills",
        region="eu-west-1",
    )


def test_a_seal_command_of_the_environment_is_split_as_a_shell_does_and_run_without_one(
    tmp_path: Path,
) -> None:
    environ = {"DRS_TUI_SEAL_COMMAND": "notarize 'two words'", "DRS_TUI_SEAL_RETAIN_DAYS": "7"}
    seal = read_settings(Flags(), environ).seal
    assert (seal.command, seal.retain_days) == (("notarize", "two words"), 7)

    relative = read_settings(Flags(), {"DRS_TUI_SEAL_COMMAND": "bin/seal"}).seal
    assert relative.command == (str(tmp_path / "bin" / "seal"),)


@pytest.mark.parametrize(
    ("name", "value"),
    [("DRS_TUI_SEAL_COMMAND", "'open"), ("DRS_TUI_SEAL_RETAIN_DAYS", "1.5")],
)
def test_a_mistake_in_the_environment_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        read_settings(Flags(), {name: value})


def test_the_look_of_the_app_is_set_like_everything_else(usual_file: Path) -> None:
    assert read_settings(Flags(), {}).ascii_only is None

    usual_file.write_text("theme = 'nord'\nascii = false")

    assert read_settings(Flags(), {}).theme == "nord"
    assert read_settings(Flags(), {}).ascii_only is False
    assert read_settings(Flags(), {"DRS_TUI_ASCII": "yes"}).ascii_only is True
    assert read_settings(Flags(ascii=True), {"DRS_TUI_THEME": "ansi-dark"}).theme == "ansi-dark"
    assert read_settings(Flags(ascii=True), {}).ascii_only is True


def test_keys_are_read_with_the_line_that_gives_them(usual_file: Path) -> None:
    usual_file.write_text(
        "region = 'eu-west-1'\n\n[keys]  # mine\npause = 'P'\n\"note\" = ['N', 'f4']\n"
    )

    keys = read_settings(Flags(), {}).keys

    assert keys["pause"].keys == ("P",)
    assert keys["pause"].place == f"{usual_file}, line 4"
    assert keys["note"].keys == ("N", "f4")
    assert keys["note"].place == f"{usual_file}, line 5"


@pytest.mark.parametrize("said", ["3", "[1]", "true", "{a = 'b'}"])
def test_a_key_is_a_text_or_a_list_of_texts(usual_file: Path, said: str) -> None:
    usual_file.write_text(f"[keys]\npause = {said}")

    with pytest.raises(ConfigError, match=r"keys\.pause must be a key or a list of keys"):
        read_settings(Flags(), {})
