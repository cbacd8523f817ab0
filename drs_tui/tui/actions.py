"""Every action in one table: bindings, the key line, help and the palette all derive from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding, BindingType

from drs_tui.model.decisions import CHOICE_WORDS
from drs_tui.tui.answers import ASKING_CHOICES, CHOICE_KEYS


class Where(StrEnum):
    """The places an action can belong to."""

    APP = "everywhere"
    PLANS = "plans"
    RUNS = "runs"
    SERVERS = "servers"
    INSTANCES = "instances"
    PREFLIGHT = "preflight"
    RUN = "a run"
    REPLAY = "a replay"


class Effect(StrEnum):
    """What an action does to the world."""

    SHOWS = "shows"
    """Nothing: it only shows."""

    RECORDS = "records"
    """It asks a driver for something, or writes into the store."""

    DANGEROUS = "dangerous"
    """It can launch or terminate servers, or keep some from launching: it asks first."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something a key does."""

    call: str
    """The Textual action, with its arguments."""

    keys: str
    """Textual's key names, comma-separated; the key line shows the first."""

    title: str
    help: str
    where: tuple[Where, ...]
    effect: Effect = Effect.SHOWS
    in_key_line: bool = False

    @property
    def name(self) -> str:
        """The action without its arguments."""
        return self.call.partition("(")[0]

    @property
    def is_forbidden_when_read_only(self) -> bool:
        """Whether it does more than show."""
        return self.effect is not Effect.SHOWS


def _choices() -> Iterator[Action]:
    for choice, (key, title) in CHOICE_KEYS.items():
        effect = Effect.DANGEROUS if choice in ASKING_CHOICES else Effect.RECORDS
        words = CHOICE_WORDS[choice]
        call = f"choose('{choice.name}')"
        yield Action(call, key, title, words[0].upper() + words[1:], (Where.RUN,), effect)


_FULL_LISTS = (Where.PLANS, Where.RUNS, Where.SERVERS, Where.INSTANCES)
_LISTS = (*_FULL_LISTS, Where.PREFLIGHT, Where.RUN)

