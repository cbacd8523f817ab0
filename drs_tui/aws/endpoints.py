"""Which endpoints are AWS's own: those that the SDK's rules give, and interface VPC endpoints."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from urllib.parse import urlsplit

from drs_tui.aws.session import service_models

_VPC_ENDPOINT = r"vpce-[0-9a-z-]+\."


def is_custom(service: str, url: str, region: str, vpc_hosts: Collection[str] = ()) -> bool:
    """Whether a service is called elsewhere than at AWS.

    Interface VPC endpoints are known by the names that AWS gives them: no other service can have
    them. Those with names of the site's own are listed as `vpc_hosts`.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or parts.port not in (None, 443) or parts.username is not None:
        return True
    own = own_hosts(service, region)
    if host in own or host in vpc_hosts:
        return False
    return not any(re.fullmatch(_VPC_ENDPOINT + re.escape(_in_vpc(each)), host) for each in own)


@cache
def own_hosts(service: str, region: str) -> frozenset[str]:
    """AWS's hosts of a service for a Region in its partition: plain, FIPS, dual-stack.

    STS's global host among them, where it stands for the Region.
    """
    from botocore.endpoint_provider import EndpointProvider
    from botocore.exceptions import EndpointProviderError

    models = service_models()
    rules = models.load_service_model(service, "endpoint-rule-set-1")
    provider = EndpointProvider(rules, models.load_data("partitions"))
    choices = [name for name in _CHOICES if name in rules["parameters"]]
    found = set()
    for bits in range(2 ** len(choices)):
        chosen = {name: bool(bits >> place & 1) for place, name in enumerate(choices)}
        try:
            endpoint = provider.resolve_endpoint(Region=region, **chosen)
        except EndpointProviderError:  # a partition that has no such endpoint
            continue
        found.add(urlsplit(endpoint.url).hostname or "")
    return frozenset(found)


_CHOICES = ("UseFIPS", "UseDualStack", "UseGlobalEndpoint")


def _in_vpc(host: str) -> str:
    """The end of the names of a service's interface endpoints, in the partition of its host."""
    service, region, rest = host.split(".", 2) if host.count(".") > 2 else (host, "", "")
    return f"{service}.{region}.vpce.{rest}"
