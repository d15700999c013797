"""Log lines: for people on a console, or one JSON object each. Written by a thread, so a blocked pipe blocks no page.

Nothing from outside ends a line or colours a terminal: JSON escapes it, and the console form escapes it too.
"""

import json
import logging
import logging.handlers
import queue
import sys
from copy import copy
from datetime import UTC, datetime

from app.config import settings

MOST_WAITING = 10_000
_EXTRA = ("request_id", "ip", "milliseconds")


class _Bounded(logging.handlers.QueueHandler):
    """Drops lines rather than wait when nobody reads them; says how many once it can again."""

    queue: "queue.Queue[logging.LogRecord]"
    lost = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            self.lost += 1
            return
        if self.lost and self.queue.qsize() < MOST_WAITING // 2:
            lost, self.lost = self.lost, 0
            logging.getLogger("portico.log").warning("%s log lines were lost while nobody read them", lost)

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Keeps a traceback apart from the message, which QueueHandler would join."""
        prepared = copy(record)
        prepared.msg, prepared.args = record.getMessage(), None
        if record.exc_info:
            prepared.exc_text, prepared.exc_info = logging.Formatter().formatException(record.exc_info), None
        return prepared


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: getattr(record, name) for name in _EXTRA if hasattr(record, name)},
        }
        if record.exc_text:
            line["exception"] = record.exc_text
        # In ASCII: bytes of a path that are no UTF-8 come as lone surrogates, which only an escape can carry.
        return json.dumps(line)


class _Console(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname.lower():7} {_one_line(record.getMessage())}"
        # An error's text may hold line ends of its own: the margin tells them from lines of the log.
        traceback = (record.exc_text or "").split("\n") if record.exc_text else []
        return "\n".join([line, *(f"    {_one_line(part)}" for part in traceback)])


def _one_line(text: str) -> str:
    """`text` with everything that ends a line or colours a terminal spelled out."""
    if text.isprintable():
        return text
    return "".join(part if part.isprintable() else part.encode("unicode-escape").decode() for part in text)


def start() -> logging.handlers.QueueListener:
    """Sends everything from `info` up to stderr, in the form that LOG_FORMAT names."""
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(_Json() if settings().log_format == "json" else _Console())
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(MOST_WAITING)
    root = logging.getLogger()
    root.handlers[:] = [_Bounded(waiting)]
    root.setLevel(logging.INFO)
    listener = logging.handlers.QueueListener(waiting, out)
    listener.start()
    return listener
