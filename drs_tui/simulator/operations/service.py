"""The service itself, and the accounts that source servers are staged in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drs_tui.simulator.admission import refuse_one_more_server
from drs_tui.simulator.answers.source_server import LaunchHistory, source_server
from drs_tui.simulator.errors import not_found
from drs_tui.simulator.paging import page
from drs_tui.simulator.region import Region
from drs_tui.simulator.staging import extensible_servers, staging_account


def initialize_service(
    region: Region, _parameters: Mapping[str, Any], _now: datetime
) -> dict[str, Any]:
    """Make the Region ready for all other calls; more than once is no error."""
    region.changes.initialize()
    return {}


def list_staging_accounts(
    region: Region, parameters: Mapping[str, Any], _now: datetime
) -> dict[str, Any]:
    """The other accounts that source servers of this one are extended from."""
    accounts = {staging_account(region, server) for server in region.servers()}
    others = sorted(accounts - {region.account})
    found, more = page("ListStagingAccounts", parameters, others, str)
    return {"accounts": [{"accountID": account} for account in found], **more}


def list_extensible_source_servers(
    region: Region, parameters: Mapping[str, Any], _now: datetime
) -> dict[str, Any]:
    """The source servers of a staging account that this account doesn't have yet."""
    staged = extensible_servers(region, parameters["stagingAccountID"])
    found, more = page("ListExtensibleSourceServers", parameters, staged, lambda each: each.arn)
    items = [{"arn": each.arn, "hostname": each.hostname, "tags": each.tags} for each in found]
    return {"items": items, **more}


def create_extended_source_server(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Extend a source server of a staging account into this one."""
    arn = parameters["sourceServerArn"]
    _, _, _, _, account, _ = arn.split(":", 5)
    staged = {each.arn: each for each in extensible_servers(region, account)}
    if arn not in staged:
        raise not_found("sourceServer", arn, "Extensible source server")
    refuse_one_more_server(len(list(region.servers())), region.scenario)
    server = region.extend(arn)
    tags = parameters.get("tags")
    if tags:
        server_arn = region.arn("source-server", server.source_server_id)
        region.changes.retag(server_arn, server.tags | tags)
    history = LaunchHistory.of(region, now)
    return {"sourceServer": source_server(region, server, history, now)}
