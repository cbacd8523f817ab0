"""The JSON 1.1 protocol of Systems Manager and Service Quotas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.message import Request, Response

if TYPE_CHECKING:
    from botocore.model import OperationModel

    from drs_tui.simulator.neighbours.modelled import Answer


class Json11Form:
    """A JSON object in, named by a header; another out."""

    unknown_operation = "UnknownOperationException"
    unbuilt_operation = "UnsupportedOperationException"
    statuses: Mapping[str, int] = {"InternalServerError": 500}

    def __init__(self, invalid_input: str = "ValidationException") -> None:
        """Refuse input that breaks the model's limits with the code `invalid_input`."""
        self.invalid_input = invalid_input

    def read(self, request: Request, _model: OperationModel) -> dict[str, Any]:
        """The body; as with AWS, a null is nothing and a member too many is not looked at."""
        try:
            parameters = json.loads(request.body or b"{}")
        except ValueError as unreadable:
            raise ApiError(
                "SerializationException", f"The body is not JSON: {unreadable}"
            ) from None
        if not isinstance(parameters, dict):
            raise ApiError("SerializationException", "The body is not a JSON object")
        return {name: value for name, value in parameters.items() if value is not None}

    def write(self, answer: Answer, _model: OperationModel, _request_id: str) -> Response:
        """An answer; times are seconds since 1970."""
        body = json.dumps(answer, default=datetime.timestamp).encode()
        return Response(200, {"Content-Type": "application/x-amz-json-1.1"}, body)
