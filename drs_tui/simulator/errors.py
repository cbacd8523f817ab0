"""How the simulated service says no."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A request that is refused, in the terms of the service's own error shapes."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        """Name the error shape and give it, beside its message, the members it has in the model."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.members = members


def invalid(message: str, *fields: tuple[str, str], reason: str = "other") -> ApiError:
    """A ValidationException; each field is a member's path and what is wrong with it."""
    listed = [{"name": name, "message": problem} for name, problem in fields]
    return ApiError("ValidationException", message, reason=reason, fieldList=listed)


def not_found(resource_type: str, resource_id: str, what: str) -> ApiError:
    """A ResourceNotFoundException; `what` is the resource in words."""
    return ApiError(
        "ResourceNotFoundException",
        f"{what} {resource_id} does not exist",
        resourceId=resource_id,
        resourceType=resource_type,
    )


def conflict(resource_type: str, resource_id: str, message: str) -> ApiError:
    """A ConflictException."""
    return ApiError(
        "ConflictException", message, resourceId=resource_id, resourceType=resource_type
    )


class StateError(ValueError):
    """A state file that can't be used; the message names the file and what to do."""
