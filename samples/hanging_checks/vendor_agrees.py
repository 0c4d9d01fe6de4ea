"""A check that never answers, as one may that asks a service without a time-out."""

import socket

from checks import Run, Verdict, blocked, check, passed


@check
def vendor_agrees(run: Run) -> Verdict:
    """The vendor has nothing planned for the time of the run."""
    with _deaf_server() as server, socket.create_connection(server.getsockname()) as line:
        line.sendall(f"GET /free?run={run.name} HTTP/1.1\r\n\r\n".encode())
        answer = line.recv(3)  # waits for ever
    return passed() if answer == b"yes" else blocked("the vendor says no")


def _deaf_server() -> socket.socket:
    """Takes connections and never says a word."""
    return socket.create_server(("127.0.0.1", 0))
