"""How a call to AWS can fail, told apart by whether it may have happened.

AwsError
├── AwsRefused      AWS answered no: nothing was started
│   └── AwsThrottled    ... for now: send again later
├── AwsNotSent      the request never left
└── AwsUnclear      it may have arrived; nobody told us how it ended
"""

from __future__ import annotations

import math
import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from drs_tui.aws.parse import clean, member, text

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


class AwsError(Exception):
    """A call to AWS failed; the message says what happened, to which call, and what to do."""

    def __init__(
        self, message: str, *, operation: str, code: str = "", http_status: int = 0
    ) -> None:
        """Describe the failure of one `operation`, such as `StartRecovery`."""
        super().__init__(message)
        self.operation = operation
        self.code = code
        """AWS's error code, or the SDK's exception name when AWS said nothing."""
        self.http_status = http_status
        """0 when there was no answer."""


class AwsRefused(AwsError):
    """AWS answered no: nothing was started."""


class AwsThrottled(AwsRefused):
    """AWS refused the call because there were too many: nothing was started, later it may be."""

    def __init__(
        self,
        message: str,
        *,
        operation: str,
        code: str = "",
        http_status: int = 0,
        retry_after_seconds: float | None = None,
    ) -> None:
        """Describe a throttled `operation`."""
        super().__init__(message, operation=operation, code=code, http_status=http_status)
        self.retry_after_seconds = retry_after_seconds
        """How long AWS asks to wait; None when it doesn't say."""


class AwsNotSent(AwsError):
    """The request never left: no credentials, no connection, or it was wrong to begin with."""


class AwsUnclear(AwsError):
    """The request may have arrived; its answer was lost, late, broken or an error of AWS's own."""


