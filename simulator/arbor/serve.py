"""Running an ASGI application on a real port, in a thread, for as long as a `with` block lasts.

Belongs here: the thread and the socket. Any application may be served.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def serve(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve `app` and yield its base URL, without a trailing slash; port 0 takes any free one.

    The socket listens before the URL is yielded, so that a first request never meets a closed port.
    """
    listener = socket.create_server((host, port), backlog=128)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="arbor", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
