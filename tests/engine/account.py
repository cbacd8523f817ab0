"""An account and Region, and the recorder of a run, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from drs_tui.model.events import Draft
from drs_tui.model.observed import CallerIdentity
from drs_tui.model.run import Run
from tests.model.story import Story


class OneForAll:
    """An account and Region; every service of it is the object itself."""

    account: str

    @property
    def drs(self) -> Self:
        return self

    @property
    def ec2(self) -> Self:
        return self

    @property
    def sts(self) -> Self:
        return self

    @property
    def quotas(self) -> Self:
        return self

    async def caller_identity(self) -> CallerIdentity:
        return CallerIdentity(self.account, "arn", "id")


class Recording:
    """Whoever tells a story is its recorder, too."""

    story: Story

    @property
    def run(self) -> Run:
        return self.story.run

    async def record(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            self.story.record(draft)

    async def insist(self, drafts: Sequence[Draft]) -> None:
        await self.record(drafts)
