"""The page does what the table asks, and answers nobody without its token."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from film import Film
from lipwright_resolve.errors import Refused
from lipwright_resolve.ui import commands, web_ui
from lipwright_resolve.ui.form import FIELDS, choice_from
from lipwright_resolve.ui.fusion_ui import available


def fetch(address: str, order: dict[str, object] | None = None, host: str | None = None) -> str:
    data = None if order is None else json.dumps(order).encode()
    request = urllib.request.Request(address, data=data, headers={"Host": host} if host else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.read().decode())


def test_an_order_on_the_page_replaces_the_clip(tmp_path: Path) -> None:
    film, served = Film(tmp_path), web_ui.Page()

    def editor() -> None:
        assert "Restore original" in fetch(served.address)
        fetch(served.address + "order", {"action": "perform", "values": {"preset": "pop"}})
        for _ in range(200):
            news = json.loads(fetch(served.address + "news"))
            if news["lines"]:
                break
            time.sleep(0.02)
        seen.extend(news["lines"])
        fetch(served.address + "order", {"action": "close"})

    seen: list[str] = []
    thread = threading.Thread(target=editor)
    web_ui.serve(film.session, served, lambda address: thread.start())
    thread.join(10)
    assert seen[0] == "1 of 1 clips done" and film.target._selected == 2
    with pytest.raises(urllib.error.URLError):
        fetch(served.address)


@pytest.mark.parametrize("order", [None, {"action": "perform"}])
def test_without_the_token_or_from_another_name_nothing_answers(order: dict[str, object] | None) -> None:
    served = web_ui.Page()
    try:
        root = served.address.rsplit("/", 2)[0]
        for address, host in ((root + "/guess/", None), (served.address, "evil.example")):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                fetch(address, order, host)
        assert served.orders.empty()
    finally:
        served.close()


def test_every_field_has_a_default_that_is_accepted_and_nonsense_is_named() -> None:
    assert choice_from({}).direction.preset == "natural"
    for name, value in (
        ("preset", "loud"),
        ("track", "-1"),
        ("articulation", "9"),
        ("seed", "x"),
        ("emotion_intensity", ""),
    ):
        label = next(field.label for field in FIELDS if field.name == name)
        with pytest.raises(Refused, match=label):
            choice_from({name: value})


def test_every_ending_of_an_action_is_a_sentence(tmp_path: Path) -> None:
    film = Film(tmp_path)
    quiet = lambda value, stage: None  # noqa: E731 - the shortest way to say nothing
    for action, says in (
        ("dance", "unknown"),
        ("restore", "none of the chosen"),
        ("update", "nothing here"),
        ("plan", "source frames"),
    ):
        (line, *_) = commands.do(film.session(), action, {}, quiet)
        assert says in line
    film.timeline.GetTrackCount = lambda kind: 1 / 0  # type: ignore[method-assign]
    (line,) = commands.do(film.session(), "perform", {}, quiet)
    assert "ZeroDivisionError" in line and "log" in line


def test_the_free_edition_is_never_asked_for_a_window(tmp_path: Path) -> None:
    film = Film(tmp_path)
    given = {"bmd": object(), "fusion": object()}
    assert available(film.resolve, given)
    film.world.studio = False
    assert not available(film.resolve, given)
    film.world.version = (18, 6, 6)
    assert available(film.resolve, given)
    assert not available(film.resolve, {})


@pytest.mark.parametrize("closed_at", range(10))
def test_resolve_closed_mid_way_is_a_sentence(tmp_path: Path, closed_at: int) -> None:
    film = Film(tmp_path)
    session = film.session()
    film.world.closed_at = closed_at
    lines = commands.do(session, "perform", {}, lambda value, stage: None)
    assert lines and all("Traceback" not in line for line in lines)
    film.world.closed_at = -1
    assert commands.do(film.session(), "plan", {}, lambda value, stage: None), "the lock was freed"


def test_news_carry_the_number_of_their_order(tmp_path: Path) -> None:
    film, served = Film(tmp_path), web_ui.Page()
    seen: list[tuple[int, str]] = []

    def editor() -> None:
        for values in ({"preset": "loud"}, {}):
            job = json.loads(fetch(served.address + "order", {"action": "plan", "values": values}))["job"]
            news: dict[str, object] = {"job": 0}
            while news["job"] != job or news["busy"]:
                news = json.loads(fetch(served.address + "news"))
            seen.append((job, news["lines"][0]))  # type: ignore[index]
        fetch(served.address + "order", {"action": "close"})

    thread = threading.Thread(target=editor)
    web_ui.serve(film.session, served, lambda address: thread.start())
    thread.join(10)
    assert seen[0][0] != seen[1][0] and "unknown" in seen[0][1] and "source frames" in seen[1][1]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"action": 3}', b'{"action": "plan", "values": [1]}', b"[" * 60000]
)
@pytest.mark.parametrize("length", [None, "abc", "-4", "\u00b2", "999999999"])
def test_odd_requests_are_answered_and_the_page_goes_on(body: bytes, length: str | None) -> None:
    served = web_ui.Page()
    try:
        address = served.address
        port, path = int(address.split(":")[2].split("/")[0]), "/" + address.split("/", 3)[3] + "order"
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
            head = f"POST {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Length: {length or len(body)}\r\n\r\n"
            line.sendall(head.encode("latin-1", "replace") + body)
            answered = line.recv(64)
        assert answered.startswith((b"HTTP/1.0 200", b"HTTP/1.0 400", b"HTTP/1.0 404"))
        assert json.loads(fetch(address + "news"))["busy"] is False
    finally:
        served.close()


def test_three_hundred_idle_connections_shut_nobody_out() -> None:
    served = web_ui.Page()
    port = int(served.address.split(":")[2].split("/")[0])
    lines = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(300)]
    try:
        assert json.loads(fetch(served.address + "news"))["job"] == 0
    finally:
        for line in lines:
            line.close()
        served.close()


def test_a_hidden_tab_that_asks_once_a_minute_is_still_there_and_a_closed_one_is_not() -> None:
    served = web_ui.Page()
    try:
        assert served.ends_at - time.monotonic() > 120.0
        fetch(served.address + "order", {"action": "leave"})
        assert served.ends_at - time.monotonic() < 10.0
        fetch(served.address + "news")  # the page was only loaded anew
        assert served.ends_at - time.monotonic() > 120.0
    finally:
        served.close()


def test_the_address_is_not_on_the_browsers_command_line(tmp_path: Path) -> None:
    served, opened = web_ui.Page(), []

    def browser(address: str) -> None:
        opened.append((address, Path(urllib.request.url2pathname(urllib.parse.urlparse(address).path)).read_text()))
        fetch(served.address + "order", {"action": "close"})

    web_ui.serve(Film(tmp_path).session, served, browser)
    ((address, text),) = opened
    assert served.token not in address and served.address in text
    assert not Path(urllib.request.url2pathname(urllib.parse.urlparse(address).path)).exists()
