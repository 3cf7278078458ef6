"""Why a network stream does not open: FFmpeg says no more than that it does not."""

from __future__ import annotations

import re
import socket
from urllib.parse import SplitResult, unquote, urlsplit

import urllib3

_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}
_STATUS = re.compile(rb"RTSP/\d\.\d (\d{3})")


def why_refused(url: str, label: str, seconds: float = 3.0) -> str:
    """A sentence about an http(s):// or rtsp(s):// stream that does not open, found by asking for it once more.

    Parameters
    ----------
    label : what messages call it
    seconds : that each step may take
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme.lower()]
        with socket.create_connection((host, port), seconds):
            pass
        status = (_http if parts.scheme.lower().startswith("http") else _rtsp)(url, parts, port, seconds)
    except ConnectionRefusedError:
        return f"{label}: nothing listens at port {port} of {host}: check the port, and that it is running"
    except socket.gaierror:
        return f"{label}: there is no host {host}: check the address, and that this machine is on its network"
    except TimeoutError:
        return f"{label}: {host} does not answer: check the address, and that this machine is on its network"
    except (OSError, ValueError, KeyError, urllib3.exceptions.HTTPError):
        status = 0
    if status in (401, 403):
        given = urlsplit(url).username is not None
        advice = "check both" if given else f"give both, as in {parts.scheme}://USER:PASSWORD@{host}/…"
        return (
            f"{label} answers {status}: it wants a user and a password{' other than these' if given else ''}; {advice}"
        )
    if status in (404, 410):
        return f"{label} answers {status}: it runs, and has no such stream; check what follows the host in the address"
    if status >= 400:
        return f"{label} answers {status}, and sends no video"
    return f"{label} cannot be reached, or sends no video: check the address and that it is running"


def _http(url: str, parts: SplitResult, port: int, seconds: float) -> int:
    """The status of an answer to a request for it; no more of it is read."""
    user = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    headers = urllib3.make_headers(basic_auth=user) if parts.username is not None else {}
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(seconds))
    answer = pool.request("GET", url.strip(), headers=headers, retries=False, preload_content=False)
    answer.close()
    return answer.status


def _rtsp(url: str, parts: SplitResult, port: int, seconds: float) -> int:
    """The status of RTSP's answer; 0 over TLS, which is left to FFmpeg."""
    if parts.scheme.lower() == "rtsps":
        return 0
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    with socket.create_connection((parts.hostname or "", port), seconds) as connection:
        connection.sendall(f"DESCRIBE {bare} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n".encode())
        match = _STATUS.match(connection.recv(256))
    return int(match[1]) if match else 0
