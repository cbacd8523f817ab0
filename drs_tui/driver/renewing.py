"""Renewing the credentials of runs under way: recorded, in use at once, and what waited goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from drs_tui.audit.requests import new_request
from drs_tui.audit.store import StoreError
from drs_tui.aws.connection import Aws
from drs_tui.clock import Clock
from drs_tui.driver.driven import Driven
from drs_tui.driver.orders import DriverError
from drs_tui.driver.renewals import Held, Renewal, Renewed
from drs_tui.driver.signing import Place, Signing
from drs_tui.model.decisions import Choice
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.observed import GIVEN
from drs_tui.model.times import format_time

LOOKED_AGAIN = "looked again"
RENEWED_WORDS = "its credentials were renewed"

_log = logging.getLogger(__name__)


async def renew(
    order: Renewal,
    own: Sequence[Place],
    signing: Signing,
    *,
    opened: Callable[[], Iterable[Aws]],
    driven: Mapping[str, Driven],
    drill_clock: Clock,
    real_clock: Clock,
) -> Renewed:
    """Have all runs that share credentials with `own` go on with others.

    Waves that wait because there were none are checked again and launched.

    Raises:
        RenewalRefused: they have ended, are of another account, or STS does not take them.
        DriverError: it is not clear which are meant, or that can't be recorded.
    """
    beside = [place for each in driven.values() for place in each.places]
    held = await signing.check(order, own, beside, real_clock.now())
    sharing = {
        run_id: each
        for run_id, each in driven.items()
        if any(place.signs_with(held.profile) for place in each.places)
    }
    data = _data(order, held)
    for run_id, each in sharing.items():
        draft = Draft(EventType.RUN_CREDENTIALS_RENEWED, drill_clock.now(), order.by.name, data)
        try:
            await each.recorder.record([draft])
        except StoreError as error:
            raise DriverError(f"{run_id}: {error}. Nothing was renewed") from error
    held = await signing.use(order, held, opened())
    waves: list[str] = []
    for each in sharing.values():
        waves += [wanted.wave for wanted in each.lacking(held)]
        await _go_on(each, order, held, real_clock)
    return Renewed(held, tuple(sharing), tuple(waves))


async def _go_on(driven: Driven, order: Renewal, held: Held, real_clock: Clock) -> None:
    """Have a run's waves that lacked credentials checked again, by whoever renewed them."""
    run_id = driven.recorder.run.run_id
    about: dict[str, Json] = {"choice": Choice.RETRY.value, "text": RENEWED_WORDS}
    try:
        for wanted in driven.lacking(held):
            asked = {**about, "wave": wanted.wave, "seq": wanted.seq}
            request = new_request(run_id, order.by, "decide", asked, real_clock.now())
            await driven.drill.ask(request)
    except StoreError as error:
        # The wave asks on, and the run's own trouble says that nothing can be written.
        _log.warning("%s: %s", run_id, error)
    driven.renewed()


def _data(order: Renewal, held: Held) -> dict[str, Json]:
    """What the record of a run has of it, which is nothing secret."""
    identities: list[Json] = []
    for place in held.places:
        optional = {"role_arn": place.role_arn, "before": place.before}
        identities.append(
            {
                "account": place.account,
                "region": place.region,
                "arn": place.arn,
                **{name: text for name, text in optional.items() if text},
            }
        )
    return {
        "profile": held.profile,
        "source": LOOKED_AGAIN if order.keys is None else GIVEN,
        "identities": identities,
        **({"ends_at": format_time(held.ends_at)} if held.ends_at else {}),
        "by": order.by.to_data(),
    }
