"""`breakpoint()` in a terminal, and a debugger that attaches."""

import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import httpx

from tests.support.child_process import python
from tests.support.dev_process import APP, PATIENCE, Dev
from tests.support.terminal import terminal


def test_a_breakpoint_asks_in_the_terminal(tmp_path: Path) -> None:
    with (
        terminal(*python("dev", "--port", "0", APP, "--no-timeout"), cwd=tmp_path) as dev,
        ThreadPoolExecutor(1) as threads,
    ):
        before = dev.attributes
        served = re.search(r"http://\S+?:\d+", dev.shows("/_lambda").decode())
        assert served is not None

        answer = threads.submit(httpx.get, f"{served[0]}/debug", timeout=PATIENCE, trust_env=False)
        dev.shows("(Pdb) ")
        dev.type("p path\n")
        dev.shows("'/debug'")
        dev.type("c\n")
        assert answer.result().text == "debugged"
        assert b"\x1b[32m" in dev.shows("GET /debug 200")

        answer = threads.submit(httpx.get, f"{served[0]}/debug", timeout=PATIENCE, trust_env=False)
        dev.shows("(Pdb) ")
        dev.type("\x03")
        assert dev.process.wait(PATIENCE) == 0
        assert answer.result().status_code == 500
        assert dev.attributes == before


class Editor:
    """As much of the Debug Adapter Protocol as an editor speaks to stop at a breakpoint and go on."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._messages = connection.makefile("rb")
        self._asked = 0

    def ask(self, command: str, **arguments: object) -> None:
        self._asked += 1
        request = {"seq": self._asked, "type": "request", "command": command, "arguments": arguments}
        message = json.dumps(request).encode()
        self._connection.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(message), message))

    def told(self, **fields: str) -> dict[str, object]:
        """The body of the first message that says so."""
        while True:
            length = 0
            while line := self._messages.readline().strip():
                length = int(line.removeprefix(b"Content-Length: "))
            message = json.loads(self._messages.read(length))
            if fields.items() <= message.items():
                return cast("dict[str, object]", message.get("body", {}))

    def close(self) -> None:
        self._messages.close()


def test_a_debugger_attaches(tmp_path: Path) -> None:
    with Dev(APP, "--no-timeout", "--concurrency", "1", cwd=tmp_path) as dev, ThreadPoolExecutor(1) as threads:
        port = int(dev.get("/listen").text)
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            editor = Editor(connection)
            editor.ask("initialize", adapterID="test")
            editor.ask("attach", justMyCode=False)
            editor.told(event="initialized")
            editor.ask("configurationDone")
            editor.told(type="response", command="configurationDone")
            answer = threads.submit(dev.get, "/debug")
            stopped = editor.told(event="stopped")
            editor.ask("continue", threadId=stopped["threadId"])
            assert answer.result().text == "debugged"
            editor.close()
