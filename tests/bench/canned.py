"""`python -m tests.bench.canned URL`: what is at an endpoint, asked once and answered from memory.

So that what a client takes is measured, and not what a simulator does.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

_PASSED = ("authorization", "content-type", "x-amz-date")
_KEPT = ("Content-Type", "Date", "x-drs-simulator")


async def _serve(url: str) -> None:
    answers: dict[tuple[str, bytes], bytes] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                asked, *lines = head.decode("latin-1").split("\r\n")
                pairs = (line.split(": ", 1) for line in lines if line)
                headers = {name.lower(): value for name, value in pairs}
                path = asked.split()[1]
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                if (path, body) not in answers:
                    answers[path, body] = await asyncio.to_thread(_asked, url + path, body, headers)
                writer.write(answers[path, body])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def _asked(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    passed = {name: value for name, value in headers.items() if name in _PASSED}
    request = urllib.request.Request(url, body, passed, method="POST")
    with urllib.request.urlopen(request) as answer:
        content: bytes = answer.read()
        kept = [f"{name}: {answer.headers[name]}" for name in answer.headers if name in _KEPT]
    head = ["HTTP/1.1 200 OK", *kept, f"Content-Length: {len(content)}", "", ""]
    return "\r\n".join(head).encode() + content


@contextmanager
def canned(url: str) -> Iterator[str]:
    """A process that answers as `url` did the first time; gives its endpoint."""
    command = [sys.executable, "-m", "tests.bench.canned", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
