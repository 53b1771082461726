"""The interface as a page in the browser, for editions without a script window.

Served on 127.0.0.1 only, under an address with a token, and gone when the editor is done. The server's threads only
pass messages; Resolve is called from the main thread.
"""

import hmac
import html
import http.server
import itertools
import json
import os
import queue
import secrets
import shutil
import tempfile
import threading
import time
import webbrowser
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

from ..session import Session
from . import commands
from .form import ACTIONS, FIELDS

MAX_BODY = 64 * 1024
# The page asks for news every half second, but a browser lets a hidden tab ask once a minute only (Chrome's intensive
# throttling); after this long without it, the window was closed. A page that is closed says so, which ends it sooner.
GONE_S = 150.0
LEFT_S = 8.0  # for a page that says goodbye and comes back: it was loaded anew
# An idle connection is dropped after this long, so that a few hundred of them do not pile up.
IDLE_S = 10.0
NOTHING = {"job": 0, "busy": False, "value": 0.0, "stage": "", "lines": []}


class Page:
    """One served page: start it, let the main loop `serve`, read `address`."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(24)
        self.orders: "queue.Queue[Dict[str, Any]]" = queue.Queue()
        self.cancel = threading.Event()
        self.news: Dict[str, Any] = dict(NOTHING)
        self.ends_at = time.monotonic() + GONE_S
        self._numbers = itertools.count(1)
        page = self

        class Handler(http.server.BaseHTTPRequestHandler):
            timeout = IDLE_S

            def do_GET(self) -> None:
                page._get(self)

            def do_POST(self) -> None:
                page._post(self)

            def log_message(self, *args: Any) -> None:
                """Quiet: the address holds the token."""

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 64

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = "http://127.0.0.1:%d/%s/" % (self._server.server_address[1], self.token)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def close(self) -> None:
        """Stop serving; the address is dead afterwards."""
        self._server.shutdown()
        self._server.server_close()

    def seen(self, for_s: float = GONE_S) -> None:
        """Somebody is there: go on for so long at least."""
        self.ends_at = time.monotonic() + for_s

    def _allowed(self, request: Any) -> bool:
        """The token, and a Host that is ours: another site's page cannot reach it, not even by a rebound name."""
        parts = request.path.split("/")
        host = (request.headers.get("Host") or "").split(":")[0]
        given = parts[1] if len(parts) > 1 else ""
        return host == "127.0.0.1" and hmac.compare_digest(given.encode(), self.token.encode())

    def _get(self, request: Any) -> None:
        if not self._allowed(request):
            return _answer(request, 404, "text/plain", b"not here")
        self.seen()
        if request.path.endswith("/news"):
            return _answer(request, 200, "application/json", json.dumps(self.news).encode())
        return _answer(request, 200, "text/html; charset=utf-8", page_html().encode("utf-8"))

    def _post(self, request: Any) -> None:
        length = _length(request)
        if not self._allowed(request) or not 0 < length <= MAX_BODY:
            return _answer(request, 404, "text/plain", b"not here")
        self.seen()
        order = _order(request.rfile.read(length))
        if order is None:
            return _answer(request, 400, "text/plain", b"not an order")
        number = 0
        if order["action"] == "cancel":
            self.cancel.set()
        elif order["action"] == "leave":
            self.seen(LEFT_S)
        else:
            number = order["job"] = next(self._numbers)
            self.orders.put(order)
        return _answer(request, 200, "application/json", json.dumps({"job": number}).encode())


