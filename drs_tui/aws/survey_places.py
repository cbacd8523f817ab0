"""Holding a plan against what AWS says in every account and Region where it acts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from drs_tui.aws.connection import Aws
from drs_tui.aws.survey import Place, Survey, survey
from drs_tui.model.plan import Mode, Plan, Target
from drs_tui.model.policy import Site
from drs_tui.model.readiness import Finding, Progress, Report, Verdict


async def survey_places(
    places: Mapping[Target, Aws],
    plan: Plan,
    mode: Mode = Mode.DRILL,
    progress: Progress | None = None,
    *,
    store_is_shared: bool,
    site: Site | None,
    ends: frozenset[str] = frozenset(),
    on_this_machine: Sequence[Finding] = (),
) -> Survey:
    """Check a whole plan before a run, each part of it where it acts; see `survey`.

    `places` are what the plan's targets lead to, in their order. One that is another account than
    the plan says blocks all. A plan whose waves all name one place is a plan for that.

    Raises:
        AwsError: something could not be asked, so that nothing is known.
    """
    told = progress or Progress()

    async def look(target: Target, aws: Aws) -> Survey:
        several = len(places) > 1
        where = f"{target.named_account or target.profile or 'account'} {aws.region}"
        asks = Progress(lambda words: told.asks(f"{where}: {words}"), told.finds)
        return await survey(
            aws,
            plan.within(target),
            mode,
            asks if several else told,
            store_is_shared=store_is_shared,
            site=site,
            ends=ends,
            on_this_machine=on_this_machine,
            whole=plan if several else None,
        )

    looking = [asyncio.create_task(look(target, aws)) for target, aws in places.items()]
    try:
        found = await asyncio.gather(*looking)
    finally:
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)
    return found[0] if len(found) == 1 else _merged(plan, list(places), found)


def _merged(plan: Plan, targets: Sequence[Target], found: Sequence[Survey]) -> Survey:
    first = found[0]
    resolved = {wave.name: wave for each in found for wave in each.plan.waves}
    waves = (
        replace(wave, servers=resolved[wave.name].servers, select=resolved[wave.name].select)
        for wave in plan.waves
    )
    whole = replace(first.plan, target=plan.target, waves=tuple(waves))
    # What is about the plan as a whole is found in each place alike.
    findings = dict.fromkeys(finding for each in found for finding in each.report.findings)
    return Survey(
        whole,
        Report((*findings, *_in_two_places(whole))),
        first.caller,
        first.region,
        tuple(server_id for each in found for server_id in each.windows),
        {server_id: traits for each in found for server_id, traits in each.traits.items()},
        tuple(
            Place(target, each.caller.account, each.region, each.caller.arn)
            for target, each in zip(targets, found, strict=True)
        ),
    )


def _in_two_places(plan: Plan) -> list[Finding]:
    """Servers of one id in two places, which DRS has not: one of the targets is mistaken."""
    holders: dict[str, str] = {}
    return [
        Finding(
            Verdict.BLOCKS,
            "server",
            server.name or server.id,
            f"{server.id} is found in wave {holder} and, elsewhere, in wave {wave.name}",
            "leave it in one of them",
        )
        for wave, server in plan.servers()
        if server.id and (holder := holders.setdefault(server.id, wave.name)) != wave.name
    ]
