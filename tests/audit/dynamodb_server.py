"""A DynamoDB-compatible server in a process of its own, for tests that talk to one over HTTP."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY_WITHIN_SECONDS = 60.0


@contextmanager
def dynamodb_server() -> Iterator[str]:
    """Run the server on a free port of this machine; gives its endpoint URL."""
    program = Path(sys.executable).with_name("roto-server")
    port = free_port()
    process = subprocess.Popen(
        [str(program), "--ephemeral", "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_open(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return once something listens on a port.

    Raises:
        RuntimeError: the process ended, or it took too long.
    """
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the DynamoDB server did not open port {port}") from error
            time.sleep(0.02)
