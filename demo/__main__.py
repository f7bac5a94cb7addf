# SPDX-License-Identifier: EUPL-1.2
"""`make demo`: makes the town, starts everything on SQLite in one process, plays the main journey by three clients in
processes of their own, prints the links, and stays up until Ctrl-C.

`--once` ends after the journey. `--folder` and `--port` say where; a second start in the same folder finds all back.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from demo.colleague import first_morning
from demo.desk import DemoDesk
from demo.desk import make as make_desk
from demo.town import Town, make

ROOT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60


class Broken(Exception):
    """A step of the journey did not go as it must. Says which."""


class Client:
    """A player in its own process; `do` gives it one command and waits for the answer."""

    def __init__(self, name: str, town: Town, environment: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "demo.player", name, str(town.folder)]
        self.name = name
        # A session of its own, as for the server: Ctrl-C reaches us, and we end the others in their turn.
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def do(self, what: str, progress: Callable[[int, int], None] | None = None, **members: Any) -> dict[str, Any]:
        """The answer. Raises Broken with the refusal's slug, or with what went wrong."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": what, **members}) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            answer = json.loads(line)
            if "progress" in answer:
                if progress is not None:
                    progress(*answer["progress"])
            elif "failed" in answer:
                raise Broken(answer["failed"])
            else:
                done: dict[str, Any] = answer["done"]
                return done
        raise Broken(f"{self.name} ended")

    def close(self) -> None:
        """Ends the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)


class Teller:
    """Tells each step in a sentence with its time."""

    def __init__(self) -> None:
        self._colour, self._shown = sys.stdout.isatty(), 0

    def step(self, sentence: str, work: Callable[[], Any]) -> Any:
        """Does `work`, then tells it with how long it took."""
        began = time.monotonic()
        done = work()
        took = (time.monotonic() - began) * 1000
        self._say(f"  {took:6.0f} ms  {sentence.format(**done) if isinstance(done, dict) else sentence}")
        return done

    def note(self, text: str) -> None:
        """Tells something that belongs to the step before."""
        self._say(f"             {text}")

    def title(self, text: str) -> None:
        """Begins a part."""
        self._say(f"\n\033[1m{text}\033[0m" if self._colour else f"\n{text}")

    def progress(self, done: int, total: int) -> None:
        """How far a transfer is: a bar that grows, or on paper one line each 20 %."""
        percent = done * 100 // total
        if not self._colour and percent // 20 == self._shown // 20 and percent < 100:
            return
        self._shown = percent % 100
        bar = "█" * (percent // 5)
        end = "\r" if self._colour and done < total else "\n"
        print(f"             {bar:<20} {percent:3} %  {done / 1e6:.1f} of {total / 1e6:.1f} MB", end=end, flush=True)

    def _say(self, text: str) -> None:
        print(text, flush=True)


def journey(town: Town, environment: Mapping[str, str], tell: Teller) -> None:
    """Keep, deposit, ask, allow less than asked, read, open and verify, stop, refused, who looked. Raises Broken."""
    noor, fatima, post = (Client(name, town, environment) for name in ("noor", "fatima", "post"))
    try:
        _keep(noor, tell)
        sent = _bring(noor, post, tell)
        _ask_and_read(noor, fatima, sent, tell)
    finally:
        for client in (noor, fatima, post):
            client.close()


def _keep(noor: Client, tell: Teller) -> None:
    tell.title("Noor keeps")
    found = noor.do("begin")
    if found["back"]:
        tell.note(
            f"Noor opens her vault again with her code: {found['records']} papers and {found['lines']} lines are back."
        )
    else:
        tell.note("Noor made her vault.")
    tell.note(f"Her code on paper (shown in a demo only): {found['code']}")
    tell.step(
        "She keeps how often she was at school, in her drawer School. Sealed on her device.", lambda: noor.do("keep")
    )
    noor.do("draw")
    tell.step("She keeps a photo of her street ({bytes:,} bytes).", lambda: noor.do("photo", tell.progress))


def _bring(noor: Client, post: Client, tell: Teller) -> str:
    tell.title("The youth team brings a letter, and cannot look")
    code = noor.do("code")["code"]
    asked = tell.step(
        "The post asks if it may bring letters, by Noor's share code ({binding}).", lambda: post.do("ask", code=code)
    )
    tell.step("Noor says yes to bringing. No key is handed over.", lambda: noor.do("allow", request=asked["request"]))
    sent = tell.step(
        "A letter of three pages is sealed and brought ({bytes:,} bytes, PDF).", lambda: post.do("deposit")
    )
    filed = tell.step("Noor files and opens it: {title}.", lambda: noor.do("file"))
    if filed["digest"] != sent["digest"]:
        raise Broken("the letter is not the one that was sent")
    digest: str = sent["digest"]
    return digest


def _ask_and_read(noor: Client, fatima: Client, sent: str, tell: Teller) -> None:
    tell.title("Fatima asks, Noor allows less")
    code = noor.do("code")["code"]
    asked = tell.step(
        "Fatima asks for School and the doctor's letter, for 90 days, to help Noor back to school ({binding}).",
        lambda: fatima.do("ask", code=code),
    )
    given = tell.step(
        "Noor says: yes, but less. Only School, and 30 days instead of {askedDays}.",
        lambda: noor.do("allow", request=asked["request"], only=["school"], days=30),
    )
    found = tell.step(
        "Fatima reads. Grant, place and log proof are checked, then her own key opens it.", lambda: fatima.do("read")
    )
    absent = [body["absence_days"] for body in found["bodies"] if "absence_days" in body]
    if not absent or sent not in found["digests"].values():
        raise Broken("Fatima did not read what Noor allowed")
    tell.note(f"She sees: {absent[0]} days absent, and the letter, byte for byte the one that was sent.")
    tell.title("Noor stops")
    tell.step("Noor stops it, in one step.", lambda: noor.do("stop", grant=given["grant"]))

    def refused() -> dict[str, str]:
        try:
            fatima.do("read")
        except Broken as error:
            if str(error) == "grant-ended":
                return {"why": str(error)}
            raise
        raise Broken("a read went through after the stop")

    tell.step("Fatima's next read is refused: {why}.", refused)
    tell.title("Who looked?")
    looked = tell.step("Noor's device checks every line against the log.", lambda: noor.do("looked"))
    for line in looked["lines"]:
        at = datetime.fromtimestamp(line["at"]).astimezone().strftime("%H:%M:%S")
        why = f" ({line['why']})" if line["why"] else ""
        tell.note(f"✓ {at}  {line['who']}: {' '.join([line['outcome'], *line['drawers']])}{why}")
    tell.note(f"{len(looked['lines'])} looks, {looked['all']} lines in all, each one verified on this device.")


def _free(port: int) -> int:
    """This port when nobody has it, else another one."""
    for wanted in (port, 0):
        try:
            with socket.create_server(("127.0.0.1", wanted)) as held:
                found: int = held.getsockname()[1]
                return found
        except OSError:
            continue
    raise Broken("no port is free")


def _start(
    origin: str, settings: Mapping[str, str], log_file: Path, *what: str
) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    """A server at `origin`, ready; and its environment. Raises Broken."""
    port = origin.rsplit(":", 1)[1]
    environment = {**os.environ, **settings, "KLUISJE_PORT": port, "KLUISJE_HOST": "127.0.0.1", "PYTHONPATH": str(ROOT)}
    with log_file.open("ab") as log:
        # A session of its own: Ctrl-C reaches us first, and we stop the server when its answers are out.
        server = subprocess.Popen(
            [sys.executable, "-m", "serve", *what],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    ends = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends:
        if server.poll() is not None:
            raise Broken(f"the server ended; see {log_file}")
        try:
            urllib.request.urlopen(f"{origin}/health/ready", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return server, environment
    server.terminate()
    raise Broken("the server did not become ready")


def _open_desk(desk: DemoDesk, tell: Teller) -> subprocess.Popen[bytes]:
    """The desk of the youth team, at work: its people make their keys on the first morning. Raises Broken."""
    server, _ = _start(desk.origin, desk.environment(), desk.folder / "desk.log", "desk")
    tell.title("The youth team has its desk")
    if not (desk.folder / "codes.json").exists():
        people = "Ans (administrator), Fatima and Karim sign in, make their keys, are listed, get the team's key."
        tell.step(people, lambda: asyncio.run(first_morning(desk)))
    return server


def _links(town: Town, desk: DemoDesk, tell: Teller) -> None:
    tell.title("It stays up. Open the portal and be somebody:")
    tell.note(f"portal    {town.portal}/demo   (who you can be, and Fatima's lines for a second terminal)")
    tell.note(f"desk      {desk.origin}/   (of the youth team; their codes on paper, shown in a demo only:)")
    for name, codes in json.loads((desk.folder / "codes.json").read_text()).items():
        tell.note(f"          {name:<7} {codes[0]}")
    tell.title("Look around:")
    for part in ("vault", "consent", "gateway"):
        tell.note(f"contract  {town.origin}/{part}/v1/openapi.json")
    tell.note(f"catalogue {town.origin}/consent/v1/purposes")
    tell.note(f"sign-in   {town.origin}/.well-known/oauth-authorization-server")
    tell.note(f"log       python -m serve verify-log   (settings in {town.folder / 'settings.env'})")
    tell.note(f"your own  {sys.executable} -m kluisje --help")
    tell.note("Ctrl-C stops it. The next `make demo` finds everything back.")


def main() -> int:
    """Plays the demo. 0 when the whole journey went as it must."""
    parser = argparse.ArgumentParser(prog="python -m demo", description="The synthetic town and its main journey.")
    parser.add_argument("--once", action="store_true", help="end after the journey")
    parser.add_argument("--folder", type=Path, default=ROOT / "var" / "demo")
    parser.add_argument("--port", type=int, default=8400)
    given = parser.parse_args()
    tell = Teller()
    began = time.monotonic()
    port = _free(given.port)
    given.folder.mkdir(parents=True, exist_ok=True)
    tell.title("Kluisje: a synthetic town (nobody in it exists)")
    town = make(given.folder, f"http://127.0.0.1:{port}")
    settings = "".join(f"export {name}='{value}'\n" for name, value in sorted(town.environment().items()))
    (town.folder / "settings.env").write_text(settings)
    desk = make_desk(town, f"http://localhost:{_free(port + 1)}")
    servers: list[subprocess.Popen[bytes]] = []
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server, environment = _start(town.origin, town.environment(), town.folder / "server.log")
        servers.append(server)
        tell.note(
            f"Vault, consent, gateway and portal run in one process on SQLite, after {time.monotonic() - began:.1f} s."
        )
        journey(town, environment, tell)
        servers.append(_open_desk(desk, tell))
        _links(town, desk, tell)
        if not given.once:
            server.wait()
    except KeyboardInterrupt:
        tell.title("Stopping.")
    except Broken as error:
        print(f"\nThe journey broke: {error}. The server's log: {town.folder / 'server.log'}", file=sys.stderr)
        return 1
    finally:
        for running in reversed(servers):
            if running.poll() is None:
                running.terminate()
                running.wait(15)
    return 0


if __name__ == "__main__":
    sys.exit(main())
