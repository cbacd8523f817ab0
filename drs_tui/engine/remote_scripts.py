"""Checks as scripts that Systems Manager runs, for Linux and for Windows."""

from __future__ import annotations

import shlex

from drs_tui.aws.ssm import POWERSHELL_SCRIPT, SHELL_SCRIPT
from drs_tui.model.launch_checks import CommandCheck, HttpCheck, ProbingCheck, TcpCheck

TRY_SECONDS = 10
"""How long a connection or an answer may take."""

_BODY_BYTES = 64 * 1024


def script(check: ProbingCheck, address: str, *, is_windows: bool) -> tuple[str, list[str]]:
    """The document that runs a check against an address, and its lines; it fails by exit code."""
    if is_windows:
        return POWERSHELL_SCRIPT, _powershell(check, address)
    return SHELL_SCRIPT, _shell(check, address)


def _shell(check: ProbingCheck, address: str) -> list[str]:
    match check:
        case TcpCheck():
            connect = f"exec 3<>/dev/tcp/{address}/{check.port}"
            return [f"timeout {TRY_SECONDS} bash -c {shlex.quote(connect)}"]
        case CommandCheck():
            return [shlex.join(check.argv)]
        case HttpCheck():
            lines = [
                "f=$(mktemp) && trap 'rm -f \"$f\"' EXIT",
                f's=$({shlex.join(["curl", *_curl(check, address)])} --output "$f") || exit',
                f'echo "status $s"; [ "$s" = {check.status} ] || exit 1',
            ]
            if check.body:
                pattern = shlex.quote(check.body)
                lines.append(f'head -c {_BODY_BYTES} "$f" | grep -Eq -- {pattern}')
            return lines


def _powershell(check: ProbingCheck, address: str) -> list[str]:
    match check:
        case TcpCheck():
            connects = f"$c.ConnectAsync('{address}', {check.port}).Wait({TRY_SECONDS * 1000})"
            return [
                "$c = New-Object System.Net.Sockets.TcpClient",
                f"if (-not {connects}) {{ exit 1 }}",
            ]
        case CommandCheck():
            return [f"& {' '.join(map(_quoted, check.argv))}", "exit $LASTEXITCODE"]
        case HttpCheck():
            options = " ".join(map(_quoted, _curl(check, address)))
            lines = [
                "$f = New-TemporaryFile",
                f"$s = & curl.exe {options} --output $f.FullName",
                "if ($LASTEXITCODE) { exit $LASTEXITCODE }",
                f'Write-Output "status $s"; if ($s -ne "{check.status}") {{ exit 1 }}',
            ]
            if check.body:
                text = "(Get-Content -Raw -LiteralPath $f.FullName)"
                lines.append(f"if ({text} -notmatch {_quoted(check.body)}) {{ exit 1 }}")
            return lines


def _curl(check: HttpCheck, address: str) -> list[str]:
    """Options by which curl asks the address alone, whatever host the request names."""
    scheme = "https" if check.tls else "http"
    literal = f"[{address}]" if ":" in address else address
    host = check.host or literal
    return [
        "--silent",
        "--show-error",
        *("--noproxy", "*"),
        *("--max-time", str(TRY_SECONDS)),
        *("--resolve", f"{host}:{check.port}:{literal}"),
        *(() if check.verify or not check.tls else ("--insecure",)),
        *("--write-out", "%{http_code}"),
        f"{scheme}://{host}:{check.port}{check.path}",
    ]


def _quoted(text: str) -> str:
    """As PowerShell takes it literally."""
    return "'" + text.replace("'", "''") + "'"
