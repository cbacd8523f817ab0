"""What is called is called where the SDK itself would call it."""

from __future__ import annotations

import ast
import inspect
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore
import pytest
from botocore.exceptions import BotoCoreError
from botocore.loaders import JSONFileLoader, Loader
from botocore.model import ServiceModel, Shape
from botocore.regions import EndpointResolver

from drs_tui.aws import ec2
from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.models import ENDPOINTS_OF, OPERATIONS_OF, Models
from drs_tui.service_files import ServiceFiles

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


def operations_named_in(module: ModuleType) -> set[str]:
    """Those of EC2 that a module's code names."""
    known = set(Loader().load_service_model("ec2", "service-2")["operations"])
    tree = ast.parse(inspect.getsource(module))
    constants = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {name for name in known if name in constants}


def test_of_ec2_exactly_what_is_called_is_kept() -> None:
    assert set(OPERATIONS_OF["ec2"]) == operations_named_in(ec2)
    model = Models().load_service_model("ec2", "service-2")
    assert set(model["operations"]) == operations_named_in(ec2)


@pytest.mark.parametrize("name", OPERATIONS_OF["ec2"])
def test_an_operation_that_is_kept_has_all_its_shapes(name: str) -> None:
    ours, theirs = (
        ServiceModel(models.load_service_model("ec2", "service-2"), "ec2").operation_model(name)
        for models in (Models(), Loader())
    )
    for shape, same in (
        (ours.input_shape, theirs.input_shape),
        (ours.output_shape, theirs.output_shape),
    ):
        assert spelt_out(shape) == spelt_out(same)


def spelt_out(shape: Shape, within: tuple[str, ...] = ()) -> object:
    """All that a shape is made of, shapes inside it spelt out as well."""
    if shape.name in within:
        return shape.name
    parts: dict[str, Shape] = dict(getattr(shape, "members", {}))
    parts |= {
        name: part for name in ("member", "key", "value") if (part := getattr(shape, name, None))
    }
    inside = (*within, shape.name)
    return (
        shape.type_name,
        shape.serialization,
        shape.metadata,
        {name: spelt_out(part, inside) for name, part in parts.items()},
    )


def test_a_file_is_read_as_the_sdk_reads_it() -> None:
    folder = Path(botocore.__file__).parent / "data"
    for name in ("drs/2020-02-26/service-2", "partitions", "endpoints", "no/such/file"):
        assert ServiceFiles().load_file(str(folder / name)) == JSONFileLoader().load_file(
            str(folder / name)
        )


def test_a_file_that_is_not_json_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(ValueError, match="EOF"):
        ServiceFiles().load_file(str(tmp_path / "bad"))
