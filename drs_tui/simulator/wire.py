"""The protocols of AWS's services, as far as the front door has to know them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from drs_tui.simulator.message import Request, Response

_FORM = "application/x-www-form-urlencoded"


def is_query(request: Request) -> bool:
    """Whether a request speaks the query protocol of STS and EC2: a form in, XML out."""
    return request.headers.get("content-type", "").startswith(_FORM)


def named_operation(request: Request) -> str | None:
    """The operation that a query or JSON-RPC request names; None: its path names it, if any."""
    if "x-amz-target" in request.headers:
        return request.headers["x-amz-target"].rpartition(".")[2]
    if is_query(request) or (request.method == "POST" and request.path == "/"):
        return dict(parse_qsl(request.body.decode("utf-8", "replace"))).get("Action")
    return None


def named_parameters(request: Request) -> Any:
    """What a request asks with, as far as it can be read."""
    text = request.body.decode("utf-8", "replace")
    if is_query(request):
        return dict(parse_qsl(text))
    try:
        return json.loads(text or "{}")
    except ValueError:
        return text


def refusal(
    request: Request,
    service: str,
    status: int,
    code: str,
    message: str,
    *,
    members: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    operation: str | None = None,
    parameters: Any = None,
) -> Response:
    """An error in the form of the protocol that the request speaks."""
    if "x-amz-target" in request.headers:
        form = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}
        body = json.dumps({"__type": code, "message": message, **(members or {})})
    elif is_query(request) or request.path == "/":
        form = {"Content-Type": "text/xml"}
        body = _xml_error(request, service, code, message)
    else:
        form = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
        body = json.dumps({"message": message, **(members or {})})
    all_headers = {**form, **(headers or {})}
    return Response(status, all_headers, body.encode(), operation, parameters, error=code)


def _xml_error(request: Request, service: str, code: str, message: str) -> str:
    about = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if service == "ec2":
        return (
            f"<Response><Errors><Error>{about}</Error></Errors>"
            f"<RequestID>{request.request_id}</RequestID></Response>"
        )
    return (
        f"<ErrorResponse><Error><Type>Sender</Type>{about}</Error>"
        f"<RequestId>{request.request_id}</RequestId></ErrorResponse>"
    )
