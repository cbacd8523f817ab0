"""Service Quotas as boto3 meets it."""

from __future__ import annotations

import pytest

from .neighbourhood import Neighbourhood


async def test_the_quotas_of_drs_are_those_that_aws_documents(around: Neighbourhood) -> None:
    answer = await around("service-quotas", "ListServiceQuotas", ServiceCode="drs")

    values = {quota["QuotaCode"]: quota["Value"] for quota in answer["Quotas"]}
    assert values == {
        "L-05AFA8C6": 500,
        "L-0588D03B": 200,
        "L-1F3FAE4D": 1,
        "L-4B0323BD": 100,
        "L-B827C881": 100,
        "L-C1D14A2B": 300,
        "L-D88FAC3A": 20,
        "L-DD6D028C": 1,
        "L-E28BE5E0": 4000,
    }


@pytest.mark.parametrize("operation", ["ListServiceQuotas", "ListAWSDefaultServiceQuotas"])
async def test_quotas_come_in_pages(around: Neighbourhood, operation: str) -> None:
    pages = await around.pages("service-quotas", operation, 4, ServiceCode="drs")

    assert [len(page["Quotas"]) for page in pages] == [4, 4, 1]


@pytest.mark.parametrize("operation", ["GetServiceQuota", "GetAWSDefaultServiceQuota"])
async def test_one_quota_can_be_asked_for(around: Neighbourhood, operation: str) -> None:
    answer = await around("service-quotas", operation, ServiceCode="ec2", QuotaCode="L-1216C47A")

    assert answer["Quota"]["ServiceName"] == "Amazon Elastic Compute Cloud (Amazon EC2)"
    assert answer["Quota"]["QuotaArn"].startswith("arn:aws:servicequotas:us-east-1:123456789012:")


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("ListServiceQuotas", {"ServiceCode": "s3"}, "NoSuchResourceException"),
        (
            "GetServiceQuota",
            {"ServiceCode": "drs", "QuotaCode": "L-1216C47A"},
            "NoSuchResourceException",
        ),
        ("ListServiceQuotas", {"ServiceCode": "9"}, "IllegalArgumentException"),
        (
            "ListServiceQuotas",
            {"ServiceCode": "drs", "NextToken": "bogus"},
            "InvalidPaginationTokenException",
        ),
        ("ListServices", {}, "UnsupportedOperationException"),
    ],
)
async def test_what_there_is_not_is_refused(
    around: Neighbourhood, operation: str, parameters: dict[str, str], code: str
) -> None:
    assert await around.refused("service-quotas", operation, **parameters) == (400, code)
