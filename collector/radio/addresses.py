"""Names of network bridges, looked up without holding up the end of the service."""

import asyncio
import socket
import threading
from urllib.parse import urlsplit

SCHEME = "socket"


async def resolved(path: str) -> str:
    """Return socket://host:port with the host's address; other paths as they are.

    A look-up may hang for many seconds. In asyncio's own thread pool it would keep
    the process from ending; a daemon thread does not. Raises OSError.
    """
    url = urlsplit(path)
    if url.scheme != SCHEME or url.hostname is None or url.port is None:
        return path
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    threading.Thread(
        target=_look_up, args=(url.hostname, url.port, answer), daemon=True
    ).start()
    address = await answer
    host = f"[{address}]" if ":" in address else address
    return f"{SCHEME}://{host}:{url.port}"


def _look_up(host: str, port: int, answer: asyncio.Future[str]) -> None:
    """Find the first address of a host and tell the loop of `answer`."""
    result: str | Exception
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        result = str(found[0][4][0])
    except UnicodeError:  # no host name at all, such as one of 64 letters
        result = socket.gaierror(socket.EAI_NONAME, "not a host name")
    except Exception as error:  # noqa: BLE001  # handed over to who waits
        result = error
    try:
        answer.get_loop().call_soon_threadsafe(_tell, answer, result)
    except RuntimeError:  # the loop is closed: nobody waits any more
        return


def _tell(answer: asyncio.Future[str], result: str | Exception) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
