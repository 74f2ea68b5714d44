"""The process of one job: an order on stdin, progress and outcome as JSON lines on stdout.

A process of its own keeps pages quick while it works, can be stopped at any moment, and gives its memory back. It ends
when its stdin is closed, so that it never outlives the server, however that ends.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
import threading
import time
from typing import IO, Any

from kejin.errors import KejinError

_TELL_EVERY_SECONDS = 0.2
_NICER = 5
log = logging.getLogger("kejin.jobs")


def main() -> int:
    """Does one job; 0 where it gave an outcome."""
    os.nice(_NICER)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not mix with the answers
    line = sys.stdin.readline()
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    _answer(answers, {"outcome": _outcome(line, answers)})
    return 0


def _outcome(line: str, answers: IO[str]) -> dict[str, Any]:
    from kejin.app.web.job_work import broken, order_of, refused, work
    from kejin.app.web.logs import log_as_json

    log_as_json()
    told = 0.0

    def tell(step: str, done: int, of: int) -> None:
        nonlocal told
        if (at := time.monotonic()) - told >= _TELL_EVERY_SECONDS or done == 0:
            told = at
            _answer(answers, {"step": step, "done": done, "of": of})

    try:
        order = order_of(line)
        tell("begin", 0, 0)
        return {"ok": True, "result": work(order, tell)}
    except KejinError as error:
        return refused(error)
    except Exception:
        number = secrets.token_hex(4)
        log.exception("job broken", extra={"incident": number})
        return broken(number)


def _answer(answers: IO[str], message: dict[str, Any]) -> None:
    answers.write(json.dumps(message, ensure_ascii=True, default=str) + "\n")


def _end_with_the_server() -> None:
    sys.stdin.read()
    os._exit(3)


if __name__ == "__main__":
    raise SystemExit(main())
