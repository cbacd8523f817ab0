"""What an HTTP request to the simulator is answered, without a network.

Routing, input limits and HTTP codes come from botocore's `drs` model, the same that every
Python client of the service speaks from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from uuid import UUID

from drs_tui import __version__
from drs_tui.simulator import sts
from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.region import OPERATIONS
from drs_tui.simulator.scenarios import Lost
from drs_tui.simulator.shapes import validate

if TYPE_CHECKING:
    from botocore.model import ServiceModel

    from drs_tui.simulator.account import Account

MARK = "x-drs-simulator"
"""The header of every answer that says that nothing here is evidence."""

_UNDECLARED_STATUS = {
    "IncompleteSignatureException": 400,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "SerializationException": 400,
    "UnknownOperationException": 404,
    "UnrecognizedClientException": 403,
    "UnsupportedOperationException": 400,
}
"""HTTP codes of errors that AWS's front door gives and the service model doesn't list."""

_CREDENTIAL = re.compile(r"Credential=[^/,\s]+/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Request:
    """What came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out, and what the call log says about it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    operation: str | None = None
    parameters: Any = None
    error: str | None = None
    job_id: str | None = None
    is_lost: bool = False
    """Whether the connection closes instead of carrying this."""


class Endpoint:
    """The front door of one simulated account: DRS and the STS call that names the caller."""

    def __init__(self, account: Account, model: ServiceModel) -> None:
        """Answer for `account`; `model` is botocore's of the service `drs`."""
        self.account = account
        self._model = model
        self._answered = 0
        self._routes: dict[tuple[str, re.Pattern[str]], str] = {}
        for name in model.operation_names:
            http = model.operation_model(name).http
            pattern = re.sub(r"\{\w+\}", "[^/]+", http["requestUri"])
            self._routes[http["method"], re.compile(pattern)] = name
        self._mark = f"{__version__}/{account.scenario.name}"
        self._region_pattern = re.compile(model.shape_for("AwsRegion").metadata["pattern"])

    def answer(self, request: Request, now: datetime) -> Response:
        """Answer one request at the moment `now`."""
        self._answered += 1
        headers = {
            MARK: self._mark,
            "Date": format_datetime(now, usegmt=True),
            "x-amzn-RequestId": str(UUID(int=self._answered, version=4)),
        }
        if request.method in {"GET", "HEAD"} and request.path == "/":
            text = self._about().encode()
            return Response(200, headers | {"Content-Type": "text/plain; charset=utf-8"}, text)
        if request.path == "/":
            return self._answer_sts(request, headers)
        return self._answer_drs(request, now, headers)

    def _about(self) -> str:
        scenario = self.account.scenario
        return (
            f"drs-tui simulator {__version__}: a simulated AWS Elastic Disaster Recovery.\n"
            f"Scenario {scenario.name}: {scenario.summary}. Account {scenario.account}.\n"
            f"It builds {', '.join(OPERATIONS)} and STS GetCallerIdentity.\n"
            "Nothing here is real, and nothing it answers is evidence of a drill.\n"
            "Try: aws drs describe-source-servers --endpoint-url with this address.\n"
        )

    def _answer_drs(self, request: Request, now: datetime, headers: dict[str, str]) -> Response:
        operation: str | None = None
        parameters: Any = None
        headers = headers | {"Content-Type": "application/json"}
        try:
            operation = self._operation(request)
            parameters = _parse(request.body)
            region_name = self._authorize(request)
            if operation not in OPERATIONS:
                raise ApiError(
                    "UnsupportedOperationException",
                    f"This simulator does not build {operation} yet; it builds "
                    f"{', '.join(OPERATIONS)}",
                )
            model = self._model.operation_model(operation)
            validate(model.input_shape, parameters)
            lost = self._lost(operation)
            if lost is Lost.REQUEST:
                return Response(0, {}, b"", operation, parameters, error="lost", is_lost=True)
            region = self.account.region(region_name, now)
            answer = OPERATIONS[operation](region, parameters, now)
        except ApiError as refusal:
            members = {"message": refusal.message, "code": refusal.code, **refusal.members}
            return Response(
                self._status(refusal.code),
                headers | {"x-amzn-ErrorType": refusal.code},
                json.dumps(members).encode(),
                operation,
                parameters,
                error=refusal.code,
            )
        return Response(
            model.http["responseCode"],
            headers,
            json.dumps(answer).encode(),
            operation,
            parameters,
            job_id=answer["job"]["jobID"] if "job" in answer else None,
            is_lost=lost is Lost.ANSWER,
        )

    def _answer_sts(self, request: Request, headers: dict[str, str]) -> Response:
        headers = headers | {"Content-Type": "text/xml"}
        parameters = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        operation = parameters.get("Action")
        request_id = headers["x-amzn-RequestId"]
        error: str | None = None
        if "authorization" not in request.headers:
            error = "MissingAuthenticationToken"
            body = sts.error(error, "Request is missing Authentication Token", request_id)
        elif operation == "GetCallerIdentity":
            body = sts.caller_identity(self.account.scenario.account, request_id)
        else:
            error = "InvalidAction"
            body = sts.error(error, f"Could not find operation {operation}", request_id)
        status = {None: 200, "MissingAuthenticationToken": 403}.get(error, 400)
        return Response(status, headers, body.encode(), operation, parameters, error=error)

    def _operation(self, request: Request) -> str:
        for (method, pattern), name in self._routes.items():
            if method == request.method and pattern.fullmatch(request.path):
                return name
        raise ApiError(
            "UnknownOperationException",
            f"{request.method} {request.path} is not an operation of DRS",
        )

    def _authorize(self, request: Request) -> str:
        """The Region the request was signed for; the signature itself is taken on trust."""
        authorization = request.headers.get("authorization")
        if authorization is None:
            raise ApiError("MissingAuthenticationTokenException", "Missing Authentication Token")
        scope = _CREDENTIAL.search(authorization)
        if scope is None:
            raise ApiError(
                "IncompleteSignatureException", "Authorization header requires a credential scope"
            )
        region, service = scope[1], scope[2]
        if service != "drs":
            raise ApiError(
                "InvalidSignatureException",
                f"Credential should be scoped to correct service: 'drs', not {service!r}",
            )
        if not self._region_pattern.fullmatch(region):
            raise ApiError(
                "UnrecognizedClientException", f"There is no Region {region!r} to be signed for"
            )
        return region

    def _lost(self, operation: str) -> Lost:
        return self.account.scenario.lost if operation == "StartRecovery" else Lost.NOTHING

    def _status(self, code: str) -> int:
        if code in _UNDECLARED_STATUS:
            return _UNDECLARED_STATUS[code]
        status: int = self._model.shape_for(code).metadata["error"]["httpStatusCode"]
        return status


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError as unreadable:
        raise ApiError("SerializationException", f"The body is not JSON: {unreadable}") from None
