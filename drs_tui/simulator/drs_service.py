"""Elastic Disaster Recovery behind the front door: routing, input limits and HTTP codes.

All three come from botocore's `drs` model, the same that every Python client of the service
speaks from.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.message import Request, Response
from drs_tui.simulator.operations import perform, refuse_unbuilt
from drs_tui.simulator.shapes import validate

if TYPE_CHECKING:
    from botocore.model import OperationModel, ServiceModel, Shape

    from drs_tui.simulator.account import Account

_UNDECLARED_STATUS = {
    "SerializationException": 400,
    "UnknownOperationException": 404,
    "UnsupportedOperationException": 400,
}
"""HTTP codes of errors that AWS gives and the service model doesn't list."""


class DrsService:
    """DRS in all Regions of an account."""

    def __init__(self, account: Account, model: ServiceModel) -> None:
        """Answer for `account`; `model` is botocore's of the service `drs`."""
        self._account = account
        self._model = model
        self._routes: dict[tuple[str, re.Pattern[str]], str] = {}
        for name in model.operation_names:
            http = model.operation_model(name).http
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", http["requestUri"])
            self._routes[http["method"], re.compile(pattern)] = name

    def operation(self, request: Request) -> str | None:
        """The operation that a request's method and path name, built or not."""
        return self._route(request)[0]

    def _route(self, request: Request) -> tuple[str | None, dict[str, str]]:
        """The operation, and the parameters that stand in the path."""
        for (method, pattern), name in self._routes.items():
            if method == request.method and (match := pattern.fullmatch(request.path)):
                return name, {key: unquote(text) for key, text in match.groupdict().items()}
        return None, {}

    def answer(self, request: Request, region_name: str, now: datetime) -> Response:
        """Answer one request at the moment `now`."""
        operation, in_path = self._route(request)
        parameters: Any = None
        try:
            if operation is None:
                raise ApiError(
                    "UnknownOperationException",
                    f"{request.method} {request.path} is not an operation of DRS",
                )
            parameters = _parse(request.body)
            refuse_unbuilt(operation)
            model = self._model.operation_model(operation)
            parameters = {**parameters, **in_path, **_in_query(model, request.query)}
            validate(model.input_shape, parameters)
            region = self._account.region(region_name, now)
            answer = perform(region, operation, parameters, now)
        except ApiError as refusal:
            return self.refusal(refusal, operation, parameters)
        return Response(
            model.http["responseCode"],
            {"Content-Type": "application/json"},
            json.dumps(answer).encode() if answer else b"",
            operation,
            parameters,
            job_id=answer["job"]["jobID"] if answer and "job" in answer else None,
        )

    def refusal(self, error: ApiError, operation: str | None, parameters: Any) -> Response:
        """An error as DRS words it, with the HTTP code that its model gives."""
        return Response(
            self._status(error.code),
            {"Content-Type": "application/json", "x-amzn-ErrorType": error.code},
            json.dumps({"message": error.message, "code": error.code, **error.members}).encode(),
            operation,
            parameters,
            error=error.code,
        )

    def _status(self, code: str) -> int:
        if code in _UNDECLARED_STATUS:
            return _UNDECLARED_STATUS[code]
        status: int = self._model.shape_for(code).metadata["error"]["httpStatusCode"]
        return status


def _parse(body: bytes) -> Any:
    try:
        parameters = json.loads(body or b"{}")
    except ValueError as unreadable:
        raise ApiError("SerializationException", f"The body is not JSON: {unreadable}") from None
    if not isinstance(parameters, dict):
        raise ApiError("SerializationException", "The body is not a JSON object")
    return parameters


def _in_query(model: OperationModel, query: str) -> dict[str, Any]:
    """The parameters that stand behind the path's question mark."""
    sent = parse_qs(query, keep_blank_values=True)
    found: dict[str, Any] = {}
    for member, shape in model.input_shape.members.items():
        if shape.serialization.get("location") == "querystring":
            values = sent.get(shape.serialization["name"])
            if values:
                found[member] = values if shape.type_name == "list" else _scalar(shape, values[0])
    return found


def _scalar(shape: Shape, text: str) -> Any:
    """What a text stands for; one that is no number stays, for the validation to refuse."""
    return int(text) if shape.type_name == "integer" and text.lstrip("-").isdecimal() else text
