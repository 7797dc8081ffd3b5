"""Owns what the log says of requests that could not even be read: their kind, never their words, for those may be keys and secret paths."""

import logging

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

log = logging.getLogger(__name__)


class _WithoutWords(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        problem = record.exc_info[1] if record.exc_info else None
        if not isinstance(problem, HttpProcessingError | web.RequestPayloadError):
            return True
        log.info("a request could not be read: %s", type(problem).__name__)
        return False


def server_log() -> logging.Logger:
    """For aiohttp's own words: it quotes the line it stumbled over, with a traceback."""
    server = logging.getLogger(f"{__name__}.server")
    if not server.filters:
        server.addFilter(_WithoutWords())
    return server
