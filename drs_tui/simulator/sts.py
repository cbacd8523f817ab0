"""The one call of AWS STS that clients begin with, in its query protocol's XML."""

from __future__ import annotations

from xml.sax.saxutils import escape

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_ROLE = "DrillOperator"
_SESSION = "simulator"


def caller_identity(account: str, request_id: str) -> str:
    """The answer to GetCallerIdentity."""
    return (
        f'<GetCallerIdentityResponse xmlns="{_NAMESPACE}"><GetCallerIdentityResult>'
        f"<Arn>arn:aws:sts::{account}:assumed-role/{_ROLE}/{_SESSION}</Arn>"
        f"<UserId>AROADRSSIMULATOR00000:{_SESSION}</UserId><Account>{account}</Account>"
        "</GetCallerIdentityResult><ResponseMetadata>"
        f"<RequestId>{request_id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )


def error(code: str, message: str, request_id: str) -> str:
    """A refusal."""
    return (
        f'<ErrorResponse xmlns="{_NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{escape(message)}</Message></Error><RequestId>{request_id}</RequestId>"
        "</ErrorResponse>"
    )
