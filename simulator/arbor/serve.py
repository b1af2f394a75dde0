"""Running an ASGI application on a real port, in a thread or a process, for as long as a `with` block lasts.

Belongs here: the thread, the process and the socket. Any application may be served.
"""

import multiprocessing
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
    listener, server = _listening(app, host, port)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="arbor", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextmanager
def serve_apart(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """As `serve`, in a process of its own, so that the asking side has its processor to itself.

    The process is forked: `app` need not be sent to it, and what this side changes of it later is not seen there.
    """
    listener, server = _listening(app, host, port)
    process = multiprocessing.get_context("fork").Process(target=server.run, args=([listener],), daemon=True)
    process.start()
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        process.terminate()
        process.join()
        listener.close()


def _listening(app: ASGIApp, host: str, port: int) -> tuple[socket.socket, uvicorn.Server]:
    config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off", ws="none")
    return socket.create_server((host, port), backlog=128), uvicorn.Server(config)
