"""The SDK's loader of service models, without what no service that is called needs of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from drs_tui.service_files import ServiceLoader

ENDPOINTS_OF = frozenset(
    {
        *("drs", "dynamodb", "ec2", "iam", "servicequotas", "ssm", "sts"),
        # What seals runs.
        *("kms", "s3"),
        # What the SDK itself asks for credentials.
        *("oidc", "portal.sso", "signin", "sso"),
    }
)
"""The services that are called, by the prefixes of their endpoints."""


OPERATIONS_OF = {
    "ec2": (
        "DescribeInstanceAttribute",
        "DescribeInstanceStatus",
        "DescribeInstanceTypes",
        "DescribeInstances",
        "DescribeLaunchTemplateVersions",
        "DescribeLaunchTemplates",
        "DescribeSubnets",
        "DescribeVolumes",
    )
}
"""All that is called of a service that has hundreds."""


class Models(ServiceLoader):
    """Reads service models, and keeps of the largest files what is called.

    Of the endpoints in all Regions those of other services take 3 MB, of EC2's model the operations
    that nobody calls 7 MB, and as much again in each client.
    """

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """What botocore has under a name, and the file that it comes from."""
        data, path = super().load_data_with_path(name)
        service, _, kind = name.partition("/")
        if name == "endpoints":
            for partition in data["partitions"]:
                services = partition["services"]
                partition["services"] = {
                    each: services[each] for each in services if each in ENDPOINTS_OF
                }
        elif service in OPERATIONS_OF and kind.endswith("/service-2"):
            _keep(data, OPERATIONS_OF[service])
        return data, path


def _keep(model: dict[str, Any], operations: Iterable[str]) -> None:
    """Take out what none of these operations needs."""
    every = model["shapes"]
    model["operations"] = {name: model["operations"][name] for name in operations}
    shapes: dict[str, Any] = {}
    left: list[object] = [model["operations"]]
    while left:
        part = left.pop()
        if isinstance(part, Mapping):
            name = part.get("shape")
            if isinstance(name, str) and name not in shapes:
                shapes[name] = every[name]
                left.append(every[name])
            left += part.values()
        elif isinstance(part, list):
            left += part
    model["shapes"] = shapes