ACTIONS: tuple[Action, ...] = (
    # Replay stands first: its keys win over the same keys of lists.
    Action("play", "space", "Play", "Play or pause the replay", (Where.REPLAY,), in_key_line=True),
    Action("faster", "plus,equals_sign", "Faster", "Play faster", (Where.REPLAY,)),
    Action("slower", "minus", "Slower", "Play slower", (Where.REPLAY,)),
    Action("step(1)", "right", "Next event", "Go on by one event", (Where.REPLAY,)),
    Action("step(-1)", "left", "Event before", "Go back by one event", (Where.REPLAY,)),
    Action(
        "wave(1)",
        "right_square_bracket",
        "Next wave",
        "Go to the launch of the next wave",
        (Where.REPLAY,),
    ),
    Action(
        "wave(-1)",
        "left_square_bracket",
        "Wave before",
        "Go to the launch of the wave before",
        (Where.REPLAY,),
    ),
    Action(
        "failure(1)", "f", "Next failure", "Go to the next thing that went wrong", (Where.REPLAY,)
    ),
    Action(
        "failure(-1)", "F", "Failure before", "Go to what went wrong before that", (Where.REPLAY,)
    ),
    Action(
        "jump",
        "J",
        "Jump to",
        "Go to a moment: +12m, 22:14, 50%",
        (Where.REPLAY,),
        in_key_line=True,
    ),
    Action("seek_start", "home", "To the start", "Go to the first event", (Where.REPLAY,)),
    Action("seek_end", "end", "To the end", "Go to the last event", (Where.REPLAY,)),
    # The answers, before the keys of lists: `k` skips only while skipping is an answer.
    *_choices(),
    Action(
        "start",
        "s",
        "Start",
        "Start a drill of this plan; asks first",
        (Where.PREFLIGHT,),
        Effect.DANGEROUS,
        in_key_line=True,
    ),
    Action(
        "recover",
        "X",
        "Recover",
        "Start a REAL RECOVERY of this plan; its name has to be typed",
        (Where.PREFLIGHT,),
        Effect.DANGEROUS,
        in_key_line=True,
    ),
    Action("check", "r", "Check again", "Ask AWS again", (Where.PREFLIGHT,), in_key_line=True),
    Action(
        "open",
        "enter",
        "Open",
        "Open what the cursor is on",
        (Where.PLANS, Where.RUNS, Where.INSTANCES),
        in_key_line=True,
    ),
    Action(
        "new_plan",
        "n",
        "New plan",
        "Make a plan of the servers that DRS replicates",
        (Where.PLANS,),
        Effect.RECORDS,
        in_key_line=True,
    ),
    Action(
        "reload",
        "r",
        "Reload",
        "Read it again",
        (Where.PLANS, Where.SERVERS, Where.INSTANCES),
        in_key_line=True,
    ),
    Action(
        "toggle_active",
        "a",
        "Active or all",
        "Show only runs that go on, or all",
        (Where.RUNS,),
        in_key_line=True,
    ),
    Action(
        "only_plan",
        "p",
        "This plan",
        "Show only runs of the plan under the cursor, or of all plans",
        (Where.RUNS,),
        in_key_line=True,
    ),
    Action(
        "next_outcome",
        "o",
        "Outcome",
        "Show only runs that succeeded, then only partial ones, and so on",
        (Where.RUNS,),
        in_key_line=True,
    ),
    Action(
        "replay", "R", "Replay", "Play back what the run recorded", (Where.RUNS,), in_key_line=True
    ),
    Action(
        "pause",
        "p",
        "Pause/resume",
        "Hold further launches back, or let them go on",
        (Where.RUN,),
        Effect.RECORDS,
        in_key_line=True,
    ),
    Action(
        "cancel",
        "c",
        "Cancel",
        "Launch no further wave; asks first",
        (Where.RUN,),
        Effect.DANGEROUS,
        in_key_line=True,
    ),
    Action(
        "clean_up",
        "t",
        "Clean up",
        "Terminate what the drill launched; asks first",
        (Where.RUN, Where.INSTANCES),
        Effect.DANGEROUS,
        in_key_line=True,
    ),
    Action(
        "terminate",
        "x",
        "Terminate one",
        "Terminate the instance under the cursor alone; asks first",
        (Where.INSTANCES,),
        Effect.DANGEROUS,
        in_key_line=True,
    ),
    Action(
        "drive",
        "D",
        "Drive",
        "Drive a run that nobody drives; asks first",
        (Where.RUN,),
        Effect.DANGEROUS,
        in_key_line=True,
    ),
    Action(
        "detach",
        "O",
        "Go on detached",
        "Launch though the audit store is out of reach; asks first",
        (Where.RUN,),
        Effect.DANGEROUS,
        in_key_line=True,
    ),
    Action(
        "note",
        "n",
        "Note",
        "Leave a remark in the record",
        (Where.RUN,),
        Effect.RECORDS,
        in_key_line=True,
    ),
    Action(
        "explain",
        "E",
        "Explain",
        "What is wanted, what each answer does, and what happens without one",
        (Where.RUN,),
    ),
    Action(
        "failed_server", "f", "Failed server", "Go to the next server that failed", (Where.RUN,)
    ),
    Action(
        "next_wanted",
        "tab",
        "Next question",
        "Show the next wave that wants an answer",
        (Where.RUN,),
    ),
    Action(
        "result",
        "R",
        "Result",
        "RTO and RPO of each wave, where the time went, what was slower than in the last runs",
        (Where.RUN,),
    ),
    Action(
        "steps",
        "s",
        "Steps",
        "What is done around the launches: how each step stands, and what it printed",
        (Where.RUN,),
        in_key_line=True,
    ),
    Action(
        "details",
        "d",
        "Details",
        "All that is known of what the cursor is on",
        (Where.RUN, Where.PREFLIGHT, Where.SERVERS, Where.PLANS, Where.INSTANCES),
        in_key_line=True,
    ),
    Action(
        "sort",
        "s",
        "Sort",
        "Sort by the next column",
        _FULL_LISTS,
        in_key_line=True,
    ),
    Action("reverse", "S", "Reverse", "Turn the order round", _FULL_LISTS),
    Action(
        "raw",
        "y",
        "Raw",
        "What AWS answered, as JSON",
        (Where.SERVERS, Where.INSTANCES),
        in_key_line=True,
    ),
    Action("copy", "Y", "Copy", "Copy the id, to be pasted elsewhere", _FULL_LISTS),
    Action(
        "lower_panel",
        "l",
        "Log/timeline",
        "Show the log or the timeline",
        (Where.RUN,),
        in_key_line=True,
    ),
    Action(
        "other_panel", "L", "Into the log", "Move the cursor between servers and log", (Where.RUN,)
    ),
    Action(
        "filter",
        "slash",
        "Filter",
        "Show only what contains a text, such as state:stalled; esc shows all again",
        _LISTS,
        in_key_line=True,
    ),
    Action("move('up')", "up,k", "Up", "Move the cursor up", _LISTS),
    Action("move('down')", "down,j", "Down", "Move the cursor down", _LISTS),
    Action("move('page_up')", "pageup,ctrl+u", "Page up", "Move up by a page", _LISTS),
    Action("move('page_down')", "pagedown,ctrl+d", "Page down", "Move down by a page", _LISTS),
    Action("move('top')", "g,home", "Top", "Move to the first row", _LISTS),
    Action("move('bottom')", "G,end", "Bottom", "Move to the last row", _LISTS),
    Action(
        "back",
        "escape",
        "Back",
        "Clear the filter, else one level back",
        _LISTS,
    ),
    Action("mode('plans')", "1", "Plans", "The plans in the plan folders", (Where.APP,)),
    Action("mode('runs')", "2", "Runs", "Runs, newest first", (Where.APP,)),
    Action("mode('servers')", "3", "Servers", "The source servers DRS replicates", (Where.APP,)),
    Action(
        "mode('instances')",
        "4",
        "Instances",
        "Recovery instances, which bill until they are terminated",
        (Where.APP,),
    ),
    Action(
        "next_run",
        "0",
        "Next run",
        "The next run under way; from a list, first one that wants something",
        (Where.APP,),
    ),
    Action(
        "renew",
        "K",
        "Renew credentials",
        "Give the driver other credentials, or have it look again; asks first",
        (Where.APP,),
        Effect.DANGEROUS,
    ),
    Action(
        "help", "question_mark", "Help", "The keys of this view", (Where.APP,), in_key_line=True
    ),
    Action(
        "command_palette", "colon,ctrl+p", "Palette", "Find an action by its name", (Where.APP,)
    ),
    Action("picture", "ctrl+s", "Picture", "Save the screen as an SVG file", (Where.APP,)),
    Action("suspend_process", "ctrl+z", "Suspend", "Back to the shell; `fg` returns", (Where.APP,)),
    Action(
        "quit",
        "q,ctrl+q",
        "Quit",
        "Leave; drills under way go on unless you say otherwise",
        (Where.APP,),
        in_key_line=True,
    ),
)


def actions_of(*places: Where) -> list[Action]:
    """The actions of some places, in the table's order."""
    return [action for action in ACTIONS if set(action.where) & set(places)]


def bindings(*places: Where) -> list[BindingType]:
    """Textual's bindings for some places."""
    return [
        Binding(action.keys, action.call, action.title, show=action.in_key_line)
        for action in actions_of(*places)
    ]


def find(call: str, arguments: tuple[object, ...]) -> Action | None:
    """The action that Textual is about to run; None for one of Textual's own."""
    written = ", ".join(map(repr, arguments))
    calls = (call, f"{call}({written})") if arguments else (call,)
    return next((action for action in ACTIONS if action.call in calls), None)
