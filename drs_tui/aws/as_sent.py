"""DRS's long answers as they were sent, without the SDK's walk through each of their members.

The walk is most of the time for which a page of source servers holds up the loop, and it gives what
was sent: no answer of these holds a type of AWS's own, and `parse` takes whatever it is given.
"""

from __future__ import annotations

from typing import Any

from aiobotocore.parsers import AioResponseParserFactory, AioRestJSONParser

ANSWERS = frozenset(
    {
        "DescribeJobsResponse",
        "DescribeRecoveryInstancesResponse",
        "DescribeRecoverySnapshotsResponse",
        "DescribeSourceServersResponse",
    }
)
"""By the names that botocore's service model of DRS gives them."""


class AsSent(AioResponseParserFactory):  # type: ignore[misc]  # untyped
    """What the SDK's clients get their parsers from."""

    def create_parser(self, protocol_name: str) -> Any:
        """The SDK's own parser, but for the protocol that DRS speaks."""
        if protocol_name == "rest-json":
            return _Parser(**self._defaults)
        return super().create_parser(protocol_name)


class _Parser(AioRestJSONParser):  # type: ignore[misc]  # untyped
    def _parse_shape(self, shape: Any, node: Any) -> Any:
        if shape.name in ANSWERS and isinstance(node, dict):
            return node
        return super()._parse_shape(shape, node)
