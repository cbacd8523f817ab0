"""What is called is called where the SDK itself would call it."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import botocore
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.regions import EndpointResolver

from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.models import ENDPOINTS_OF, Models

OF_SEALS = ("kms", "s3")
OF_CREDENTIALS = ("signin", "sso", "sso-oidc")
"""What the SDK's own providers call, beside STS."""


def resolver(models: Loader) -> Any:
    return EndpointResolver(models.load_data("endpoints"), uses_builtin_data=True)


def answer(resolver: Any, prefix: str, region: str, variants: dict[str, bool]) -> object:
    try:
        return resolver.construct_endpoint(prefix, region, **variants)
    except BotoCoreError as error:
        return str(error)


def test_each_service_has_the_endpoints_that_the_sdk_knows() -> None:
    ours, theirs = resolver(Models()), resolver(Loader())
    known = Loader().load_data("endpoints")["partitions"]
    regions = ["mars-north-1", *(name for partition in known for name in partition["regions"])]
    for prefix, region in product(ENDPOINTS_OF, regions):
        for variants in ({}, {"use_fips_endpoint": True}, {"use_dualstack_endpoint": True}):
            found = answer(ours, prefix, region, variants)
            assert found == answer(theirs, prefix, region, variants)


def test_every_service_that_is_called_is_among_them() -> None:
    called = {service.name for service in Aws(Connection(region="us-east-1"))._services}
    models = Loader()
    for name in (*called, "dynamodb", *OF_SEALS, *OF_CREDENTIALS):
        model = ServiceModel(models.load_service_model(name, "service-2"), name)
        assert model.endpoint_prefix in ENDPOINTS_OF


def test_of_other_services_nothing_is_kept() -> None:
    partitions = Models().load_data("endpoints")["partitions"]
    assert {name for each in partitions for name in each["services"]} <= ENDPOINTS_OF
    assert "us-east-1" in partitions[0]["regions"]
    assert Path(Models().load_data_with_path("endpoints")[1]).is_relative_to(
        Path(botocore.__file__).parent
    )