THROTTLED_CODES = frozenset(
    {
        "LimitExceededException",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
EXPIRED_CODES = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
UNFINISHED_CODES = frozenset({"RequestTimeout", "RequestTimeoutException"})

_RENEW = (
    "Renew the credentials (`aws sso login`, `aws login`, or whatever issues them), then try again."
)
_ADVICE_BY_CODE = {
    "AccessDenied": "Give the caller the permission that AWS names.",
    "AccessDeniedException": "Give the caller the permission that AWS names.",
    "ConflictException": "Find the job that holds the server before anything is sent again.",
    "ExpiredToken": _RENEW,
    "ExpiredTokenException": _RENEW,
    "InvalidClientTokenId": "AWS doesn't know this access key: check --profile and the Region.",
    "InvalidSignatureException": "Check the secret key, and this machine's clock.",
    "RequestExpired": "Check this machine's clock, and renew the credentials.",
    "RequestTimeTooSkewed": "Set this machine's clock.",
    "ServiceQuotaExceededException": "Wait for running jobs to end, or have the quota raised.",
    "SignatureDoesNotMatch": "Check the secret key, and this machine's clock.",
    "UninitializedAccountException": (
        "Check --profile and --region; DRS must be initialised in each Region where it is used."
    ),
    "UnrecognizedClientException": (
        "Check --profile, and that the Region is enabled for the account."
    ),
}
_ADVICE_BY_EXCEPTION = {
    "CredentialRetrievalError": "Check the program or service that issues the credentials.",
    "LoginRefreshRequired": "Run `aws login`.",
    "LoginTokenLoadError": "Run `aws login`.",
    "NoCredentialsError": (
        "Choose a --profile, run `aws sso login` or `aws login`, or set AWS_ACCESS_KEY_ID."
    ),
    "NoRegionError": "Say --region, or set AWS_DEFAULT_REGION.",
    "PartialCredentialsError": "Set both the access key and the secret key.",
    "ProfileNotFound": "Check --profile and AWS_PROFILE against `aws configure list-profiles`.",
    "SSOTokenLoadError": "Run `aws sso login` for this profile.",
    "TokenRetrievalError": "Run `aws sso login` for this profile.",
    "UnauthorizedSSOTokenError": "Run `aws sso login` for this profile.",
}
_CHECK_THE_WAY = "Check the network, the proxy, --region and --endpoint-url."
_FIND_OUT_FIRST = "It may have taken effect: find out before it is sent again."


def classify(operation: str, error: BaseException, *, sent: bool = True) -> AwsError:
    """Say what the failure of `operation` means.

    The SDK's exception class can't tell: a connection reset after sending and one that
    was refused are both its EndpointConnectionError, so the error beneath it decides.

    Args:
        operation: AWS's name of the call.
        error: What came out of the SDK, or out of reading its answer.
        sent: False when it is known from elsewhere that the request had not left.
    """
    from botocore.exceptions import ClientError

    if isinstance(error, AwsError):
        return error
    if isinstance(error, ClientError):
        return _answered(operation, error, sent=sent)
    name = type(error).__name__
    reason = _reason(error)
    if sent and not _never_left(error):
        return AwsUnclear(
            f"{operation} has no clear answer: {reason} {_FIND_OUT_FIRST}",
            operation=operation,
            code=name,
        )
    advice = _ADVICE_BY_EXCEPTION.get(name, _CHECK_THE_WAY)
    return AwsNotSent(
        f"{operation} was not sent: {reason} {advice}", operation=operation, code=name
    )


def _answered(operation: str, error: ClientError, *, sent: bool) -> AwsError:
    """Judge an answer that AWS, or a proxy on the way, marked as an error."""
    answer = error.response
    code = text(member(answer, "Error", "Code")) or "Unknown"
    status = member(answer, "ResponseMetadata", "HTTPStatusCode")
    http_status = status if isinstance(status, int) else 0
    words = _sentence(f"{code}: {_words(answer)}")
    advice = _ADVICE_BY_CODE.get(code, "")

    # Credentials are fetched by calls of their own, before the one that was wanted.
    if not sent or error.operation_name != operation:
        return AwsNotSent(
            f"{operation} was not sent: {error.operation_name} failed: {words} {advice}".strip(),
            operation=operation,
            code=code,
            http_status=http_status,
        )
    if not 400 <= http_status < 500 or http_status == 408 or code in UNFINISHED_CODES:
        return AwsUnclear(
            f"{operation} ended in an error on AWS's side, HTTP {http_status}, {words} "
            f"{_FIND_OUT_FIRST}",
            operation=operation,
            code=code,
            http_status=http_status,
        )
    if http_status == 429 or code in THROTTLED_CODES:
        return AwsThrottled(
            f"{operation} was throttled: {words} Nothing was started; it can be sent again later.",
            operation=operation,
            code=code,
            http_status=http_status,
            retry_after_seconds=_retry_after_seconds(answer),
        )
    return AwsRefused(
        f"{operation} was refused: {words} {advice}".strip(),
        operation=operation,
        code=code,
        http_status=http_status,
    )


def _words(answer: Mapping[str, object]) -> str:
    """AWS's message and whatever else it says about the thing that was wrong."""
    parts = [text(member(answer, "Error", "Message")) or text(member(answer, "message"))]
    parts += [
        f"{name} {value}"
        for name in ("reason", "resourceType", "resourceId", "serviceCode", "quotaCode")
        if (value := text(member(answer, name)))
    ]
    fields = member(answer, "fieldList")
    parts += [
        f"{text(member(field, 'name'))}: {text(member(field, 'message'))}"
        for field in (fields if isinstance(fields, list) else [])
    ]
    return ", ".join(part for part in parts if part) or "no reason given"


def _retry_after_seconds(answer: Mapping[str, object]) -> float | None:
    for value in (
        member(answer, "retryAfterSeconds"),
        member(answer, "ResponseMetadata", "HTTPHeaders", "retry-after"),
    ):
        try:
            seconds = float(text(value))
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None


def _reason(error: BaseException) -> str:
    from botocore.exceptions import BotoCoreError

    if isinstance(error, TimeoutError):
        return "no answer came in time."
    if isinstance(error, BotoCoreError):
        beneath = str(error.kwargs.get("error", ""))
        words = clean(str(error))
        return _sentence(words if beneath in words else f"{words} ({clean(beneath)})")
    return _sentence(f"{type(error).__name__}: {clean(str(error))}")


def _sentence(words: str) -> str:
    stripped = " ".join(words.split())
    return stripped if stripped.endswith((".", "!", "?")) else f"{stripped}."


def _never_left(error: BaseException) -> bool:
    """Whether the error itself proves that nothing was sent."""
    import aiohttp
    from botocore import exceptions as sdk

    proofs = (
        aiohttp.ClientConnectorError,  # DNS and TLS too: its subclasses
        aiohttp.ConnectionTimeoutError,
        aiohttp.InvalidURL,
        socket.gaierror,
        sdk.ConfigNotFound,
        sdk.ConfigParseError,
        sdk.ConnectTimeoutError,
        sdk.CredentialRetrievalError,
        sdk.EndpointProviderError,
        sdk.InvalidConfigError,
        sdk.InvalidProxiesConfigError,
        sdk.InvalidRegionError,
        sdk.LoginError,
        sdk.MetadataRetrievalError,
        sdk.NoCredentialsError,
        sdk.NoRegionError,
        sdk.ParamValidationError,
        sdk.PartialCredentialsError,
        sdk.ProfileNotFound,
        sdk.ProxyConnectionError,
        sdk.RefreshWithMFAUnsupportedError,
        sdk.SSLError,
        sdk.SSOError,
        sdk.TokenRetrievalError,
    )
    return any(isinstance(cause, proofs) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised for: the SDK keeps that in `kwargs`, Python in `__cause__`.

    `__context__` is left out: it also holds errors of earlier attempts.
    """
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        kwargs = getattr(cause, "kwargs", None)
        waiting += [cause.__cause__, kwargs.get("error") if isinstance(kwargs, dict) else None]
