"""Service Quotas: what AWS allows this account in this Region."""

from __future__ import annotations

from collections.abc import Mapping

from drs_tui.aws import parse
from drs_tui.aws.service import Service


class Quotas:
    """Service Quotas of one account and Region; every method raises `AwsError`."""

    def __init__(self, service: Service) -> None:
        """Call through `service`."""
        self._service = service

    async def of(self, service: str) -> Mapping[str, float]:
        """The quotas of a service, as applied to this account, by their code (`L-` and 8 signs)."""
        items = await self._service.items(
            "ListServiceQuotas", {"ServiceCode": service}, under="Quotas", more="NextToken"
        )
        found = {
            parse.text(parse.member(item, "QuotaCode")): parse.member(item, "Value")
            for item in items
        }
        return {
            code: float(value)
            for code, value in found.items()
            if isinstance(value, int | float) and not isinstance(value, bool)
        }

    async def one(self, service: str, code: str) -> float | None:
        """One quota, as applied to this account; None when the answer holds no number."""
        answer = await self._service.read("GetServiceQuota", ServiceCode=service, QuotaCode=code)
        value = parse.member(answer, "Quota", "Value")
        return float(value) if isinstance(value, int | float) else None
