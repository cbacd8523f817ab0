"""What botocore knows of AWS's services: the same that every Python client speaks from."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.model import ServiceModel


@cache
def service_model(name: str) -> ServiceModel:
    """The model of a service, by its folder in botocore; read when it is first asked for.

    EC2's takes 0.1 s of a core and 20 MB.
    """
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model(name, "service-2"), name)
