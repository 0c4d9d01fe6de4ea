"""Play very many stories of the model test, on all cores, each time others: see `tests/model`.

    python tools/chaos.py [--stories 100000] [--seed N]
    python tools/chaos.py --story FILE

The first form plays batches of stories with seeds that follow on N, by chance unless it is given,
and ends with 1 if one breaks an invariant, with all that is needed to play it again. The second
plays one such story again, and says what does not hold.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import secrets
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_BATCH = 500


def main() -> int:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stories", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--story", type=Path, default=None)
    given = parser.parse_args()
    sys.path.insert(0, str(_ROOT))
    if given.story is not None:
        return _again(given.story)
    first = secrets.randbelow(10**9) if given.seed is None else given.seed
    return _many(given.stories, first)


def _many(stories: int, first: int) -> int:
    sizes = [min(_BATCH, stories - done) for done in range(0, stories, _BATCH)]
    print(f"{stories} stories in {len(sizes)} batches, seeds from {first}", flush=True)
    played, failed = 0, 0
    for number, (seed, size, problem) in enumerate(_played(sizes, first), start=1):
        played += size
        if problem:
            failed += 1
            print(f"\nFAILED: {size} stories of seed {seed}\n{problem}", flush=True)
        print(f"{number}/{len(sizes)} batches, {played} stories, {failed} failed", flush=True)
    return 1 if failed else 0


def _played(sizes: list[int], first: int) -> Iterator[tuple[int, int, str]]:
    """Seed, size and problem of each batch, as they end; a tick while they do not."""
    context = multiprocessing.get_context("spawn")  # threads of one story must not reach another
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        batches = {
            pool.submit(batch, size, first + number): (first + number, size)
            for number, size in enumerate(sizes)
        }
        for ended in as_completed(batches):
            seed, size = batches[ended]
            yield seed, size, ended.result()


def batch(stories: int, seed: int) -> str:
    """What is wrong with a batch, empty if nothing is. Runs in a process of its own."""
    sys.path.insert(0, str(_ROOT))
    from tests.model.shards import play  # noqa: PLC0415 - heavy, and only in the processes

    try:
        play(stories, seed)
    except AssertionError as error:
        return "\n".join((str(error), *getattr(error, "__notes__", ())))
    return ""


def _again(path: Path) -> int:
    from tests.model.invariants import broken  # noqa: PLC0415 - (the same)
    from tests.model.printing import brief, story_of  # noqa: PLC0415 - (the same)
    from tests.model.world import play  # noqa: PLC0415 - (the same)

    story = story_of(path.read_text("utf-8"))
    print(brief(story))
    began = time.perf_counter()
    played = play(story)
    print(f"played in {time.perf_counter() - began:.2f} s, {played.hops} hops")
    for instance in played.instances:
        ending = (instance.output or {}).get("ending", "")
        print(f"  {instance.id}: {instance.state} {ending}")
    for sentence in (wrong := broken(played)):
        print(f"  BROKEN: {sentence}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
