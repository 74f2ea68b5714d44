"""Logs for machines: one JSON object a line, without names of people, codes of companies or what a form held."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

_FIELDS = ("incident", "method", "route", "status", "milliseconds", "job", "kind", "state")
# Unified social credit codes and anything that looks like one: a path or a message must not carry them.
_CODE = re.compile(r"\b[0-9A-HJ-NP-RTUWXY]{18}\b")


class JsonLines(logging.Formatter):
    """A record as one line; only known fields beside the message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_codes(record.getMessage()),
        }
        line |= {name: getattr(record, name) for name in _FIELDS if hasattr(record, name)}
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = _frames(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False, default=str)


def without_codes(text: str) -> str:
    """A text with the codes of companies taken out."""
    return _CODE.sub("[company]", text)


def _frames(trace: Any) -> list[str]:
    """Where it happened, without the values: an error's own text may quote somebody's data."""
    import traceback

    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


def log_as_json(level: int = logging.INFO) -> None:
    """Everything of ours, and what libraries warn of, goes to stderr as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("kejin").setLevel(level)
    for noisy in ("dbos", "httpx", "alembic"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
