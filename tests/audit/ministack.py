"""MiniStack, a second DynamoDB that isn't ours, in a virtual environment and process of its own.

It pins another botocore than this project does. It evaluates IAM policies and CloudFormation
templates as well, if asked to.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.audit.dynamodb_server import free_port, wait_until_open

VERSION = "1.5.33"
NAME = f"ministack-{VERSION}-python{sys.version_info.major}.{sys.version_info.minor}"


def build(folder: Path) -> Path:
    """Its Python, in a virtual environment that is built in `folder` unless it is there already.

    Raises:
        RuntimeError: it can't be built; pip's own words say why.
    """
    place = folder / "venv"
    python = place / "bin" / "python"
    whole = folder / "whole"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (whole.exists() and python.exists()):
            shutil.rmtree(place, ignore_errors=True)
            venv.create(place, with_pip=True)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            done = subprocess.run(
                [*pip, f"ministack=={VERSION}"], capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(f"MiniStack {VERSION} can't be installed: {done.stderr}")
            whole.touch()
    return python


@contextmanager
def ministack_server(python: Path, folder: Path, *, enforces_iam: bool = False) -> Iterator[str]:
    """Run it on a free port of this machine, with its files in `folder`; gives its endpoint URL."""
    port = free_port()
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        "AUTH": "true" if enforces_iam else "false",
        "AWS_ACCESS_KEY_ID": "test",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "HOME": str(folder),
        "LOG_LEVEL": "WARNING",
        "SERVICES": "cloudformation,dynamodb,iam,sts",
        "TMPDIR": str(folder),
    }
    with (folder / "ministack.log").open("w") as log:
        process = subprocess.Popen(
            [str(python), "-m", "ministack"],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_open(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)
