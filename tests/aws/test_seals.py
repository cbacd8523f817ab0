"""Seals in AWS: an object that nobody can take back, a signature that nobody can forge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
import pytest_asyncio

from drs_tui.aws.seals import KmsSealer, S3Sealer, service_for_seals
from drs_tui.clock import SystemClock
from drs_tui.config import SealSettings
from drs_tui.model.seals import Seal, SealError, Statement
from tests.aws.vault import ALGORITHM, SECRET_KEY, SIGNING_KEY, Vault, vault

STATEMENT = Statement("run-1", 12, "a" * 64, "2026-11-23T09:00:00.000000Z", simulated=False)
ANOTHER = replace(STATEMENT, hash="b" * 64)
PATH = "/vault/drills/run-1/000000000012.json"


@pytest_asyncio.fixture
async def place() -> AsyncIterator[Vault]:
    async with vault() as opened:
        yield opened


@pytest_asyncio.fixture
async def s3(place: Vault) -> AsyncIterator[S3Sealer]:
    async with AsyncExitStack() as stack:
        settings = SealSettings(endpoint_url=place.endpoint_url)
        service = service_for_seals("s3", settings, stack, SystemClock())
        yield S3Sealer(service, "vault/drills", retain_days=7)


@pytest_asyncio.fixture
async def kms(place: Vault) -> AsyncIterator[KmsSealer]:
    async with AsyncExitStack() as stack:
        settings = SealSettings(endpoint_url=place.endpoint_url)
        service = service_for_seals("kms", settings, stack, SystemClock())
        yield KmsSealer(service, "alias/drills")


async def made(sealer: S3Sealer | KmsSealer, statement: Statement = STATEMENT) -> Seal:
    receipt = await sealer.seal(statement)
    return Seal(sealer.kind, sealer.where(statement), statement, ok=True, receipt=receipt)


# S3 ---------------------------------------------------------------------------------------------


async def test_the_statement_lies_in_an_object_that_is_locked(place: Vault, s3: S3Sealer) -> None:
    seal = await made(s3)

    [version] = place.objects[PATH]
    assert version.body.decode() == STATEMENT.text
    assert version.mode == "COMPLIANCE"
    assert seal.where == "s3://vault/drills/run-1/000000000012.json"
    assert seal.receipt == {
        "version": "version-1",
        "mode": "COMPLIANCE",
        "retained_until": "2026-11-30T09:00:00.000000Z",
    }


async def test_what_lies_there_confirms_the_same_hash_and_no_other(s3: S3Sealer) -> None:
    seal = await made(s3)

    confirmed = await s3.confirm(seal)
    denied = await s3.confirm(replace(seal, statement=ANOTHER))
    missing = await s3.confirm(replace(seal, statement=replace(STATEMENT, seq=13)))

    assert confirmed is not None
    assert confirmed.ok
    assert "is kept until 2026-11-30" in confirmed.words
    assert denied is not None
    assert (denied.ok, "has another hash" in denied.words) == (False, True)
    assert missing is not None
    assert (missing.ok, missing.words.startswith("there is no s3://vault/")) == (False, True)


async def test_a_newer_version_vouches_for_nothing(place: Vault, s3: S3Sealer) -> None:
    seal = await made(s3)
    place.write(PATH, ANOTHER.text.encode(), "COMPLIANCE", "2030-01-01T00:00:00Z")

    denied = await s3.confirm(replace(seal, statement=ANOTHER))

    assert denied is not None
    assert not denied.ok


async def test_sealing_again_after_a_lost_answer_finds_the_first(
    place: Vault, s3: S3Sealer
) -> None:
    first = await made(s3)
    again = await made(s3, replace(STATEMENT, at="2026-11-23T09:00:05.000000Z"))

    assert again.receipt == first.receipt
    assert len(place.objects[PATH]) == 1


async def test_another_hash_for_the_same_event_is_refused(s3: S3Sealer) -> None:
    await made(s3)

    with pytest.raises(SealError, match="was written before, with another hash"):
        await s3.seal(ANOTHER)


async def test_a_bucket_that_locks_nothing_is_no_seal(place: Vault) -> None:
    async with AsyncExitStack() as stack:
        settings = SealSettings(endpoint_url=place.endpoint_url)
        sealer = S3Sealer(service_for_seals("s3", settings, stack, SystemClock()), "vault")
        with pytest.raises(SealError, match=r"is written and not locked: set seal\.retain_days"):
            await sealer.seal(STATEMENT)


async def test_what_s3_says_no_with_is_told(place: Vault, s3: S3Sealer) -> None:
    place.refuses = {"PUT"}

    with pytest.raises(SealError, match="AccessDenied"):
        await s3.seal(STATEMENT)


# KMS --------------------------------------------------------------------------------------------


async def test_the_key_signs_the_statement_and_confirms_it(kms: KmsSealer) -> None:
    seal = await made(kms)

    confirmed = await kms.confirm(seal)

    assert (seal.where, seal.receipt["key"]) == ("alias/drills", SIGNING_KEY)
    assert seal.receipt["algorithm"] == ALGORITHM
    assert confirmed is not None
    assert confirmed.ok


@pytest.mark.parametrize(
    "changes",
    [
        {"statement": ANOTHER},
        {"statement": replace(STATEMENT, at="2027-01-01T00:00:00.000000Z")},
        {"receipt": {"signature": "AAAA", "algorithm": ALGORITHM}},
        {"receipt": {"signature": "no base64", "algorithm": ALGORITHM}},
        {"receipt": {"signature": "AAAA", "algorithm": "MADE_UP"}},
        {"receipt": {}},
    ],
)
async def test_a_signature_of_something_else_confirms_nothing(
    kms: KmsSealer, changes: dict[str, object]
) -> None:
    seal = replace(await made(kms), **changes)  # type: ignore[arg-type]

    denied = await kms.confirm(seal)

    assert denied is not None
    assert not denied.ok


async def test_a_key_that_only_encrypts_is_no_seal(place: Vault) -> None:
    async with AsyncExitStack() as stack:
        settings = SealSettings(endpoint_url=place.endpoint_url)
        sealer = KmsSealer(service_for_seals("kms", settings, stack, SystemClock()), SECRET_KEY)
        with pytest.raises(SealError, match="does not sign"):
            await sealer.seal(STATEMENT)


async def test_a_place_that_cannot_be_asked_denies_nothing(place: Vault, kms: KmsSealer) -> None:
    seal = await made(kms)
    place.refuses = {"POST"}

    with pytest.raises(SealError):
        await kms.confirm(seal)
