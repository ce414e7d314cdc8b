"""python3 run.py --list | python3 run.py --base N

The published Python client (python3-socketio) against the conformance app: one line of JSON for each scenario.
"""
import asyncio
import json
import signal
import sys
import traceback

import socketio

TIMEOUT = 60
WAYS = {"polling": ["polling"], "websocket": ["websocket"], "upgrade": ["polling", "websocket"]}
SCENARIOS = []


def matrix(name):
    def register(run):
        for way, transports in WAYS.items():
            SCENARIOS.append((f"{name} [python {way}]", run, transports))
        return run
    return register


class Inbox:
    """Collects what arrives as an event."""

    def __init__(self, client, event, namespace="/"):
        self.queue = asyncio.Queue()
        client.on(event, self.put, namespace=namespace)

    async def put(self, *args):
        await self.queue.put(args)

    async def next(self):
        return await self.queue.get()


def client():
    return socketio.AsyncClient(reconnection=False)


async def ask(sio, event, data=None, namespace="/"):
    return await sio.call(event, data, namespace=namespace, timeout=TIMEOUT)


@matrix("connects and has the id that the server knows")
async def connects(url, transports):
    sio = client()
    auth = Inbox(sio, "auth")
    await sio.connect(url, transports=transports, auth={"token": "t"}, wait_timeout=TIMEOUT)
    assert await auth.next() == ({"token": "t"},)
    assert await ask(sio, "id") == sio.get_sid()
    transport, revision = await ask(sio, "transport")
    assert transport == ("polling" if transports == ["polling"] else "websocket") and revision == 4, transport
    return sio


@matrix("events and acknowledgements both ways")
async def events(url, transports):
    sio = client()
    back = Inbox(sio, "message-back")
    sio.on("question", lambda a, b: (a + b, {"b": b}))
    await sio.connect(url, transports=transports, wait_timeout=TIMEOUT)
    values = [None, True, 0, -1.5, "", "Я 😀", [1, [2]], {"a": {"b": []}}]
    await sio.emit("message", tuple(values))
    assert list(await back.next()) == values
    assert tuple(await ask(sio, "message-with-ack", ("x", {"y": 1}))) == ("x", {"y": 1})
    assert await ask(sio, "ask", ("question", [1, 2], 5000)) == {"ok": [3, {"b": 2}]}
    return sio


@matrix("an event that fails says why where that is wanted")
async def failing(url, transports):
    sio = client()
    await sio.connect(url, transports=transports, namespaces=["/failing"], wait_timeout=TIMEOUT)
    failed = {"refused": "The handler of this event has failed.", "code": "handler_failed"}
    wrong = {"refused": "The arguments are not those that the handler of this event reads.", "code": "bad_arguments"}
    assert await ask(sio, "half", 4, "/failing") == 2
    assert await ask(sio, "half", 3, "/failing") == failed
    assert await ask(sio, "half", "3", "/failing") == wrong
    assert await ask(sio, "later", None, "/failing") == failed
    assert await ask(sio, "size", b"ab", "/failing") == 2
    assert await ask(sio, "turn", None, "/failing") == {"refused": 'it is not "your" turn', "code": "not_your_turn"}
    assert await ask(sio, "nobody", b"ab", "/failing") == {"refused": "There is no handler for this event.", "code": "unknown_event"}
    return sio


@matrix("binary both ways")
async def binary(url, transports):
    sio = client()
    back = Inbox(sio, "message-back")
    await sio.connect(url, transports=transports, wait_timeout=TIMEOUT)
    value = {"b": [bytes(range(256)), {"c": b"\x1e\x00"}], "t": "text"}
    await sio.emit("message", (value, b"last"))
    assert await back.next() == (value, b"last")
    assert await ask(sio, "binary", 1000) == bytes(i % 251 for i in range(1000))
    assert await ask(sio, "describe", b"\x01\xff") == {"bin": "01ff"}
    return sio


@matrix("a burst of 40 messages arrives in order")
async def burst(url, transports):
    sio = client()
    got = Inbox(sio, "n")
    await sio.connect(url, transports=transports, wait_timeout=TIMEOUT)
    await sio.emit("burst", (40, "n"))
    assert [(await got.next())[0] for _ in range(40)] == list(range(40))
    for i in range(40):
        await sio.emit("seq", i)
    assert await ask(sio, "seq-report") == {"count": 40, "last": 39, "ordered": True}
    return sio


@matrix("namespaces and a refusal with data")
async def namespaces(url, transports):
    sio = client()
    refused = Inbox(sio, "connect_error", namespace="/admin")
    sio.on("nothing", lambda: None, namespace="/custom")
    await sio.connect(url, transports=transports, namespaces=["/", "/custom", "/admin"], wait=False)
    assert await refused.next() == ({"message": "unauthorized", "data": {"code": 401, "retry": False}},)
    assert await ask(sio, "message-with-ack", 1) == 1
    assert await ask(sio, "message-with-ack", 2, "/custom") == 2
    return sio


@matrix("rooms and a disconnect by the server")
async def rooms(url, transports):
    a, b = client(), client()
    heard = Inbox(b, "x")
    gone = asyncio.Event()
    b.on("disconnect", gone.set)
    for sio in (a, b):
        await sio.connect(url, transports=transports, wait_timeout=TIMEOUT)
    await ask(b, "join", "python-room")
    await ask(a, "cast", {"to": ["python-room"], "event": "x", "args": ["hello"]})
    assert await heard.next() == ("hello",)
    await b.emit("kick", True)
    await gone.wait()
    return a


async def run(scenario, url):
    _, action, transports = scenario
    sio = await action(url, transports)
    await sio.disconnect()


def main():
    if "--list" in sys.argv:
        for name, _, _ in SCENARIOS:
            print(f"python: {name}")
        return 0
    url = f"http://127.0.0.1:{sys.argv[sys.argv.index('--base') + 1]}"
    failed = 0
    for scenario in SCENARIOS:
        result = {"name": scenario[0], "ok": True}
        signal.alarm(TIMEOUT + 30)  # one that does not take its end ends the run
        try:
            asyncio.run(asyncio.wait_for(run(scenario, url), TIMEOUT))
        except BaseException:  # whatever went wrong is the scenario's result
            failed += 1
            result.update(ok=False, error=traceback.format_exc())
        print(json.dumps(result), flush=True)
    return 1 if failed else 0


sys.exit(main())
