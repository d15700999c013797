"""Log lines: for people on a console, or one JSON object each. Written by a thread, so a blocked pipe blocks no page.

Nothing from outside ends a line or colours a terminal: JSON escapes it, and the console form escapes it too.
"""

import logging
import logging.handlers
import queue
import sys
from datetime import UTC, datetime

import msgspec

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


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: getattr(record, name) for name in _EXTRA if hasattr(record, name)},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


class _Console(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        text = "".join(
            character if character.isprintable() else repr(character)[1:-1] for character in record.getMessage()
        )
        line = f"{self.formatTime(record, '%H:%M:%S')} {record.levelname.lower():7} {text}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


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
