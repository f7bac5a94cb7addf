# SPDX-License-Identifier: EUPL-1.2
"""How many times as long one thing takes as another: measured in turns, the best of each counted."""

import time
from collections.abc import Callable


def ratio(
    work: Callable[[], object], against: Callable[[], object], rounds: int = 60, calls: int = 10
) -> float:
    """Best time of `work` over best time of `against`. In turns, so that a busy machine slows both alike."""
    best = [float("inf"), float("inf")]
    for _ in range(rounds):
        for at, one in enumerate((work, against)):
            began = time.perf_counter()
            for _ in range(calls):
                one()
            best[at] = min(best[at], time.perf_counter() - began)
    return best[0] / best[1]
