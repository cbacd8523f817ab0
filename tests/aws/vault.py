"""An S3 with Object Lock and a KMS on this machine, as far as seals need them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web

SIGNING_KEY = "arn:aws:kms:us-east-1:123456789012:key/signs"
SECRET_KEY = "arn:aws:kms:us-east-1:123456789012:key/encrypts"
ALGORITHM = "ECDSA_SHA_256"


@dataclass(frozen=True)
class Version:
    """An object as it was written once; nothing ever changes it."""

    id: str
    body: bytes
    mode: str
    until: str


@dataclass
class Vault:
    """What lies in it, and what it refuses."""

    endpoint_url: str = ""
    objects: dict[str, list[Version]] = field(default_factory=dict)
    """By `/BUCKET/KEY`, the oldest version first."""

    secret: bytes = b"of the key"
    refuses: set[str] = field(default_factory=set)
    """Methods that it denies."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.method in self.refuses:
            return _s3_error(403, "AccessDenied")
        if "X-Amz-Target" in request.headers:
            operation = request.headers["X-Amz-Target"].rpartition(".")[2]
            return self._kms(operation, await request.json())
        if request.method == "PUT":
            return self._put(request, await request.read())
        if "versions" in request.query:
            return self._versions(request.path.rstrip("/"), request.query["prefix"])
        return self._get(request)

    # S3 -----------------------------------------------------------------------------------------

    def write(self, path: str, body: bytes, mode: str = "", until: str = "") -> Version:
        versions = self.objects.setdefault(path, [])
        versions.append(Version(f"version-{len(versions) + 1}", body, mode, until))
        return versions[-1]

    def _put(self, request: web.Request, body: bytes) -> web.Response:
        if request.headers.get("If-None-Match") == "*" and request.path in self.objects:
            return _s3_error(412, "PreconditionFailed")
        version = self.write(
            request.path,
            _unchunked(body)
            if "aws-chunked" in request.headers.get("Content-Encoding", "")
            else body,
            request.headers.get("x-amz-object-lock-mode", ""),
            request.headers.get("x-amz-object-lock-retain-until-date", ""),
        )
        return web.Response(headers={"x-amz-version-id": version.id, "ETag": '"0"'})

    def _versions(self, bucket: str, prefix: str) -> web.Response:
        listed = "".join(
            f"<Version><Key>{escape(path.removeprefix(bucket + '/'))}</Key>"
            f"<VersionId>{version.id}</VersionId></Version>"
            for path, versions in self.objects.items()
            if path.startswith(f"{bucket}/{prefix}")
            for version in reversed(versions)
        )
        text = f"<ListVersionsResult>{listed}</ListVersionsResult>"
        return web.Response(text=text, content_type="application/xml")

    def _get(self, request: web.Request) -> web.Response:
        for version in self.objects.get(request.path, ()):
            if version.id == request.query["versionId"]:
                lock = {
                    "x-amz-object-lock-mode": version.mode,
                    "x-amz-object-lock-retain-until-date": version.until,
                }
                return web.Response(body=version.body, headers=lock if version.mode else {})
        return _s3_error(404, "NoSuchKey")

    # KMS ----------------------------------------------------------------------------------------

    def _kms(self, operation: str, asked: dict[str, Any]) -> web.Response:
        signs = asked["KeyId"] in (SIGNING_KEY, "alias/drills")
        if operation == "DescribeKey":
            algorithms = [ALGORITHM] if signs else []
            metadata = {"KeyId": "signs", "Arn": asked["KeyId"], "SigningAlgorithms": algorithms}
            return _json({"KeyMetadata": metadata})
        if asked["SigningAlgorithm"] != ALGORITHM or asked["MessageType"] != "RAW":
            return _json({"__type": "ValidationException", "message": "no"}, status=400)
        message = base64.b64decode(asked["Message"])
        signature = hmac.digest(self.secret, message, hashlib.sha256)
        if operation == "Sign":
            made = base64.b64encode(signature).decode()
            answer = {"KeyId": SIGNING_KEY, "Signature": made, "SigningAlgorithm": ALGORITHM}
            return _json(answer)
        if base64.b64decode(asked["Signature"]) != signature:
            return _json({"__type": "KMSInvalidSignatureException"}, status=400)
        return _json({"KeyId": SIGNING_KEY, "SignatureValid": True})


@asynccontextmanager
async def vault() -> AsyncIterator[Vault]:
    """A vault that listens on this machine."""
    opened = Vault()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", opened.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    opened.endpoint_url = f"http://{host}:{port}"
    try:
        yield opened
    finally:
        await runner.cleanup()


def _unchunked(body: bytes) -> bytes:
    """What a body holds that the SDK sent in chunks, with its checksum behind."""
    size, _, rest = body.partition(b"\r\n")
    return rest[: int(size.partition(b";")[0], 16)]


def _json(members: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(
        text=json.dumps(members), status=status, content_type="application/x-amz-json-1.1"
    )


def _s3_error(status: int, code: str) -> web.Response:
    text = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
    return web.Response(text=text, status=status, content_type="application/xml")
