"""What a fault of the scenario does to one request."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import assert_never

from drs_tui.simulator.message import Request, Response
from drs_tui.simulator.scenarios.rules import FaultRule, RequestFault
from drs_tui.simulator.wire import named_parameters, refusal

Answer = Callable[[], Response]
"""Carries the request out, each time that it is called."""

_THROTTLING: Mapping[str, tuple[int, str, str]] = {
    "drs": (429, "ThrottlingException", "Rate exceeded"),
    "ec2": (503, "RequestLimitExceeded", "Request limit exceeded."),
    "iam": (400, "Throttling", "Rate exceeded"),
    "sts": (400, "Throttling", "Rate exceeded"),
}
_BROKEN: Mapping[str, tuple[str, str]] = {
    "drs": ("InternalServerException", "Internal server error"),
    "ec2": ("InternalError", "An internal error has occurred"),
    "iam": ("ServiceFailure", "The request processing has failed"),
    "sts": ("InternalFailure", "The request processing has failed"),
}
_EXPIRED: Mapping[str, tuple[int, str]] = {
    "ec2": (400, "RequestExpired"),
    "iam": (403, "ExpiredToken"),
    "sts": (403, "ExpiredToken"),
}
_HTML = (
    "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n"
    "<center><h1>{status} {reason}</h1></center>\r\n</body>\r\n</html>\r\n"
)
_REASONS = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}


class Interference:
    """One rule at work on one request."""

    def __init__(
        self,
        rule: FaultRule,
        request: Request,
        *,
        service: str,
        operation: str,
        account: str,
        server_id: str | None,
        speed: float,
    ) -> None:
        """Prepare; `server_id` is the first source server that the request names, if any."""
        self._rule = rule
        self._request = request
        self._service = service
        self._operation = operation
        self._account = account
        self._server_id = server_id
        self._speed = speed

    def answer(self, carry_out: Answer) -> Response:
        """What the client gets, and the call log is told."""
        rule, kind = self._rule, self._rule.kind
        assert isinstance(kind, RequestFault), "other rules strike no request"
        match kind:
            case RequestFault.DELAY:
                response = replace(carry_out(), delay_seconds=(rule.seconds or 0.0) / self._speed)
            case RequestFault.HANG:
                response = carry_out() if rule.takes_effect else self._unanswered()
                response = replace(response, delay_seconds=math.inf)
            case RequestFault.LOST_ANSWER:
                response = replace(carry_out(), is_lost=True)
            case RequestFault.MALFORMED:
                response = self._malformed(carry_out())
            case RequestFault.DUPLICATE:
                carry_out()
                response = carry_out()
            case RequestFault.ERROR:
                response = self._error(carry_out)
            case RequestFault.OUTAGE if rule.status is not None:
                response = self._gateway(rule.status)
            case RequestFault.LOST_REQUEST | RequestFault.OUTAGE:
                response = self._unanswered()
            case RequestFault.THROTTLE:
                response = self._throttled()
            case RequestFault.CONFLICT:
                response = self._in_conflict()
            case RequestFault.QUOTA:
                response = self._over_quota()
            case RequestFault.ACCESS_DENIED:
                response = self._denied()
            case RequestFault.EXPIRED_CREDENTIALS:
                response = self._expired()
            case _:
                assert_never(kind)
        return replace(response, fault=kind.value)

    def _unanswered(self) -> Response:
        parameters = named_parameters(self._request)
        return Response(0, {}, b"", self._operation, parameters, error="lost", is_lost=True)

    def _malformed(self, response: Response) -> Response:
        match self._rule.body:
            case "html":
                body = _HTML.format(status=200, reason="OK").encode()
                headers = {**response.headers, "Content-Type": "text/html"}
                return replace(response, headers=headers, body=body)
            case "empty":
                return replace(response, body=b"")
            case _:
                return replace(response, body=response.body[: len(response.body) // 2])

    def _error(self, carry_out: Answer) -> Response:
        """An error of the service, or with another status than 500 one of what stands before it."""
        status = self._rule.status or 500
        done = carry_out() if self._rule.takes_effect else None
        code, message = _BROKEN.get(self._service, ("InternalServerError", "Internal server error"))
        response = self._refused(500, code, message) if status == 500 else self._gateway(status)
        return replace(response, job_id=done.job_id if done else None)

    def _gateway(self, status: int) -> Response:
        """The page of a load balancer, which speaks no service's protocol."""
        body = _HTML.format(status=status, reason=_REASONS.get(status, "Error")).encode()
        parameters = named_parameters(self._request)
        return Response(
            status,
            {"Content-Type": "text/html"},
            body,
            self._operation,
            parameters,
            error=f"HTTP {status}",
        )

    def _in_conflict(self) -> Response:
        held = self._server_id or "a source server"
        return self._refused(
            409,
            "ConflictException",
            "One or more of the source servers included in the API call are currently being "
            f"processed by a job: {held}",
            code="ConflictException",
            resourceId=held,
            resourceType="sourceServer",
        )

    def _over_quota(self) -> Response:
        return self._refused(
            402,
            "ServiceQuotaExceededException",
            "Concurrent jobs in progress: 21 would exceed the limit of 20",
            code="ServiceQuotaExceededException",
            resourceId=self._account,
            resourceType="account",
            serviceCode="drs",
            quotaCode="L-D88FAC3A",
        )

    def _expired(self) -> Response:
        status, code = _EXPIRED.get(self._service, (403, "ExpiredTokenException"))
        return self._refused(status, code, "The security token included in the request is expired")

    def _throttled(self) -> Response:
        wait = {} if self._rule.seconds is None else {"Retry-After": str(round(self._rule.seconds))}
        status, code, message = _THROTTLING.get(
            self._service, (400, "ThrottlingException", "Rate exceeded")
        )
        return self._refused(status, code, message, headers=wait)

    def _denied(self) -> Response:
        who = f"arn:aws:sts::{self._account}:assumed-role/DrillOperator/simulator"
        what = f"{self._service}:{self._operation}"
        message = (
            f"User: {who} is not authorized to perform: {what} because no identity-based policy "
            f"allows the {what} action"
        )
        if self._service == "ec2":
            return self._refused(403, "UnauthorizedOperation", message)
        if self._service in ("iam", "sts"):
            return self._refused(403, "AccessDenied", message)
        return self._refused(403, "AccessDeniedException", message, code="AccessDeniedException")

    def _refused(
        self,
        status: int,
        error: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        **members: str,
    ) -> Response:
        return refusal(
            self._request,
            self._service,
            status,
            error,
            message,
            members=members,
            headers=headers,
            operation=self._operation,
            parameters=named_parameters(self._request),
        )
