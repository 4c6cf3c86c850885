"""Names of network bridges, looked up without holding up the end of the service."""

import asyncio
import socket
import threading
from urllib.parse import urlsplit

SCHEME = "socket"


async def resolved(path: str) -> str:
    """Return socket://host:port with the host's address; other paths as they are.

    A look-up may hang for many seconds. In asyncio's own thread pool it would keep
    the process from ending; a daemon thread does not. Raises socket.gaierror.
    """
    url = urlsplit(path)
    if url.scheme != SCHEME or url.hostname is None or url.port is None:
        return path
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()
    host, port = url.hostname, url.port

    def tell(address: str | None, error: OSError | None) -> None:
        if answer.done():
            return
        if error is not None or address is None:
            answer.set_exception(error or OSError(f"{host} has no address"))
        else:
            answer.set_result(address)

    def look_up() -> None:
        address: str | None = None
        failure: OSError | None = None
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            address = str(found[0][4][0])
        except OSError as error:
            failure = error
        except UnicodeError:  # no host name at all, such as one of 64 letters
            failure = socket.gaierror(socket.EAI_NONAME, "not a host name")
        try:
            loop.call_soon_threadsafe(tell, address, failure)
        except RuntimeError:  # the loop is closed: nobody waits any more
            return

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    address = await answer
    return (
        f"{SCHEME}://[{address}]:{port}"
        if ":" in address
        else f"{SCHEME}://{address}:{port}"
    )
