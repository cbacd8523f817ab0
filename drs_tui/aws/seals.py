"""Sealing a run in AWS: an S3 object under Object Lock, or a signature by a KMS key."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any

from drs_tui.aws.connection import Connection
from drs_tui.aws.errors import AwsError, AwsRefused
from drs_tui.aws.parse import member, text
from drs_tui.aws.service import Service, Timeouts
from drs_tui.aws.session import Session
from drs_tui.clock import Clock
from drs_tui.config import SealSettings
from drs_tui.model.seals import Confirmation, Seal, SealError, Statement
from drs_tui.model.times import format_time, parse_time

_TIMEOUTS = Timeouts(read_seconds=20.0, page_seconds=45.0)


def service_for_seals(
    name: str, settings: SealSettings, stack: AsyncExitStack, clock: Clock
) -> Service:
    """S3 or KMS as the settings of the seal say, not as those of DRS; `stack` closes it."""
    connection = Connection(
        region=settings.region, profile=settings.profile, endpoint_url=settings.endpoint_url
    )
    return Service(name, Session(connection), stack, clock, _TIMEOUTS)


class S3Sealer:
    """Objects that Object Lock keeps: `PREFIX/RUN/EVENT.json`, each with one statement."""

    kind = "s3"

    def __init__(self, service: Service, place: str, retain_days: int | None = None) -> None:
        """Write to `place`, a bucket or `BUCKET/PREFIX`; keep for so long, or as its default is."""
        self._service = service
        self._bucket, _, self._prefix = place.partition("/")
        self._retain_days = retain_days

    def where(self, statement: Statement) -> str:
        """The object's URL."""
        return f"s3://{self._bucket}/{self._key(statement)}"

    async def seal(self, statement: Statement) -> Mapping[str, str]:
        """Write the object if it is not there, and see that it is locked."""
        lock: dict[str, Any] = {}
        if self._retain_days is not None:
            at = parse_time(statement.at)
            assert at is not None
            until = at + timedelta(days=self._retain_days)
            # Not even an administrator can take this mode back.
            lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
        try:
            await self._service.read(
                "PutObject",
                **self._object(statement),
                **lock,
                Body=statement.text.encode(),
                ContentType="application/json",
                ChecksumAlgorithm="SHA256",
                IfNoneMatch="*",
            )
        except AwsRefused as error:
            # An earlier try, whose answer was lost, wrote it.
            if error.code != "PreconditionFailed":
                raise SealError(str(error)) from error
        except AwsError as error:
            raise SealError(str(error)) from error
        version = await self._first_version(statement)
        if not _agrees(await self._held(statement, version), statement):
            raise SealError(f"{self.where(statement)} was written before, with another hash")
        return {"version": version, **await self._lock(statement, version)}

    async def confirm(self, seal: Seal) -> Confirmation | None:
        """Whether the object's first version, which can't be overwritten, has the same hash."""
        where = self.where(seal.statement)
        version = await self._first_version(seal.statement)
        if not version:
            return Confirmation(False, f"there is no {where}")
        if not _agrees(await self._held(seal.statement, version), seal.statement):
            return Confirmation(False, f"{where} has another hash")
        until = (await self._lock(seal.statement, version))["retained_until"]
        return Confirmation(True, f"{where} has the same hash, and is kept until {until}")

    def _key(self, statement: Statement) -> str:
        name = f"{statement.run_id}/{statement.seq:012d}.json"
        return f"{self._prefix}/{name}" if self._prefix else name

    def _object(self, statement: Statement) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": self._key(statement)}

    async def _first_version(self, statement: Statement) -> str:
        """The id of the oldest version; empty when there is none."""
        answer = await self._read(
            "ListObjectVersions", Bucket=self._bucket, Prefix=self._key(statement)
        )
        listed = answer.get("Versions")
        versions = [
            version
            for version in (listed if isinstance(listed, list) else [])
            if member(version, "Key") == self._key(statement)
        ]
        # S3 lists the newest first.
        return text(member(versions[-1], "VersionId")) if versions else ""

    async def _held(self, statement: Statement, version: str) -> bytes:
        answer = await self._read("GetObject", **self._object(statement), VersionId=version)
        body: Any = answer["Body"]
        async with body as stream:
            held: bytes = await stream.read()
            return held

    async def _lock(self, statement: Statement, version: str) -> dict[str, str]:
        answer = await self._read("HeadObject", **self._object(statement), VersionId=version)
        until = answer.get("ObjectLockRetainUntilDate")
        if not isinstance(until, datetime):
            raise SealError(
                f"{self.where(statement)} is written and not locked: set seal.retain_days or the "
                "bucket's default retention, and allow s3:GetObjectRetention"
            )
        return {"mode": text(answer.get("ObjectLockMode")), "retained_until": format_time(until)}

    async def _read(self, operation: str, **parameters: object) -> Mapping[str, object]:
        try:
            return await self._service.read(operation, **parameters)
        except AwsError as error:
            raise SealError(str(error)) from error


class KmsSealer:
    """Signatures by an asymmetric key of KMS, over the statement's text."""

    kind = "kms"

    def __init__(self, service: Service, key: str) -> None:
        """Sign with `key`: its id, ARN or alias."""
        self._service = service
        self._key = key

    def where(self, statement: Statement) -> str:  # noqa: ARG002
        """The key."""
        return self._key

    async def seal(self, statement: Statement) -> Mapping[str, str]:
        """Sign the statement."""
        try:
            described = await self._service.read("DescribeKey", KeyId=self._key)
            algorithms = member(described, "KeyMetadata", "SigningAlgorithms")
            if not isinstance(algorithms, list) or not algorithms:
                raise SealError(
                    f"the KMS key {self._key} does not sign: it takes an asymmetric one"
                )
            algorithm = text(algorithms[0])
            answer = await self._service.read(
                "Sign", **self._signed(statement), SigningAlgorithm=algorithm
            )
        except AwsError as error:
            raise SealError(str(error)) from error
        signature = answer.get("Signature")
        if not isinstance(signature, bytes):
            raise SealError(f"the KMS key {self._key} answered without a signature")
        return {
            "key": text(answer.get("KeyId")),
            "algorithm": algorithm,
            "signature": base64.b64encode(signature).decode(),
        }

    async def confirm(self, seal: Seal) -> Confirmation | None:
        """Whether the recorded signature is the key's, of the recorded statement."""
        bad = Confirmation(False, f"its signature is not one of the KMS key {self._key}")
        try:
            signature = base64.b64decode(seal.receipt.get("signature", ""), validate=True)
            answer = await self._service.read(
                "Verify",
                **self._signed(seal.statement),
                Signature=signature,
                SigningAlgorithm=seal.receipt.get("algorithm", ""),
            )
        except binascii.Error:
            return bad
        except AwsError as error:
            if error.code in ("KMSInvalidSignatureException", "ValidationException"):
                return bad
            raise SealError(str(error)) from error
        if answer.get("SignatureValid") is not True:
            return bad
        return Confirmation(True, f"the KMS key {self._key} has signed the same hash")

    def _signed(self, statement: Statement) -> dict[str, object]:
        return {
            "KeyId": self._key,
            "Message": statement.text.encode(),
            "MessageType": "RAW",
        }


def _agrees(held: bytes, statement: Statement) -> bool:
    """Whether what is held says the same of a run; when it was written is not compared."""
    try:
        said = json.loads(held)
    except ValueError:
        return False
    own = statement.to_data()
    return all(member(said, name) == own[name] for name in ("run_id", "seq", "hash"))
