"""A server that takes points and forgets them: 204. Says its port; ends with its input.

python -m tests.bench.influx_null [SECONDS]

SECONDS: how long each answer takes.
"""

import asyncio
import json
import sys

from aiohttp import web


async def take(request: web.Request) -> web.Response:
    await request.read()
    await asyncio.sleep(float(sys.argv[1]) if sys.argv[1:] else 0)
    return web.Response(status=204)


async def serve() -> None:
    app = web.Application(client_max_size=64 << 20)
    app.add_routes([web.post("/api/v2/write", take)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sys.stdout.write(json.dumps({"port": site.port}) + "\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
