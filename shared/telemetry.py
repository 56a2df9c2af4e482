"""What does a process say about itself? Log lines and metrics; every name exists once, here.

    log = telemetry.logger("ingest")
    log.info("revision accepted", story=…, revision=…)

Secrets and personal tokens never reach a line: whatever looks like one is masked on its way out.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, Literal

import structlog
from prometheus_client import Counter, Gauge, Histogram
from structlog.typing import FilteringBoundLogger

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_LATE: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5)
_STEP: Final = ("stream", "group")

STEP_HANDLED: Final = Counter("newswire_step_handled", "Events that a step finished.", _STEP)
STEP_FAILED: Final = Counter("newswire_step_failed", "Attempts of a step that raised; each is tried again.", _STEP)
STEP_DEAD: Final = Counter("newswire_step_dead", "Events that a step gave up: dead letters.", _STEP)
STEP_SECONDS: Final = Histogram(
    "newswire_step_seconds", "Seconds that a step needs for one batch.", _STEP, buckets=_SECONDS
)
STEP_LAG: Final = Gauge("newswire_step_lag", "Events that wait for a step and were not delivered to it yet.", _STEP)
STEP_OLDEST_PENDING: Final = Gauge(
    "newswire_step_oldest_pending_seconds", "Age of the oldest event that a step has begun and not finished.", _STEP
)
STEP_PAUSED: Final = Gauge("newswire_step_paused", "1 while a step waits for something that it depends on.", _STEP)
DELIVERIES: Final = Counter("newswire_deliveries", "Deliveries that reached an outcome.", ("channel", "outcome"))
OVERDUE: Final = Gauge(
    "newswire_overdue_seconds", "Age of the oldest thing of a kind that should have gone on by now.", ("kind",)
)
PAUSED: Final = Gauge("newswire_deliveries_paused", "1 while nothing leaves on a channel.", ("channel",))
LIVE_SECONDS: Final = Histogram(
    "newswire_live_seconds", "Seconds from the acceptance of a revision to the proof that it is live.", buckets=_SECONDS
)
REVISIONS: Final = Gauge(
    "newswire_revisions", "Revisions in the log that are not settled; `emitted` fill the emission window.", ("state",)
)
LOOP_LATE: Final = Histogram(
    "newswire_loop_late_seconds", "How late the event loop was, sampled twenty times a second.", buckets=_LATE
)
LOOP_LAG: Final = Gauge("newswire_loop_lag_seconds", "How late the event loop was, at worst, in the last ten seconds.")
LOOP_RESTARTS: Final = Counter("newswire_loop_restarts", "Background loops that crashed and began anew.", ("loop",))
REDIS_RESTARTS: Final = Counter("newswire_redis_restarts", "Embedded Redis servers that died and were started again.")
PACKS_DELETED: Final = Counter("newswire_packs_deleted", "Objects of the page store that held no current page.")
PACKS_UNUSED: Final = Gauge(
    "newswire_packs_unused", "Objects of the page store without a current page that wait for their hour to pass."
)
READY: Final = Gauge("newswire_ready", "1 when the last readiness check of this process found nothing wrong.")

_MASKS: Final = (
    (re.compile(r"\b(nw_|whsec_)[A-Za-z0-9_+/=-]{8,}"), r"\1…"),
    (re.compile(r"(/subscriptions/)[^/\s\"'?#]+"), r"\1…"),
    (re.compile(r"([?&](?:token|key|secret|password)=)[^&\s\"']+", re.IGNORECASE), r"\1…"),
    (re.compile(r"(\bBearer\s+)[^\s\"',]+", re.IGNORECASE), r"\1…"),
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^/\s:@]*:)[^/\s@]+@"), r"\1…@"),
)
_HINTS: Final = ("nw_", "whsec_", "/subscriptions/", "?", "&", "earer", "EARER", "://")


def logger(service: str) -> FilteringBoundLogger:
    """The log of one service or part; every line carries its name."""
    bound: FilteringBoundLogger = structlog.get_logger(service=service)
    return bound


def mask(text: str) -> str:
    """`text` without keys, tokens and passwords."""
    if not any(hint in text for hint in _HINTS):
        return text
    for pattern, masked in _MASKS:
        text = pattern.sub(masked, text)
    return text


def configure(log_format: Literal["console", "json"] = "console", level: str = "info") -> None:
    """Send our lines and those of the libraries to standard error, one line each, masked."""
    number = logging.getLevelNamesMapping()[level.upper()]
    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    after: list[structlog.typing.Processor] = [_mask_values, _renderer(log_format)]
    if log_format == "json":
        after.insert(0, structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*before, *after],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *after],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.WARNING))


def _renderer(log_format: Literal["console", "json"]) -> structlog.typing.Processor:
    if log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=24
    )


def _mask_values(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in line.items():
        if isinstance(value, str):
            line[key] = mask(value)
        elif isinstance(value, BaseException):
            line[key] = mask(f"{type(value).__name__}: {value}")
    return line
