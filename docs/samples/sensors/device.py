#!/usr/bin/env python3
"""A device: reports temperatures over a plain WebSocket, as often as the server asks.  pip install websocket-client

    python3 device.py ws://127.0.0.1:3000 boiler            a temperature that wanders, for ever
    python3 device.py ws://127.0.0.1:3000 boiler 21 35.5    these values, one after the other, without waiting
"""
import random
import sys
import time

import websocket


def wander(value=25.0):
    while True:
        value += random.uniform(-2, 2)
        yield value


url, name, *values = sys.argv[1:]
socket = websocket.create_connection(f"{url}/device?name={name}")
print(name, "hears", socket.recv())
for value in values or wander():
    socket.send(f"{float(value):.1f}")
    answer = socket.recv()
    print(name, "sent", value, "and hears", answer, flush=True)
    if not values:
        time.sleep(int(answer.removeprefix("wait ")))
socket.close()
