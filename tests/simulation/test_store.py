"""The store in memory keeps the contract: its suite, run once more."""

from __future__ import annotations

from tests.audit.test_contract import *  # noqa: F403
from tests.audit.test_contract_lease import *  # noqa: F403
from tests.audit.test_contract_lists import *  # noqa: F403
