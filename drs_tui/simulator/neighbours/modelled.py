"""A service spoken as botocore's model of it says: requests read, answers and errors written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from drs_tui.simulator.account import Account
from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.message import Request, Response
from drs_tui.simulator.region import Region
from drs_tui.simulator.service_models import service_model
from drs_tui.simulator.shapes import validate
from drs_tui.simulator.wire import named_operation, refusal

if TYPE_CHECKING:
    from botocore.model import OperationModel

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation, its parameters checked against the model."""

    account: Account
    region_name: str
    now: datetime
    parameters: Mapping[str, Any]

    @property
    def region(self) -> Region:
        """The Region that is called."""
        return self.account.region(self.region_name, self.now)


Operation = Callable[[Call], Answer]
"""Performs a call; what it refuses, it refuses with an ApiError."""


class WireForm(Protocol):
    """One of the protocols that AWS's services speak."""

    unknown_operation: str
    """The error code for an operation that the service doesn't have."""
    unbuilt_operation: str
    """The error code for one that it has and the simulator doesn't."""
    invalid_input: str
    """The error code for input that breaks the model's limits."""
    statuses: Mapping[str, int]
    """HTTP codes of errors, where they are not 400."""

    def read(self, request: Request, model: OperationModel) -> dict[str, Any]:
        """The parameters, in the model's names and types.

        Raises:
            ApiError: they can't be read.
        """

    def write(self, answer: Answer, model: OperationModel, request_id: str) -> Response:
        """An answer."""


class ModelledService:
    """One service of an account."""

    def __init__(
        self, name: str, account: Account, form: WireForm, operations: Mapping[str, Operation]
    ) -> None:
        """Answer `operations`, each by its name in botocore's model of the service `name`."""
        self._name = name
        self._account = account
        self._form = form
        self._operations = operations

    def answer(self, request: Request, region_name: str, now: datetime) -> Response:
        """Answer one request at the moment `now`."""
        operation = named_operation(request)
        parameters: Any = None
        try:
            model = self._operation(operation)
            parameters = self._form.read(request, model)
            self._validate(model, parameters)
            call = Call(self._account, region_name, now, parameters)
            answer = self._operations[model.name](call)
        except ApiError as refused:
            return refusal(
                request,
                self._name,
                self._form.statuses.get(refused.code, 400),
                refused.code,
                refused.message,
                members=refused.members,
                operation=operation,
                parameters=parameters,
            )
        written = self._form.write(answer, model, request.request_id)
        return replace(written, operation=operation, parameters=parameters)

    def _operation(self, name: str | None) -> OperationModel:
        model = service_model(self._name)
        if name not in model.operation_names:
            raise ApiError(
                self._form.unknown_operation,
                f"The action {name} is not valid for this web service."
                if name
                else "The request names no action.",
            )
        if name not in self._operations:
            raise ApiError(
                self._form.unbuilt_operation,
                f"This simulator does not build {name} of {self._name}; it builds "
                f"{', '.join(sorted(self._operations))}",
            )
        return model.operation_model(name)

    def _validate(self, model: OperationModel, parameters: Mapping[str, Any]) -> None:
        try:
            validate(model.input_shape, parameters)
        except ApiError as broken:
            raise ApiError(self._form.invalid_input, broken.message) from None
