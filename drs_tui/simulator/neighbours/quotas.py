"""Service Quotas: what DRS and EC2 allow an account in a Region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.neighbours.json11 import Json11Form
from drs_tui.simulator.neighbours.modelled import Answer, Call, ModelledService
from drs_tui.simulator.neighbours.pages import cut

if TYPE_CHECKING:
    from drs_tui.simulator.account import Account

_SERVICES = {
    "drs": "AWS Elastic Disaster Recovery",
    "ec2": "Amazon Elastic Compute Cloud (Amazon EC2)",
}


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota, by the name and the code of the AWS General Reference."""

    service: str
    code: str
    name: str
    value: float
    is_adjustable: bool = False


def quotas(account: Account) -> list[Quota]:
    """Every quota, in the order of services and codes."""
    limits = account.scenario.quotas
    return [
        Quota("drs", "L-05AFA8C6", "Max source servers in all Jobs", limits.servers_in_all_jobs),
        Quota("drs", "L-0588D03B", "Max number of launch actions per resource", 200),
        Quota(
            "drs", "L-1F3FAE4D", "Max number of launch configuration templates per AWS account", 1
        ),
        Quota(
            "drs",
            "L-4B0323BD",
            "Max number of source networks per AWS account",
            100,
            is_adjustable=True,
        ),
        Quota("drs", "L-B827C881", "Max source servers in a single Job", limits.servers_in_a_job),
        Quota(
            "drs",
            "L-C1D14A2B",
            "Max Total replicating source servers Per AWS Account",
            limits.replicating_servers,
        ),
        Quota("drs", "L-D88FAC3A", "Concurrent jobs in progress", limits.concurrent_jobs),
        Quota("drs", "L-DD6D028C", "Max concurrent Jobs per source server", 1),
        Quota(
            "drs",
            "L-E28BE5E0",
            "Max Total source servers Per AWS Account",
            limits.source_servers,
            is_adjustable=True,
        ),
        Quota(
            "ec2",
            "L-1216C47A",
            "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
            limits.vcpus,
            is_adjustable=True,
        ),
    ]


def service(account: Account) -> ModelledService:
    """Service Quotas of an account."""
    form = Json11Form(invalid_input="IllegalArgumentException")
    return ModelledService("service-quotas", account, form, OPERATIONS)


def get_service_quota(call: Call) -> Answer:
    """One quota as applied to this account, which is its default."""
    code = call.parameters["QuotaCode"]
    for quota in _of_service(call.parameters["ServiceCode"], call):
        if quota.code == code:
            return {"Quota": _written(quota, call)}
    raise ApiError("NoSuchResourceException", "The request failed because the quota does not exist")


def list_service_quotas(call: Call) -> Answer:
    """All quotas of a service."""
    wanted = call.parameters.get("QuotaCode")
    found = [
        quota
        for quota in _of_service(call.parameters["ServiceCode"], call)
        if wanted in (None, quota.code)
    ]
    shown, more = cut(
        "ListServiceQuotas",
        call.parameters,
        found,
        lambda quota: quota.code,
        refused="InvalidPaginationTokenException",
    )
    return {"Quotas": [_written(quota, call) for quota in shown], **more}


def _of_service(service: str, call: Call) -> list[Quota]:
    if service not in _SERVICES:
        raise ApiError(
            "NoSuchResourceException",
            "The request failed because the specified service does not exist. This simulator has "
            f"the quotas of {' and '.join(_SERVICES)}",
        )
    return [quota for quota in quotas(call.account) if quota.service == service]


def _written(quota: Quota, call: Call) -> Answer:
    account = call.account.scenario.account
    path = f"{quota.service}/{quota.code}"
    return {
        "ServiceCode": quota.service,
        "ServiceName": _SERVICES[quota.service],
        "QuotaArn": f"arn:aws:servicequotas:{call.region_name}:{account}:{path}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": float(quota.value),
        "Unit": "None",
        "Adjustable": quota.is_adjustable,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }


OPERATIONS = {
    "GetServiceQuota": get_service_quota,
    "GetAWSDefaultServiceQuota": get_service_quota,
    "ListServiceQuotas": list_service_quotas,
    "ListAWSDefaultServiceQuotas": list_service_quotas,
}