def _length(request: Any) -> int:
    text = str(request.headers.get("Content-Length") or "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _order(body: bytes) -> Optional[Dict[str, Any]]:
    """An action and its values, None for anything else."""
    try:
        order = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(order, dict) or not isinstance(order.get("action"), str):
        return None
    values = order.get("values")
    return {"action": order["action"], "values": values if isinstance(values, dict) else {}}


def _answer(request: Any, code: int, kind: str, body: bytes) -> None:
    request.send_response(code)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    request.send_header("Cache-Control", "no-store")
    request.send_header("Content-Security-Policy", "default-src 'self' 'unsafe-inline'; frame-ancestors 'none'")
    request.end_headers()
    request.wfile.write(body)


def serve(
    make_session: Callable[[], Session],
    page: Optional[Page] = None,
    open_browser: Callable[[str], Any] = webbrowser.open,
) -> None:
    """Show the page and do what it asks until the editor closes it."""
    page = page or Page()
    door = _door(page.address)
    open_browser(door.as_uri())
    try:
        while time.monotonic() < page.ends_at:
            try:
                order = page.orders.get(timeout=0.5)
            except queue.Empty:
                continue
            if order["action"] == "close":
                return
            _work(make_session, page, order)
    finally:
        page.close()
        shutil.rmtree(str(door.parent), ignore_errors=True)


def _door(address: str) -> Path:
    """A file of this user alone that leads to the page: the address on a browser's command line is seen by all."""
    folder = Path(tempfile.mkdtemp(prefix="lipwright-"))  # 0700
    door = folder / "lipwright.html"
    with os.fdopen(os.open(str(door), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as stream:
        link = html.escape(address, quote=True)
        stream.write('<!doctype html><meta charset="utf-8"><title>Lipwright</title>')
        stream.write('<meta http-equiv="refresh" content="0;url=%s"><a href="%s">Lipwright</a>' % (link, link))
    return door


def _work(make_session: Callable[[], Session], page: Page, order: Dict[str, Any]) -> None:
    page.cancel.clear()
    job = {"job": order["job"]}
    page.news = dict(NOTHING, busy=True, **job)

    def progress(value: float, stage: str) -> None:
        page.seen()
        page.news = dict(NOTHING, busy=True, value=value, stage=stage, **job)

    values = {str(key): str(value) for key, value in order["values"].items()}
    try:
        lines: List[str] = commands.do(make_session(), order["action"], values, progress, page.cancel)
    except Exception as error:  # noqa: BLE001 - no project or no timeline: say so on the page
        lines = [str(error)]
    page.seen()
    page.news = dict(NOTHING, value=1.0, lines=lines, **job)


def page_html() -> str:
    """The page: a form made from the table, a progress bar, and what happened."""
    rows = []
    for field in FIELDS:
        if field.options:
            options = "".join(
                "<option%s>%s</option>" % (" selected" if option == field.default else "", html.escape(option))
                for option in field.options
            )
            control = '<select name="%s">%s</select>' % (field.name, options)
        else:
            control = '<input name="%s" value="%s">' % (field.name, html.escape(field.default, quote=True))
        tip = html.escape(field.help, quote=True)
        rows.append("<label><span>%s<small>%s</small></span>%s</label>" % (html.escape(field.label), tip, control))
    buttons = "".join(
        '<button data-do="%s">%s</button>' % (name, label) for name, label in (("plan", "Preview"), *ACTIONS)
    )
    return _HTML.replace("@ROWS@", "\n".join(rows)).replace("@BUTTONS@", buttons)


_HTML = """<!doctype html>
<meta charset="utf-8"><title>Lipwright</title>
<style>
 body { font: 15px/1.45 system-ui, sans-serif; background: #1d1f24; color: #e8e6e1; margin: 0; padding: 24px 0; }
 main { max-width: 1180px; margin: auto; padding: 0 20px; }
 form { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); column-gap: 36px; }
 h1 { font-size: 20px; font-weight: 600; margin: 0 0 16px; }
 label { display: grid; grid-template-columns: 220px 1fr; align-items: center; gap: 12px; margin: 7px 0; }
 label span { color: #d8d4ca; }
 small { display: block; color: #a29e95; font-size: 12px; line-height: 1.3; }
 input, select { font: inherit; color: inherit; background: #2a2d34; border: 1px solid #42464f; border-radius: 5px;
   padding: 5px 8px; width: 100%; box-sizing: border-box; }
 input:focus, select:focus, button:focus { outline: 2px solid #d99a5b; outline-offset: 1px; }
 nav { display: flex; gap: 8px; flex-wrap: wrap; margin: 18px 0 14px; }
 button { font: inherit; color: inherit; background: #343842; border: 1px solid #4b505b; border-radius: 5px;
   padding: 7px 13px; cursor: pointer; }
 button[data-do=perform] { background: #b8692e; border-color: #d18143; }
 button:disabled { opacity: .45; cursor: default; }
 progress { width: 100%; height: 8px; accent-color: #d99a5b; }
 pre { white-space: pre-wrap; font: 13.5px/1.5 ui-monospace, monospace; background: #24272d; border-radius: 5px;
   padding: 10px 12px; min-height: 3em; }
</style>
<main><h1>Lipwright</h1>
<form>
@ROWS@
</form>
<nav>@BUTTONS@<button data-do="cancel">Cancel</button><button data-do="close">Close</button></nav>
<progress max="1" value="0"></progress><pre aria-live="polite">Nothing is changed until you press Perform.</pre></main>
<script>
 const out = document.querySelector("pre"), bar = document.querySelector("progress");
 const values = () => Object.fromEntries([...document.querySelectorAll("[name]")].map(e => [e.name, e.value]));
 const order = action => fetch("order", {method: "POST", body: JSON.stringify({action, values: values()})});
 let waiting = 0;
 const press = async action => {
   if (action !== "cancel" && action !== "close") { waiting = -1; out.textContent = "Working ..."; }
   const job = (await (await order(action)).json()).job;
   if (waiting) waiting = job || waiting;
   if (action === "close") { out.textContent = "Closed. You can close this tab."; clearInterval(timer); }
 };
 for (const button of document.querySelectorAll("button")) button.onclick = () => press(button.dataset.do);
 document.querySelector("form").onsubmit = event => { event.preventDefault(); press("plan"); };
 document.querySelector("form").onkeydown = event => {
   if (event.key === "Enter") { event.preventDefault(); press("plan"); }
 };
 addEventListener("pagehide", () => navigator.sendBeacon("order", JSON.stringify({action: "leave"})));
 const timer = setInterval(async () => {
   try {
     const news = await (await fetch("news")).json();
     for (const b of document.querySelectorAll("button")) b.disabled = news.busy !== (b.dataset.do === "cancel");
     bar.value = news.value;
     if (news.busy) out.textContent = news.stage;
     else if (waiting && news.job === waiting) { out.textContent = news.lines.join("\\n"); waiting = 0; }
   } catch (gone) { out.textContent = "Lipwright has ended. Start it again from Workspace > Scripts."; }
 }, 500);
</script>
"""
