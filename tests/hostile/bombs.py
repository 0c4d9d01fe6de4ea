"""Bodies that are small on the wire and a gigabyte when they are unpacked."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from tracemalloc import get_traced_memory, reset_peak, start, stop

from tests.scripted_server import Play, answer

__all__ = ["ENCODINGS", "UNPACKED", "bomb", "empty_members", "peak_below"]

_MEGABYTE = 1_000_000
UNPACKED = 1000 * _MEGABYTE
ENCODINGS = {"gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


@cache
def _packed(encoding: str) -> bytes:
    """A gigabyte of blanks, which JSON may begin with: one block of it, a thousand times."""
    packing = zlib.compressobj(9, wbits=ENCODINGS[encoding])
    head = packing.compress(b"{") + packing.flush(zlib.Z_FULL_FLUSH)
    block = packing.compress(b" " * _MEGABYTE) + packing.flush(zlib.Z_FULL_FLUSH)
    return head + block * (UNPACKED // _MEGABYTE)


def bomb(encoding: str, status: int = 200, **headers: str) -> Play:
    """A whole answer that says how it is packed."""
    return answer(status, _packed(encoding), headers={"Content-Encoding": encoding, **headers})


@cache
def empty_members() -> bytes:
    """A megabyte of gzip that holds nothing, in fifty thousand members."""
    packing = zlib.compressobj(wbits=ENCODINGS["gzip"])
    return packing.flush() * 50_000


@contextmanager
def peak_below(megabytes: float) -> Iterator[None]:
    """What Python holds at once stays below so much."""
    start()
    try:
        before, _ = get_traced_memory()
        reset_peak()
        yield
        _, peak = get_traced_memory()
        assert peak - before < megabytes * _MEGABYTE
    finally:
        stop()
