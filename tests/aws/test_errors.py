from __future__ import annotations

import socket

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from botocore import exceptions as sdk

from drs_tui.aws.errors import (
    AwsError,
    AwsNotSent,
    AwsRefused,
    AwsThrottled,
    AwsUnclear,
    classify,
)

URL = "https://drs.us-east-1.amazonaws.com"
KEY = ConnectionKey(
    host="drs.us-east-1.amazonaws.com",
    port=443,
    is_ssl=True,
    ssl=True,
    proxy=None,
    proxy_auth=None,
    proxy_headers_hash=None,
)


def answered(
    status: int, code: str, operation: str = "StartRecovery", **members: object
) -> sdk.ClientError:
    return sdk.ClientError(
        {
            "Error": {"Code": code, "Message": "AWS's own words"},
            "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}},
            **members,
        },
        operation,
    )


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ValidationException"),
        (400, "UninitializedAccountException"),
        (400, "UnrecognizedClientException"),
        (402, "ServiceQuotaExceededException"),
        (403, "AccessDeniedException"),
        (403, "ExpiredTokenException"),
        (404, "ResourceNotFoundException"),
        (409, "ConflictException"),
    ],
)
def test_an_answer_that_says_no_is_a_refusal(status: int, code: str) -> None:
    error = classify("StartRecovery", answered(status, code))

    assert type(error) is AwsRefused
    assert (error.operation, error.code, error.http_status) == ("StartRecovery", code, status)
    assert "AWS's own words" in str(error)


@pytest.mark.parametrize(("status", "code"), [(429, "Unknown"), (400, "ThrottlingException")])
def test_throttling_is_a_refusal_that_may_be_sent_again(status: int, code: str) -> None:
    error = classify("StartRecovery", answered(status, code, retryAfterSeconds="7"))

    assert isinstance(error, AwsThrottled)
    assert error.retry_after_seconds == 7


@pytest.mark.parametrize("said", ["soon", "-1", "inf", None])
def test_a_wait_that_is_no_number_of_seconds_is_unknown(said: object) -> None:
    error = classify("StartRecovery", answered(429, "ThrottlingException", retryAfterSeconds=said))

    assert isinstance(error, AwsThrottled)
    assert error.retry_after_seconds is None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (500, "InternalServerException"),
        (502, "502"),
        (503, "ThrottlingException"),
        (504, "504"),
        (408, "408"),
        (400, "RequestTimeout"),
        (307, "307"),
    ],
)
def test_an_error_that_does_not_say_no_is_unclear(status: int, code: str) -> None:
    assert isinstance(classify("StartRecovery", answered(status, code)), AwsUnclear)


def test_a_quota_is_named() -> None:
    error = classify(
        "StartRecovery",
        answered(402, "ServiceQuotaExceededException", quotaCode="L-D88FAC3A", serviceCode="drs"),
    )
    assert "quotaCode L-D88FAC3A" in str(error)


def test_fields_that_are_wrong_are_named() -> None:
    fields = [{"name": "sourceServers", "message": "too many"}]
    error = classify("StartRecovery", answered(400, "ValidationException", fieldList=fields))
    assert "sourceServers: too many" in str(error)


def test_a_refused_call_for_credentials_means_that_the_wanted_one_was_not_sent() -> None:
    error = classify("StartRecovery", answered(403, "AccessDenied", operation="AssumeRole"))

    assert isinstance(error, AwsNotSent)
    assert error.operation == "StartRecovery"
    assert "AssumeRole" in str(error)


@pytest.mark.parametrize(
    "beneath",
    [
        aiohttp.ClientConnectorError(KEY, ConnectionRefusedError(111, "refused")),
        aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(-2, "no such name")),
        socket.gaierror(-2, "no such name"),
    ],
)
def test_a_connection_that_never_stood_carried_nothing(beneath: Exception) -> None:
    verdict = classify(
        "StartRecovery", sdk.EndpointConnectionError(endpoint_url=URL, error=beneath)
    )
    assert isinstance(verdict, AwsNotSent)
    assert str(beneath) in str(verdict)


@pytest.mark.parametrize(
    "error",
    [
        sdk.ConnectTimeoutError(endpoint_url=URL),
        sdk.NoCredentialsError(),
        sdk.ParamValidationError(report="sourceServers is missing"),
        sdk.ProfileNotFound(profile="drills"),
        sdk.ProxyConnectionError(proxy_url="http://proxy", error=OSError()),
        sdk.SSLError(endpoint_url=URL, error=OSError("bad certificate")),
        sdk.SSOTokenLoadError(error_msg="no token"),
        sdk.UnauthorizedSSOTokenError(),
    ],
)
def test_what_fails_before_sending_was_not_sent(error: Exception) -> None:
    assert isinstance(classify("StartRecovery", error), AwsNotSent)


@pytest.mark.parametrize(
    "error",
    [
        # What the SDK makes of a reset after sending: the class is the same as for a refusal.
        sdk.EndpointConnectionError(endpoint_url=URL, error=aiohttp.ClientOSError(104, "reset")),
        sdk.EndpointConnectionError(endpoint_url=URL),
        sdk.ConnectionClosedError(endpoint_url=URL, error=aiohttp.ServerDisconnectedError()),
        sdk.ReadTimeoutError(endpoint_url=URL, error=TimeoutError()),
        sdk.HTTPClientError(error=RuntimeError("?")),
        TimeoutError(),
        ValueError("an answer that can't be read"),
    ],
)
def test_everything_else_may_have_arrived(error: Exception) -> None:
    verdict = classify("StartRecovery", error)

    assert isinstance(verdict, AwsUnclear)
    assert "find out before it is sent again" in str(verdict)


def test_nothing_is_unclear_about_a_request_that_had_not_left() -> None:
    error = sdk.EndpointConnectionError(endpoint_url=URL, error=aiohttp.ClientOSError(104, "reset"))
    assert isinstance(classify("StartRecovery", error, sent=False), AwsNotSent)


def test_an_earlier_attempt_proves_nothing_about_the_last() -> None:
    last = sdk.ReadTimeoutError(endpoint_url=URL)
    last.__context__ = aiohttp.ClientConnectorError(KEY, ConnectionRefusedError(111, "refused"))
    assert isinstance(classify("StartRecovery", last), AwsUnclear)


def test_messages_say_what_to_run() -> None:
    def said(error: Exception) -> str:
        return str(classify("DescribeJobs", error))

    assert "aws sso login" in said(sdk.UnauthorizedSSOTokenError())
    assert "aws configure list-profiles" in said(sdk.ProfileNotFound(profile="drills"))
    assert "--profile" in said(sdk.NoCredentialsError())
    assert "Renew" in said(answered(403, "ExpiredTokenException", "DescribeJobs"))
    assert "initialised" in said(answered(400, "UninitializedAccountException", "DescribeJobs"))


def test_an_error_that_was_judged_keeps_its_verdict() -> None:
    judged = AwsRefused("no", operation="StartRecovery")
    verdict: AwsError = classify("StartRecovery", judged, sent=False)
    assert verdict is judged
