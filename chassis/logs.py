# SPDX-License-Identifier: EUPL-1.2
"""Log lines: one JSON object a line on stdout. No secret, token, key, name or content ever goes in.

An exception is logged as its type and the places it passed, never its text: the text may hold what was sent (P22).
"""

import sys
import traceback
from pathlib import Path

import orjson
import structlog

_ROOT = Path(__file__).resolve().parent.parent


def configure() -> None:
    """Sets up logging once per process."""
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )


def log() -> structlog.typing.FilteringBoundLogger:
    """The logger. Call it as `log().info("what-happened", part="vault")`: fixed words and counts only."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger


def places(error: BaseException) -> list[str]:
    """Where an exception passed, as `file:line function`, without values."""
    steps = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        shown = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else Path(path.parent.name) / path.name
        steps.append(f"{shown}:{frame.lineno} {frame.name}")
    return steps[-12:]


def unexpected(part: str, error: BaseException) -> None:
    """One line for a fault of ours: type and places only."""
    log().error("unexpected", part=part, error=type(error).__name__, places=places(error))
