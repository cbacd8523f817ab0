"""The SDK's loader of service models, without what no service that is called needs of them."""

from __future__ import annotations

from typing import Any

from botocore.loaders import Loader

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


class Models(Loader):  # type: ignore[misc]  # untyped
    """Reads service models; of the endpoints in all Regions it keeps those of what is called.

    Those of the other services take 6 MB.
    """

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """What botocore has under a name, and the file that it comes from."""
        data, path = super().load_data_with_path(name)
        if name == "endpoints":
            for partition in data["partitions"]:
                services = partition["services"]
                partition["services"] = {
                    each: services[each] for each in services if each in ENDPOINTS_OF
                }
        return data, path
