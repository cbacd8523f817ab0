"""`python -m tests.bench.bare FOLDER [URL]`: the least that shows plans, and then the account.

Textual's own table of the names of the files in a folder; with a URL, the SDK's client of STS,
loaded in a thread, asked there. Nothing is checked, stored, driven or explained.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import DataTable, Label


class Bare(App[None]):
    """A table and a line below it."""

    def compose(self) -> ComposeResult:
        """Show both."""
        yield DataTable[str]()
        yield Label()

    def on_mount(self) -> None:
        """List the plans, then ask whose account it is."""
        table = self.query_one(DataTable)
        table.add_column("Plan")
        for path in sorted(Path(sys.argv[1]).glob("*.yaml")):
            table.add_row(path.stem)
        if len(sys.argv) > 2:
            self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.run_worker(self._ask(sys.argv[2]))

    async def _ask(self, url: str) -> None:
        await asyncio.to_thread(__import__, "aiobotocore.session")
        from aiobotocore.session import AioSession

        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        client = AioSession().create_client(
            "sts", region_name="us-east-1", endpoint_url=url, verify=False, **keys
        )
        async with client as sts:
            answer = await sts.get_caller_identity()
        self.query_one(Label).update(str(answer["Account"]))


if __name__ == "__main__":
    Bare().run()
