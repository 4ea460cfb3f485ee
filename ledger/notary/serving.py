"""
A witness over HTTP: ``POST /add-checkpoint``, and nothing else.

A request is read up to `REQUEST_SIZE_MAX` bytes and within a time; whoever sends more, or sends
slowly, is let go.

Source: C2SP tlog-witness, "HTTP Interface".
"""

import asyncio
from typing import Final

from ledger.errors import Unavailable
from ledger.notary.request import REQUEST_SIZE_MAX
from ledger.notary.witness import TEXT, Answer, Witness

try:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import ClientDisconnect, Request
    from starlette.responses import Response
    from starlette.routing import Route
except ImportError as missing:
    raise Unavailable(
        "a witness over HTTP takes `starlette` and `uvicorn`, which are not installed",
        expected="the extra `witness`: moderation-ledger[witness]",
    ) from missing

PATH: Final = "/add-checkpoint"
READING_SECONDS_MAX: Final = 10
TOO_LARGE: Final = 413
TOO_SLOW: Final = 408


def application(witness: Witness) -> Starlette:
    """
    Return the application of ASGI that answers for *witness*.
    """

    async def add_checkpoint(request: Request) -> Response:
        body = bytearray()
        try:
            async with asyncio.timeout(READING_SECONDS_MAX):
                async for part in request.stream():
                    body += part
                    if len(body) > REQUEST_SIZE_MAX:
                        return _text(f"at most {REQUEST_SIZE_MAX} bytes are read\n", TOO_LARGE)
        except TimeoutError:
            return _text("the request did not come in time\n", TOO_SLOW)
        except ClientDisconnect:
            return _text("", TOO_SLOW)
        answer: Answer = await run_in_threadpool(witness.add, bytes(body))
        return Response(
            answer.body, status_code=answer.verdict, headers={"content-type": answer.content}
        )

    return Starlette(routes=[Route(PATH, add_checkpoint, methods=["POST"])])


def _text(text: str, status: int) -> Response:
    return Response(text, status_code=status, headers={"content-type": TEXT, "connection": "close"})


def server(witness: Witness, host: str, port: int) -> uvicorn.Server:
    """
    Return the server of *witness*, which serves when it is run until it is told to stop.

    Args:
        port: 0 for any that is free.
    """
    config = uvicorn.Config(
        application(witness),
        host=host,
        port=port,
        log_level="warning",
        limit_concurrency=100,
        timeout_keep_alive=30,
        server_header=False,
    )
    return uvicorn.Server(config)
