"""What a command printed, without secrets and without what steers a terminal."""

from __future__ import annotations

import pytest

from drs_tui.model.masking import MASK, masked, readable


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("password=hunter2hunter2", "password="),
        ('{"dbPassword": "correct horse"}', '{"dbPassword": '),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG", "AWS_SECRET_ACCESS_KEY="),
        ("curl -H 'Authorization: Bearer abcdef.123456'", "Bearer "),
        ("mysql --password s3cr3t-words db", "mysql --password "),
        ("postgres://shop:s3cr3t@db:5432/orders", "postgres://shop:"),
        ("key AKIAIOSFODNN7EXAMPLE is used", "key "),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", ""),
        ("ghp_0123456789abcdefghij", ""),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", ""),
    ],
)
def test_what_has_the_form_of_a_secret_is_masked(printed: str, kept: str) -> None:
    found = masked(printed)
    assert f"{kept}{MASK}" in found
    for secret in ("hunter2", "horse", "wJalr", "123456", "s3cr3t", "IOSFODNN", "c2lnb", "MIIE"):
        assert secret not in found


def test_a_secret_that_is_known_is_masked_whatever_its_form() -> None:
    assert masked("it is long-and-plain, or short", ["long-and-plain", "or"]) == (
        f"it is {MASK}, or short"
    )


@pytest.mark.parametrize(
    "words", ["3 passwords changed", "the token bucket is full", "https://host/path?a=b", "ok: 12"]
)
def test_ordinary_words_stay(words: str) -> None:
    assert masked(words) == words


def test_what_steers_a_terminal_is_taken_out_and_lines_stay_lines() -> None:
    assert readable("\x1b[31mred\x1b[0m\r\nnext\rlast\x07\t\x1b]0;title\x07!") == (
        "red\nnext\nlast\ufffd\t!"
    )
