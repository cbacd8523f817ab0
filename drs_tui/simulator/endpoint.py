"""The front door of a simulated account: whom a request is for, and what marks every answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING
from uuid import UUID

from drs_tui import __version__
from drs_tui.simulator import neighbours, probes
from drs_tui.simulator.drs_service import DrsService
from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.interference import Interference
from drs_tui.simulator.message import Request, Response, Service
from drs_tui.simulator.operations import OPERATIONS
from drs_tui.simulator.scenarios import RegionStart
from drs_tui.simulator.wire import is_query, named_operation, refusal

if TYPE_CHECKING:
    from botocore.model import ServiceModel

    from drs_tui.simulator.account import Account
    from drs_tui.simulator.region import Region

MARK = "x-drs-simulator"
"""The header of every answer that says that nothing here is evidence."""

SPEED = "x-drs-simulator-speed"
"""The header that says how many times as fast as in DRS jobs are, by the clock of the answers."""

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")
_SOURCE_SERVER = re.compile(rb"\bs-[0-9a-z]{17}\b")
_INSTANCE = re.compile(rb"\bi-[0-9a-f]{8,17}\b")


class Endpoint:
    """The front door of simulated accounts: DRS, and the services that stand beside it."""

    def __init__(self, account: Account, model: ServiceModel) -> None:
        """Answer for `account` and its scenario's others; `model` is botocore's of `drs`."""
        self.account = account
        self._drs = DrsService(account, model)
        self._services_of: dict[str, Mapping[str, Service]] = {
            each.scenario.account: {
                "drs": self._drs if each is account else DrsService(each, model),
                **neighbours.services(each),
            }
            for each in account.everyone()
        }
        self._answered = 0
        self._mark = f"{__version__}/{account.scenario.name}"
        self._region_pattern = re.compile(model.shape_for("AwsRegion").metadata["pattern"])

    def answer(self, request: Request, now: datetime) -> Response:
        """Answer one request at the moment `now`."""
        self._answered += 1
        request = replace(request, request_id=str(UUID(int=self._answered, version=4)))
        response = self._answer(request, now)
        marks = {
            MARK: self._mark,
            SPEED: f"{self.account.speed:g}",
            "Date": format_datetime(now, usegmt=True),
            "x-amzn-RequestId": request.request_id,
        }
        return replace(response, headers={**response.headers, **marks})

    def _answer(self, request: Request, now: datetime) -> Response:
        if request.method in {"GET", "HEAD"} and request.path == "/":
            headers = {"Content-Type": "text/plain; charset=utf-8"}
            return Response(200, headers, self._about().encode())
        if request.method == "GET" and request.path == probes.PATH:
            return probes.answer(self.account, request.query, now)
        authorization = request.headers.get("authorization")
        scope = _CREDENTIAL.search(authorization or "")
        if scope is None:
            return self._unsigned(request, authorization)
        account = self.account.of_key(scope[1])
        response = self._of_account(request, account, scope[2], scope[3], now)
        called = account.scenario.account
        return replace(response, service=scope[3], account=called, region=scope[2])

    def _of_account(
        self, request: Request, account: Account, region_name: str, service_name: str, now: datetime
    ) -> Response:
        """What a service of an account answers in one of its Regions."""
        service = self._services_of[account.scenario.account].get(service_name)
        if service is None or (service_name == "drs") is _is_for_a_neighbour(request):
            return self._refuse(
                request,
                service_name,
                "InvalidSignatureException",
                f"Credential should be scoped to correct service, not {service_name!r}",
            )
        start = account.scenario.region(region_name).start
        is_region = self._region_pattern.fullmatch(region_name)
        if not is_region or start is RegionStart.NOT_OPTED_IN:
            return self._refuse(
                request,
                service_name,
                "UnrecognizedClientException",
                f"The security token included in the request is invalid: this account has no "
                f"Region {region_name!r} to be signed for",
            )
        return self._carry_out(request, account, service_name, region_name, now)

    def _carry_out(
        self, request: Request, account: Account, service_name: str, region_name: str, now: datetime
    ) -> Response:
        """Answer, unless and until a fault of the scenario comes between."""
        service = self._services_of[account.scenario.account][service_name]
        faults = account.faults
        faults.begin(now)
        operation = named_operation(request) or self._drs.operation(request) or ""

        def servers() -> list[FleetServer]:
            return _named(request, account.region(region_name, now))

        key = access_key(request)
        rule = faults.strike(service_name, operation, region_name, servers, now, access_key=key)
        if rule is None:
            return service.answer(request, region_name, now)
        named = _SOURCE_SERVER.search(request.body)
        interference = Interference(
            rule,
            request,
            service=service_name,
            operation=operation,
            account=account.scenario.account,
            server_id=named[0].decode() if named else None,
            speed=self.account.speed,
        )
        return interference.answer(lambda: service.answer(request, region_name, now))

    def _about(self) -> str:
        scenario = self.account.scenario
        return (
            f"drs-tui simulator {__version__}: a simulated AWS Elastic Disaster Recovery.\n"
            f"Scenario {scenario.name}: {scenario.summary}. {self._accounts()}.\n"
            f"It builds {', '.join(OPERATIONS)} of DRS, and stands in for "
            f"{', '.join(n for n in self._services_of[scenario.account] if n != 'drs')}.\n"
            "Nothing here is real, and nothing it answers is evidence of a drill.\n"
            "Try: aws drs describe-source-servers --endpoint-url with this address.\n"
        )

    def _accounts(self) -> str:
        own, *others = self._services_of
        beside = f", and with those digits as the access key {', '.join(others)}"
        return f"Account {own}{beside if others else ''}"

    def _unsigned(self, request: Request, authorization: str | None) -> Response:
        if authorization is None:
            code, message = "MissingAuthenticationToken", "Missing Authentication Token"
        else:
            code, message = "IncompleteSignature", "Authorization requires a credential scope"
        return self._refuse(request, "", code, message)

    def _refuse(self, request: Request, service: str, code: str, message: str) -> Response:
        """Refuse what no service gets to see; the older protocol's names have no suffix."""
        if not is_query(request) and request.path != "/":
            code = f"{code.removesuffix('Exception')}Exception"
        status = 400 if code.startswith("Incomplete") else 403
        operation = named_operation(request) or self._drs.operation(request)
        response = refusal(request, service, status, code, message, operation=operation)
        return replace(response, service=service)


def access_key(request: Request) -> str:
    """The key that a request is signed with; empty for one that isn't."""
    scope = _CREDENTIAL.search(request.headers.get("authorization", ""))
    return scope[1] if scope else ""


def _is_for_a_neighbour(request: Request) -> bool:
    """Whether a request speaks a protocol that names its operation elsewhere than in the path."""
    return request.path == "/"


def _named(request: Request, region: Region) -> list[FleetServer]:
    """The source servers that a request names, by their own id or by an instance's."""
    ids = {found.decode() for found in _SOURCE_SERVER.findall(request.body)}
    for found in _INSTANCE.findall(request.body):
        if instance := region.instances.get(found.decode()):
            ids.add(instance.source_server_id)
    return [region.fleet[each] for each in sorted(ids) if each in region.fleet]
