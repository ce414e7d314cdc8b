"""python3 sensor.py URL NAME CELSIUS...: reports temperatures and says what it is answered (python3-socketio)."""
import asyncio
import sys

import socketio


async def main(url, name, values):
    client = socketio.AsyncClient()
    await client.connect(url)
    for celsius in values:
        print(f"{celsius}: {await client.call('reading', {'sensor': name, 'celsius': celsius})}", flush=True)
    await client.disconnect()


asyncio.run(main(sys.argv[1], sys.argv[2], [float(value) for value in sys.argv[3:]]))
