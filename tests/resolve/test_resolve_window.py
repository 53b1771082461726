"""The Fusion window asks the same questions as the page, and its buttons do the same work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from film import Film
from lipwright_resolve.ui import fusion_ui
from lipwright_resolve.ui.form import ACTIONS, FIELDS


class Widget:
    """Any Fusion widget: a bag of properties."""

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        settings = settings or {}
        self.ID = settings.get("ID", "")
        self.Text = settings.get("Text", "")
        self.PlainText = settings.get("PlainText", "")
        self.CurrentText = ""
        self.options: list[str] = []

    def AddItem(self, text: str) -> None:  # noqa: N802 - Fusion's name
        self.options.append(text)


class Fusion:
    """UIManager, dispatcher and window in one: groups are lists of widgets, RunLoop plays a script of clicks."""

    def __init__(self, clicks: list[str]) -> None:
        self.UIManager = self
        self.items: dict[str, Widget] = {}
        self.clicks, self.handlers = clicks, {}
        self.On = self
        self.reports: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name in ("Label", "LineEdit", "ComboBox", "Button", "TextEdit"):
            return self._widget
        if name in ("HGroup", "VGroup"):
            return lambda *parts: parts
        handlers = self.__dict__.setdefault("handlers", {})
        return handlers.setdefault(name, type("Events", (), {})())

    def _widget(self, settings: dict[str, Any]) -> Widget:
        widget = Widget(settings)
        self.items[widget.ID] = widget
        return widget

    def UIDispatcher(self, ui: Any) -> Fusion:  # noqa: N802
        return self

    def AddWindow(self, settings: dict[str, Any], layout: Any) -> Fusion:  # noqa: N802
        return self

    def GetItems(self) -> dict[str, Widget]:  # noqa: N802
        return self.items

    def Show(self) -> None:  # noqa: N802
        pass

    Hide = StepLoop = ExitLoop = Show

    def RunLoop(self) -> None:  # noqa: N802
        for name in self.clicks:
            self.handlers[name].Clicked(None)
            self.reports.append(self.items["report"].PlainText)
        self.handlers[fusion_ui.WINDOW].Close(None)


def test_perform_then_restore_through_the_window(tmp_path: Path) -> None:
    film = Film(tmp_path)
    fusion = Fusion(["perform", "restore"])
    fusion_ui.show(film.session, fusion, fusion)
    assert fusion.reports[0].startswith("1 of 1 clips done") and "original again" in fusion.reports[1]
    assert film.target._take.start == 50


def test_every_field_and_button_is_there(tmp_path: Path) -> None:
    fusion = Fusion([])
    fusion_ui.show(Film(tmp_path).session, fusion, fusion)
    for field in FIELDS:
        assert tuple(fusion.items[field.name].options) == field.options
    assert {name for name, _ in ACTIONS} <= set(fusion.items)


def test_without_a_timeline_the_window_says_so(tmp_path: Path) -> None:
    film = Film(tmp_path)
    film.project._timeline = None
    fusion = Fusion(["perform"])
    fusion_ui.show(film.session, fusion, fusion)
    assert "no timeline" in fusion.reports[0]
