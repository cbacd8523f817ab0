"""Credentials in the forms in which people have them on their clipboard."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from drs_tui.model.keys import Keys, KeysError, read_keys

ACCESS, SECRET, TOKEN = "ASIAEXAMPLE123456789", "wJalr/XUtn+FEMI=K7", "IQoJb3JpZ2lu//+AbC=="
END = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
WHOLE = Keys(ACCESS, SECRET, TOKEN, END)
LASTING = Keys(ACCESS, SECRET, TOKEN)
MEMBERS = {"AccessKeyId": ACCESS, "SecretAccessKey": SECRET, "SessionToken": TOKEN}

SH = f"""export AWS_ACCESS_KEY_ID={ACCESS}
export AWS_SECRET_ACCESS_KEY='{SECRET}'
export AWS_SESSION_TOKEN="{TOKEN}"
export AWS_CREDENTIAL_EXPIRATION=2026-11-23T22:30:00+00:00
"""
ON_ONE_LINE = (
    f"export AWS_ACCESS_KEY_ID={ACCESS} AWS_SECRET_ACCESS_KEY={SECRET} AWS_SESSION_TOKEN={TOKEN}"
)
POWERSHELL = f"""$Env:AWS_ACCESS_KEY_ID="{ACCESS}"
$Env:AWS_SECRET_ACCESS_KEY="{SECRET}"
$Env:AWS_SESSION_TOKEN="{TOKEN}"
"""
CMD = f"""SET AWS_ACCESS_KEY_ID={ACCESS}\r
SET AWS_SECRET_ACCESS_KEY={SECRET}\r
SET AWS_SESSION_TOKEN={TOKEN}\r
SET AWS_REGION=eu-west-1\r
"""
FISH = f"""set -gx AWS_ACCESS_KEY_ID {ACCESS};
set -gx AWS_SECRET_ACCESS_KEY {SECRET};
set -gx AWS_SESSION_TOKEN {TOKEN};
"""
INI = f"""[123456789012_Drills]
# copied from the access portal
aws_access_key_id = {ACCESS}
aws_secret_access_key = {SECRET}
aws_session_token = {TOKEN}
"""
MILLISECONDS = int(END.timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (SH, WHOLE),
        ("\ufeff" + SH, WHOLE),
        (ON_ONE_LINE, LASTING),
        (POWERSHELL, LASTING),
        (CMD, LASTING),
        (FISH, LASTING),
        (INI, LASTING),
        (json.dumps({"Version": 1, **MEMBERS, "Expiration": "2026-11-23T22:30:00Z"}), WHOLE),
        (json.dumps({"Credentials": MEMBERS, "AssumedRoleUser": {"Arn": "arn:aws"}}), LASTING),
        (
            json.dumps(
                {
                    "roleCredentials": {
                        "accessKeyId": ACCESS,
                        "secretAccessKey": SECRET,
                        "sessionToken": TOKEN,
                        "expiration": MILLISECONDS,
                    }
                }
            ),
            WHOLE,
        ),
    ],
    ids=[
        *("sh", "with a mark", "one line", "PowerShell", "cmd", "fish", "INI", "export", "STS"),
        "single sign-on",
    ],
)
def test_each_form_is_read(text: str, keys: Keys) -> None:
    assert read_keys(text) == keys


def test_a_users_own_keys_have_no_token_and_no_end() -> None:
    text = f"AWS_ACCESS_KEY_ID=AKIAEXAMPLE123456789\nAWS_SECRET_ACCESS_KEY={SECRET}"
    assert read_keys(text) == Keys("AKIAEXAMPLE123456789", SECRET)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" \n", "nothing was given"),
        ("hello", "no credentials in it"),
        ("[]", "no credentials in it"),
        ("{}", "no credentials in it"),
        (json.dumps(MEMBERS)[:-10], "JSON is not whole"),
        (f"export AWS_ACCESS_KEY_ID={ACCESS}", "secret access key is missing"),
        (f"export AWS_SECRET_ACCESS_KEY={SECRET}", "access key id is missing"),
        (SH.replace("AWS_SESSION_TOKEN", "TOKEN"), "session token is missing"),
        (SH.replace(ACCESS, "ASIA"), "access key id is none"),
        (SH.replace(SECRET, "a b"), "letters in it that none has"),
        (SH.replace("2026-11-23T22", "tomorrow"), "when they end can't be read"),
        (SH + POWERSHELL.replace(ACCESS, "ASIAOTHER00123456789"), "two sets"),
        (json.dumps({**MEMBERS, "Expiration": 1e300}), "when they end can't be read"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_of_it_quoted(text: str, words: str) -> None:
    with pytest.raises(KeysError, match=words) as caught:
        read_keys(text)
    assert not any(secret in str(caught.value) for secret in (ACCESS, SECRET, TOKEN))


def test_no_secret_shows_where_keys_are_printed() -> None:
    assert not any(secret in repr(WHOLE) for secret in WHOLE.secrets)
    assert WHOLE.short == "ASIA…6789"
