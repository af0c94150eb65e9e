"""One call of OpenAI's client before any child is forked, so that no caller imports it anew.

Ten of edsl's services are asked with this client. It imports some seventy modules when it is first
used, a fifth of a second that each slice would pay for, and it would read them from behind its walls.
"""

import asyncio
import json

from openai import AsyncOpenAI

HERE = "127.0.0.1"
SECONDS = 10.0
END_OF_HEAD = b"\r\n\r\n"
COMPLETION = {
    "id": "rehearsal",
    "object": "chat.completion",
    "created": 0,
    "model": "rehearsal",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}},
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}


def rehearse_call() -> None:
    """Have the client ask this very process; raises what the client raises. Leaves no thread behind."""
    asyncio.run(_ask())


async def _ask() -> None:
    server = await asyncio.start_server(_answer, HERE, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        address = f"http://{HERE}:{port}/v1"
        async with AsyncOpenAI(api_key="none", base_url=address, timeout=SECONDS, max_retries=0) as client:
            await client.chat.completions.create(
                model="rehearsal", messages=[{"role": "user", "content": "yes?"}]
            )


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(END_OF_HEAD)
    body = json.dumps(COMPLETION).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}Connection: close".encode() + END_OF_HEAD + body)
    await writer.drain()
    writer.close()
