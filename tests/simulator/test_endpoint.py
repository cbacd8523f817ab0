from __future__ import annotations

import json
from datetime import timedelta

import pytest

from drs_tui import __version__
from drs_tui.simulator.account import Account, session_key
from drs_tui.simulator.endpoint import MARK, Endpoint
from drs_tui.simulator.message import Request, Response
from drs_tui.simulator.operations import OPERATIONS
from drs_tui.simulator.scenarios import scenario_named

from .caller import DB_1, START
from .conformance import drs_model


def signed(region: str = "us-east-1", service: str = "drs", key: str = "AKID") -> str:
    scope = f"Credential={key}/20260301/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=00"


class Door:
    """An endpoint and the requests a test makes of it."""

    def __init__(self) -> None:
        self.endpoint = Endpoint(Account(scenario_named("calm")), drs_model())

    def __call__(
        self,
        operation: str,
        body: bytes = b"{}",
        *,
        authorization: str | None = signed(),
        method: str = "POST",
    ) -> Response:
        headers = {} if authorization is None else {"authorization": authorization}
        request = Request(method, f"/{operation}", headers, body)
        return self.endpoint.answer(request, START)


@pytest.fixture
def door() -> Door:
    return Door()


def launch(*servers: str) -> bytes:
    return json.dumps(
        {"sourceServers": [{"sourceServerID": server} for server in servers]}
    ).encode()


def test_every_answer_says_that_it_is_simulated_and_what_time_it_is(door: Door) -> None:
    for response in (door(""), door("DescribeJobs"), door("Nonsense"), door("", method="GET")):
        assert response.headers[MARK] == f"{__version__}/calm"
        assert response.headers["Date"] == "Sun, 01 Mar 2026 12:00:00 GMT"


def test_people_who_open_it_are_told_what_it_is(door: Door) -> None:
    response = door("", method="GET", authorization=None)

    assert response.status == 200
    assert b"nothing it answers is evidence" in response.body


def test_http_codes_are_the_models(door: Door) -> None:
    assert door("StartRecovery", launch(DB_1)).status == 202
    assert door("DescribeJobs").status == 200
    assert door("StartRecovery", launch(DB_1)).status == 409


def test_an_error_names_itself_in_the_header_and_carries_its_members(door: Door) -> None:
    door("StartRecovery", launch(DB_1))
    response = door("StartRecovery", launch(DB_1))

    assert response.headers["x-amzn-ErrorType"] == "ConflictException"
    body = json.loads(response.body)
    assert set(body) == {"message", "code", "resourceId", "resourceType"}
    assert body["resourceId"] == DB_1


@pytest.mark.parametrize(
    ("authorization", "status", "error"),
    [
        (None, 403, "MissingAuthenticationTokenException"),
        ("Bearer token", 400, "IncompleteSignatureException"),
        (signed(service="ec2"), 403, "InvalidSignatureException"),
        (signed(region="mars-1"), 403, "UnrecognizedClientException"),
    ],
)
def test_a_request_without_a_proper_signature_is_refused(
    door: Door, authorization: str | None, status: int, error: str
) -> None:
    response = door("StartRecovery", launch(DB_1), authorization=authorization)

    assert (response.status, response.error) == (status, error)
    assert door.endpoint.account.regions == {}


def test_each_region_has_its_own_jobs(door: Door) -> None:
    for region in ("us-east-1", "eu-central-1"):
        response = door("StartRecovery", launch(DB_1), authorization=signed(region))
        assert response.status == 202
        assert json.loads(response.body)["job"]["arn"].split(":")[3] == region


@pytest.mark.parametrize(
    "operation", [name for name in drs_model().operation_names if name not in OPERATIONS]
)
def test_an_operation_that_is_not_built_says_so(door: Door, operation: str) -> None:
    http = drs_model().operation_model(operation).http
    path = http["requestUri"].replace("{resourceArn}", "arn%3Aaws%3Adrs").lstrip("/")
    response = door(path, method=http["method"])

    assert (response.status, response.operation) == (400, operation)
    assert response.error == "UnsupportedOperationException"
    assert f"does not build {operation} yet" in json.loads(response.body)["message"]


def test_an_operation_that_nobody_knows_is_refused(door: Door) -> None:
    response = door("StartRecoveries")

    assert (response.status, response.error) == (404, "UnknownOperationException")


@pytest.mark.parametrize("body", [b"{", b"\xff", b"sourceServers"])
def test_a_body_that_is_no_json_is_refused(door: Door, body: bytes) -> None:
    response = door("StartRecovery", body)

    assert (response.status, response.error) == (400, "SerializationException")


def test_a_request_is_answered_for_the_moment_it_is_made(door: Door) -> None:
    door("StartRecovery", launch(DB_1))
    request = Request("POST", "/DescribeJobs", {"authorization": signed()}, b"{}")
    later = door.endpoint.answer(request, START + timedelta(minutes=15))

    assert json.loads(later.body)["items"][0]["status"] == "COMPLETED"
    assert later.headers["Date"] == "Sun, 01 Mar 2026 12:15:00 GMT"


def test_sts_names_the_caller_and_nothing_else(door: Door) -> None:
    sts = signed(service="sts")
    known = door("", b"Action=GetCallerIdentity&Version=2011-06-15", authorization=sts)
    unknown = door("", b"Action=GetSessionToken&Version=2011-06-15", authorization=sts)
    unsigned = door("", b"Action=GetCallerIdentity", authorization=None)

    assert (known.status, known.operation) == (200, "GetCallerIdentity")
    assert b"<Account>123456789012</Account>" in known.body
    assert (unknown.status, unknown.error) == (400, "UnsupportedOperation")
    assert (unsigned.status, unsigned.error) == (403, "MissingAuthenticationToken")


def test_an_access_key_of_twelve_digits_names_an_account_of_the_scenario() -> None:
    authorization = signed("eu-west-1", key="210987654321")
    response = Door()("DescribeSourceServers", authorization=authorization)

    hints = [each["sourceProperties"] for each in json.loads(response.body)["items"]]
    names = sorted(each["identificationHints"]["hostname"] for each in hints)
    assert names == ["ledger-app-1", "ledger-db-1"]
    assert (response.account, response.region) == ("210987654321", "eu-west-1")


def test_any_other_access_key_is_of_the_scenarios_own_account() -> None:
    account = Account(scenario_named("calm"))
    others = account.others["210987654321"]
    assert account.of_key("210987654321") is others
    assert account.of_key(session_key("210987654321", 7)) is others
    for key in ("any", "999999999999", "AKIAIOSFODNN7EXAMPLE", session_key("123456789012", 7)):
        assert account.of_key(key) is account
