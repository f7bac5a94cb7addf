# SPDX-License-Identifier: EUPL-1.2
"""A town for promises that start their servers again and again: without the helper and the page, which take half of a start."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import serve
from bench.scene import roomy_catalogue
from tests.faults.promises import twin
from tests.town import Servers, servers


@contextmanager
def forked(
    folder: Path,
    wiring: str = "one",
    *,
    sound: bool = False,
    prepare: Callable[[Servers], None] = lambda made: None,
    **settings: str,
) -> Iterator[Servers]:
    """A running town, with the fault that the run has for servers unless it is `sound`.

    prepare: changes the processes before they start. settings: environment variables besides the town's own; an empty one
    is taken away.
    """
    made = servers(folder, wiring)
    fault = None if sound else twin("servers")
    for name, process in made.processes.items():
        if name != "front":
            parts = ",".join(serve.PARTS) if name == "all" else name
            process.command[1:] = ["-m", "tests.faults.serve", fault or "none", parts]
            merged = process.environment | settings
            process.environment = {each: value for each, value in merged.items() if settings.get(each, "x")}
    try:
        prepare(made)
        made.start()
        yield made
    finally:
        made.stop()


@contextmanager
def roomy(folder: Path, wiring: str) -> Iterator[Servers]:
    """A town whose purpose allows as many looks a day as a promise makes."""
    many = str(roomy_catalogue(folder / "catalogue"))
    changed = {"KLUISJE_CONSENT_CATALOGUE": many, "KLUISJE_CONSENT_CATALOGUE_KEY": ""}  # changed, so not signed
    with forked(folder, wiring, **changed) as town:
        yield town
