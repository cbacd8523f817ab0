"""`python -m tests.readme`: writes the README's references anew from what the program knows."""

from __future__ import annotations

from tests.readme.reference import README, renewed

README.write_text(renewed(README.read_text()))
