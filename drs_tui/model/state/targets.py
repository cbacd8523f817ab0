"""Where a run acts: an account and Region, as it was reached when the run began."""

from __future__ import annotations

from dataclasses import dataclass

from drs_tui.model.events import Json


@dataclass(frozen=True, slots=True)
class RunTarget:
    """An account and Region in which a run has waves."""

    account: str
    region: str
    profile: str = ""
    """The AWS profile it was reached with; empty for the SDK's own choice."""

    role_arn: str = ""
    named_account: str = ""
    """The account that the plan names for it; empty if it names none."""

    waves: tuple[str, ...] = ()
    """Names of the waves that act there, in plan order."""

    @property
    def words(self) -> str:
        """Account and Region, for people."""
        return f"{self.account or 'unknown account'} {self.region}".strip()

    def to_data(self) -> dict[str, Json]:
        """The target as event data."""
        data: dict[str, Json] = {"account": self.account, "region": self.region}
        optional = {
            "profile": self.profile,
            "role_arn": self.role_arn,
            "named_account": self.named_account,
        }
        data |= {name: text for name, text in optional.items() if text}
        return {**data, "waves": list(self.waves)}
