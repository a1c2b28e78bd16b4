"""What is overheard of a channel while it works: what it logs, by whichever logger, and what it prints."""

import logging
from collections.abc import Generator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO

from plugins.masking import plugin_logger


@contextmanager
def overheard(code: str) -> Generator[list[str]]:
    """The list is filled by the time the block ends: each line that was logged meanwhile, then all that was printed."""
    heard: list[str] = []
    printed = StringIO()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(self.format(record))

    # The runtime's logger masks. One of the module's own does not, and comes to the root's handlers.
    ear, loggers = Ear(), (plugin_logger(code), logging.getLogger())
    for logger in loggers:
        logger.addHandler(ear)
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            yield heard
    finally:
        for logger in loggers:
            logger.removeHandler(ear)
        heard.append(printed.getvalue())
