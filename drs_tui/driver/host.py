"""Everything one process drives: runs, their leases, and one poller per account and Region."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC
from types import TracebackType
from typing import Self

from drs_tui.audit.holder import new_holder
from drs_tui.audit.lease import boot_seconds
from drs_tui.audit.recorder import Recorder
from drs_tui.audit.seal import Sealer
from drs_tui.audit.store import Journal, Request, RunStore, StoreError
from drs_tui.aws.connection import Aws, Connection, connection_to, connections_to
from drs_tui.aws.errors import AwsError
from drs_tui.clock import Clock
from drs_tui.config import Settings
from drs_tui.driver.doors import Door, Doors
from drs_tui.driver.driven import Driven
from drs_tui.driver.expiring import Expiring
from drs_tui.driver.orders import (
    DriverError,
    Standing,
    StartOrder,
)
from drs_tui.driver.past_runs import PastRuns
from drs_tui.driver.probing import Prober
from drs_tui.driver.renewals import Held, NotDrivenHere, Renewal, Renewed
from drs_tui.driver.renewing import renew
from drs_tui.driver.sealing import Sealing
from drs_tui.driver.signing import Place, Signing
from drs_tui.driver.starting import Starting
from drs_tui.driver.stored_connections import stored_connection
from drs_tui.engine import probing
from drs_tui.engine.drill import Drill
from drs_tui.engine.news import DRIVER
from drs_tui.engine.targets import Reached
from drs_tui.model.events import Draft
from drs_tui.model.plan import Plan, Target
from drs_tui.model.state.run import Run
from drs_tui.plans import PlanError, read_plan

_log = logging.getLogger(__name__)


class Host:
    """Creates runs and drives them, until each has ended; an async context manager."""

    def __init__(
        self,
        settings: Settings,
        store: RunStore,
        journal: Journal | None,
        *,
        drill_clock: Clock,
        real_clock: Clock,
        embedded_url: str = "",
        on_change: Callable[[Run], None] = lambda _: None,
        open_aws: Callable[[Connection, Clock], Aws] | None = None,
        open_prober: Callable[[Aws], probing.Prober] = Prober,
        boot: Callable[[], float] = boot_seconds,
        sealers: Sequence[Sealer] = (),
    ) -> None:
        """Append to `store`, by way of `journal` if it is not on this machine's own disk.

        Args:
            settings: How AWS is reached, unless a plan says otherwise.
            store: Where the audit trail goes.
            journal: Where events are written first; None: `store` is local.
            drill_clock: Time of events and polls.
            real_clock: Time of leases.
            embedded_url: Where this process's own simulator listens; empty without one.
            on_change: Told of each run that starts or ends here.
            open_aws: How an account and Region is opened; the ordinary way.
            open_prober: Who asks recovery instances over the network.
            boot: Seconds since the machine started, those asleep included.
            sealers: Who takes the hashes of runs out of this program's reach.
        """
        self._sealers = sealers
        self._settings = settings
        self._store = store
        self._journal = journal
        self._drill_clock = drill_clock
        self._real_clock = real_clock
        self._embedded_url = embedded_url
        self._on_change = on_change
        opens = open_aws or (lambda connection, clock: Aws(connection, clock=clock))
        self._signing = Signing(lambda connection: opens(connection, drill_clock))
        self._starting = Starting(settings, store, self._signing, drill_clock, embedded_url)
        self._open_prober = open_prober
        self._boot = boot
        self._doors = Doors(self._signing, drill_clock)
        self._driven: dict[str, Driven] = {}
        self._taking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """By run: two who ask for the same one must not take it from each other."""
        self.holder = new_holder()
        """Who this process is to others that look at a lease."""

    @property
    def active_runs(self) -> tuple[str, ...]:
        """Ids of the runs under way here."""
        return tuple(self._driven)

    async def __aenter__(self) -> Self:
        """Begin with nothing to drive."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop driving, give the leases back, and close what was opened."""
        tasks = [driven.task for driven in self._driven.values()]
        for task in tasks:
            task.cancel()
        self._doors.stop_polling()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._doors.aclose()

    async def start(self, order: StartOrder) -> str:
        """Create a run and drive it; returns its id once `run.created` is stored.

        Raises:
            StartBlocked: preflight stands in the way; nothing was recorded.
            StartUnconfirmed: there are warnings that the order does not acknowledge.
            DriverError: the plan, AWS or the store is at fault, in words.
        """
        try:
            plan = await asyncio.to_thread(read_plan, order.plan_path)
        except PlanError as error:
            raise DriverError(str(error)) from error
        return await self.begin(plan, order)

    async def begin(self, plan: Plan, order: StartOrder) -> str:
        """Create a run of a plan that has been read, and drive it; returns its id.

        Raises:
            StartBlocked: preflight stands in the way; nothing was recorded.
            StartUnconfirmed: there are warnings that the order does not acknowledge.
            DriverError: AWS or the store is at fault, in words.
        """
        try:
            connections = connections_to(plan, order.reach, self._embedded_url)
            doors = {target: self._doors.to(there) for target, there in connections.items()}
            reached = {target: door.aws for target, door in doors.items()}
            drafts = await self._starting.drafts(plan, order, reached)
        except AwsError as error:
            raise DriverError(str(error)) from error
        now = self._drill_clock.now()
        run_id = f"{now.astimezone(UTC):%Y%m%d-%H%M%S}-{plan.name}-{secrets.token_hex(2)}"
        async with self._taking[run_id]:
            self._drive(await self._recorder(run_id, drafts), list(doors.values()))
        return run_id

    async def drive(self, run_id: str, *, actor: str = DRIVER, reason: str = "") -> None:
        """Go on with a run that nobody drives; `actor` and `reason` stand in `run.taken_over`.

        Raises:
            DriverError: it is unknown, somebody else drives it, or the store is out of reach.
        """
        async with self._taking[run_id]:
            if run_id in self._driven:
                self.wake(run_id)
                return
            try:
                recorder = await Recorder.take(
                    self._store,
                    self._journal,
                    run_id,
                    self.holder,
                    real=self._real_clock,
                    term_seconds=self._settings.lease_term_seconds,
                    boot=self._boot,
                    drill=self._drill_clock,
                    actor=actor,
                    reason=reason,
                )
            except StoreError as error:
                raise DriverError(str(error)) from error
            try:
                if recorder.run.imports:
                    raise DriverError(
                        f"{run_id} was imported: it is driven where it ran, if at all"
                    )
                run = recorder.run
                doors = [
                    self._doors.to(stored_connection(run, each, self._settings, self._embedded_url))
                    for each in run.targets
                ]
            except DriverError:
                await recorder.release()
                raise
            self._drive(recorder, doors)

    def wake(self, run_id: str) -> None:
        """Look at a run's requests now; nothing happens if it is not driven here."""
        if run_id in self._driven:
            self._driven[run_id].drill.wake()

    async def request(self, request: Request) -> None:
        """Answer a request about a run that is driven here, whether its store is in reach or not.

        Raises:
            DriverError: it is not driven here, or nothing can be written on this machine.
        """
        driven = self._driven.get(request.run_id)
        if driven is None:
            raise DriverError(f"{request.run_id} is not driven here")
        try:
            await driven.drill.ask(request)
        except StoreError as error:
            raise DriverError(f"{request.run_id}: {error}") from error

    async def detach(self, run_id: str, actor: str, text: str = "") -> None:
        """Go on with a run though its store is out of reach; see `Recorder.detach`.

        Raises:
            DriverError: it is not driven here, its store is in reach, or nothing can be written.
        """
        driven = self._driven.get(run_id)
        if driven is None:
            raise DriverError(f"{run_id} is not driven here: only its driver can go on detached")
        try:
            await driven.recorder.detach(actor, self._drill_clock.now(), text)
        except StoreError as error:
            raise DriverError(f"{run_id}: {error}") from error
        driven.drill.wake()

    # Credentials --------------------------------------------------------------------------------

    async def credentials(self, run_id: str) -> list[Held]:
        """What a run that is driven here is signed for with; what new ones would be, without an id.

        Raises:
            DriverError: it is not driven here, or on a simulator on this machine; or the
                configuration can't be read.
        """
        try:
            return await self._signing.held(self._places(run_id))
        except AwsError as error:
            raise DriverError(str(error)) from error

    async def renew(self, order: Renewal) -> Renewed:
        """Sign with other credentials from now on, wherever those that they replace are in use.

        They are kept in this process alone. Waves that wait because there were none are checked
        again and launched.

        Raises:
            RenewalRefused: they have ended, are of another account, or STS does not take them.
            DriverError: it is not clear which are meant, or that can't be recorded.
        """
        try:
            return await renew(
                order,
                self._places(order.run_id, order.account),
                self._signing,
                opened=lambda: [door.aws for door in self._doors.opened],
                driven=self._driven,
                drill_clock=self._drill_clock,
                real_clock=self._real_clock,
            )
        except AwsError as error:
            raise DriverError(str(error)) from error

    def _places(self, run_id: str, account: str = "") -> list[Place]:
        if not run_id:
            connection = connection_to(Target(), self._settings.reach, self._embedded_url)
            return [Place(self._doors.to(connection).aws, account)]
        driven = self._driven.get(run_id)
        if driven is None:
            raise NotDrivenHere(f"{run_id} is not driven here")
        return [*driven.places]

    async def ended(self, run_id: str) -> None:
        """Return once a run is no longer driven here.

        Raises:
            StoreError: its driving ended because events could not be written.
        """
        driven = self._driven.get(run_id)
        if driven is not None:
            await asyncio.shield(driven.task)

    def trouble(self, run_id: str) -> str:
        """What keeps a run that is driven here from being all that it should be; or empty."""
        driven = self._driven.get(run_id)
        return driven.trouble if driven else ""

    def run(self, run_id: str) -> Run | None:
        """The state of a run that is driven here."""
        driven = self._driven.get(run_id)
        return driven.recorder.run if driven else None

    def standing(self, run_id: str) -> Standing | None:
        """How a run that is driven here stands; None if it isn't."""
        driven = self._driven.get(run_id)
        if driven is None:
            return None
        return Standing(
            lease=replace(driven.recorder.lease, pulse=driven.pulse(self._drill_clock)),
            journal=self._journal.address if self._journal is not None else "",
            away=driven.recorder.away,
        )

    async def _recorder(self, run_id: str, drafts: list[Draft]) -> Recorder:
        try:
            return await Recorder.create(
                self._store,
                self._journal,
                run_id,
                drafts,
                self.holder,
                real=self._real_clock,
                term_seconds=self._settings.lease_term_seconds,
                boot=self._boot,
            )
        except StoreError as error:
            raise DriverError(str(error)) from error

    # Driving ------------------------------------------------------------------------------------

    def _drive(self, recorder: Recorder, doors: Sequence[Door]) -> None:
        run_id = recorder.run.run_id
        past = PastRuns(self._store, recorder.run)
        drill = Drill(
            recorder,
            self._store,
            [Reached(d.aws, d.poller, d.room, self._open_prober(d.aws)) for d in doors],
            drill_clock=self._drill_clock,
            real_clock=self._real_clock,
            history=lambda: past.history,
            commands_forbidden=self._settings.commands_forbidden,
        )
        sealing = None
        if self._sealers:
            sealing = Sealing(
                recorder, self._sealers, drill_clock=self._drill_clock, real_clock=self._real_clock
            )
        pollers = [door.poller for door in doors]
        expiring = Expiring([door.aws.credentials for door in doors], self._real_clock)
        accounts = [target.account for target in recorder.run.targets]
        places = [Place(door.aws, account) for door, account in zip(doors, accounts, strict=True)]
        driven = Driven(recorder, drill, places, pollers, sealing, past, expiring)
        driven.task = asyncio.create_task(self._to_its_end(driven), name=run_id)
        self._driven[run_id] = driven
        self._on_change(recorder.run)

    async def _to_its_end(self, driven: Driven) -> None:
        run_id = driven.recorder.run.run_id
        try:
            await driven.drive(self._drill_clock)
        except Exception:
            _log.exception("stopped driving %s", run_id)
            raise
        finally:
            # Even if the lease could not be given back: nothing is driven here any more.
            del self._driven[run_id]
            self._on_change(driven.recorder.run)
