"""An SSM automation, as Systems Manager tells of it."""

from __future__ import annotations

from dataclasses import dataclass

_SUCCEEDED = frozenset({"Success", "CompletedWithSuccess"})
_ENDED = _SUCCEEDED | {
    "Cancelled",
    "ChangeCalendarOverrideRejected",
    "CompletedWithFailure",
    "Exited",
    "Failed",
    "Rejected",
    "TimedOut",
}
"""`AutomationExecutionStatus` values after which nothing more happens (botocore's ssm model)."""


@dataclass(frozen=True, slots=True)
class Automation:
    """An execution of an automation document."""

    id: str
    status: str
    """As AWS wrote it; one that is not known here is taken for unfinished."""

    failure: str = ""
    output: str = ""
    """What it gave back, or what its steps say of themselves, for people."""

    @property
    def is_ended(self) -> bool:
        """Whether nothing more happens."""
        return self.status in _ENDED

    @property
    def has_succeeded(self) -> bool:
        """Whether it ended well."""
        return self.status in _SUCCEEDED
