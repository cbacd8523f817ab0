"""The terminal under the app: as it was before, and back to that whatever happens."""

from __future__ import annotations

import asyncio
import os
import selectors
import signal
import termios
import threading
import time
from codecs import getincrementaldecoder
from typing import Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from drs_tui.tui.ascii import to_ascii

RESET = (
    b"\x18"  # CAN: ends a control sequence that was cut short
    b"\x1b[?2026l"  # synchronised output
    b"\x1b[?2004l"  # bracketed paste
    b"\x1b[?7h"  # lines wrap again
    b"\x1b[?2048l"  # resizes reported in band
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # the mouse
    b"\x1b[?1004l"  # focus
    b"\x1b[<u"  # the Kitty keyboard protocol, which each of the two screens has for itself
    b"\x1b[0m"  # colours
    b"\x1b[?1049l"  # back from the alternate screen
    b"\x1b[?25h"  # the cursor
)
"""Takes back everything that Textual's driver for Linux asks of a terminal."""

_INPUT, _OUTPUT = 0, 2
"""Where Textual reads keys from and writes to: stdin and stderr."""

WRITER = "textual-output"
"""The name of Textual's thread that writes."""

PATIENCE_SECONDS = 0.5
"""How long writing `RESET` may take, in real time."""

_TRY_AGAIN_SECONDS = 0.005
_OTHER_SIGNAL_SECONDS = 0.2
_TICK_SECONDS = 0.1
"""How often an escape that nothing follows is looked for: it is a key of its own then."""

_MOST_BYTES = 4096


def is_lent_to_others() -> bool:
    """Whether another process group is in front: touching the terminal would stop this one."""
    try:
        return os.tcgetpgrp(_INPUT) != os.getpgrp()
    except OSError:  # it has hung up
        return False


class TerminalDriver(LinuxDriver):
    """Textual's own, which also comes back from a stop that it could not prepare for.

    And it takes bytes that are no UTF-8, which some terminals send for letters with accents, or for
    keys pressed together with Alt: Textual's own would end with a traceback.

    Stops and continuing wait for the event loop's next turn. Textual's own does them in the signal
    handler, which may have interrupted a `Queue.put` of the very queue that it then writes to, and
    would wait for that for ever.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take what Textual gives its drivers; an event loop must be running."""
        super().__init__(*args, **options)
        self._loop = asyncio.get_running_loop()
        self._is_suspended = False

    def write(self, data: str) -> None:
        """Write to the terminal, unless that is another program's at the moment."""
        if not self._is_suspended:
            super().write(data)

    def suspend_application_mode(self) -> None:
        """Give the terminal back."""
        super().suspend_application_mode()
        self._is_suspended = True

    def resume_application_mode(self) -> None:
        """Take the terminal again."""
        self._is_suspended = False
        super().resume_application_mode()

    def run_input_thread(self) -> None:
        """Read keys until the app ends."""
        decode = getincrementaldecoder("utf-8")("replace").decode
        parser = XTermParser(self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(_TICK_SECONDS):
                    text = decode(os.read(self.fileno, _MOST_BYTES))
                    for event in parser.feed(text) if text else ():
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def _get_terminal_size(self) -> tuple[int, int]:
        # Textual would go by COLUMNS and LINES, where something has set them: those don't change
        # when the window does.
        try:
            width, height = os.get_terminal_size(self.fileno)
        except OSError:
            return super()._get_terminal_size()
        return width or 80, height or 25

    def _sigtstp_application(self, *_: object) -> None:
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(super()._sigtstp_application)
        else:  # the app has ended
            os.kill(os.getpid(), signal.SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._come_back)

    def _come_back(self) -> None:
        if is_lent_to_others():
            # Continued behind another program's back, as by a shell that ends it: the signal that
            # does so may come a moment later.
            time.sleep(_OTHER_SIGNAL_SECONDS)
            if is_lent_to_others():
                os.kill(os.getpid(), signal.SIGSTOP)
                return
        if not self._must_signal_resume:
            # Stopped by SIGSTOP, or not at all: it still has its threads and the terminal's modes,
            # and starting them once more would take those modes for the ones to go back to.
            self.suspend_application_mode()
            self._must_signal_resume = True
        super()._sigcont_application()


class AsciiDriver(TerminalDriver):
    """The same for a terminal without UTF-8: nothing but ASCII is ever written to it."""

    def write(self, data: str) -> None:
        """Write what stands for it in ASCII."""
        super().write(to_ascii(data))


class Terminal:
    """The controlling terminal of this process, with the modes it had."""

    def __init__(self) -> None:
        """Remember the modes; stdin must be a terminal."""
        self._modes = termios.tcgetattr(_INPUT)

    def restore(self) -> None:
        """Set the modes back and leave the alternate screen, without ever waiting for a reader.

        What was written and not read yet is dropped. Only for a process that is about to end: its
        own output goes nowhere afterwards.
        """
        try:
            # Opened anew: the shell shares what stdin and stderr are, and would not wait either.
            tty = os.open(os.ctermid(), os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # it has hung up: there is nothing to restore
            return
        # The thread that writes may be stuck in the middle of it, and holds the terminal until a
        # signal makes it try again, which it then does elsewhere. SIGCONT has a handler by now.
        os.dup2(os.open(os.devnull, os.O_WRONLY), _OUTPUT)
        for thread in threading.enumerate():
            if thread.name == WRITER and thread.ident is not None:
                signal.pthread_kill(thread.ident, signal.SIGCONT)
        deadline = time.monotonic() + PATIENCE_SECONDS
        try:
            while time.monotonic() < deadline:
                termios.tcflush(tty, termios.TCIOFLUSH)
                if _written_whole(tty):
                    break
                time.sleep(_TRY_AGAIN_SECONDS)
            termios.tcsetattr(tty, termios.TCSANOW, self._modes)
        except (OSError, termios.error):  # it has hung up meanwhile
            return


def _written_whole(tty: int) -> bool:
    try:
        return os.write(tty, RESET) == len(RESET)
    except BlockingIOError:
        return False
