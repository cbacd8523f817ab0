"""Reading plan files: what they may say, and what is wrong with one, by line and column."""

from drs_tui.config import example_folder
from drs_tui.documents.problems import Problem
from drs_tui.plans.draft import Draft, DraftError, draft_of, write_draft
from drs_tui.plans.drafting import draft_plan
from drs_tui.plans.folders import (
    check_folder,
    find_plan,
    own_folder,
    plan_files,
)
from drs_tui.plans.outline import describe_plan
from drs_tui.plans.problems import PlanError
from drs_tui.plans.reading import parse_plan, read_plan
from drs_tui.plans.shapes import plan_schema

__all__ = [
    "Draft",
    "DraftError",
    "PlanError",
    "Problem",
    "check_folder",
    "describe_plan",
    "draft_of",
    "draft_plan",
    "example_folder",
    "find_plan",
    "own_folder",
    "parse_plan",
    "plan_files",
    "plan_schema",
    "read_plan",
    "write_draft",
]
