"""The interface as a Fusion window, where the edition allows one (Studio; the free edition up to 19.0)."""

import threading
from typing import Any, Callable, Dict, List, Mapping

from .. import api
from ..session import Session
from . import commands
from .form import ACTIONS, FIELDS

WINDOW = "LipwrightWindow"


def available(resolve: Any, given: Mapping[str, Any]) -> bool:
    """Whether a window may be opened: asking the free edition for one from 19.1 on opens an advertisement."""
    if given.get("bmd") is None or given.get("fusion") is None:
        return False
    return api.is_studio(resolve) or api.version(resolve) < (19, 1)


def show(make_session: Callable[[], Session], fusion: Any, bmd: Any) -> None:
    """Open the window and stay until it is closed."""
    ui = fusion.UIManager
    dispatcher = bmd.UIDispatcher(ui)
    window = dispatcher.AddWindow(
        {"ID": WINDOW, "WindowTitle": "Lipwright", "Geometry": [200, 120, 560, 700]}, _layout(ui)
    )
    items = window.GetItems()
    for field in FIELDS:
        for option in field.options:
            items[field.name].AddItem(option)
        if field.options:
            items[field.name].CurrentText = field.default
    cancel = threading.Event()
    state = {"busy": False}

    def work(action: str) -> None:
        if state["busy"]:
            return
        state["busy"] = True
        cancel.clear()
        items["report"].PlainText = "Working ..."
        try:
            lines = _work(make_session, action, _values(items), items, dispatcher, cancel)
        finally:
            state["busy"] = False
        items["report"].PlainText = "\n".join(lines)

    def stop(_event: Any) -> None:
        cancel.set()
        if not state["busy"]:
            dispatcher.ExitLoop()

    for name, _label in ACTIONS:
        setattr(_on(window, name), "Clicked", lambda event, name=name: work(name))  # noqa: B010 - Fusion's own idiom
    _on(window, "cancel").Clicked = lambda event: cancel.set()
    _on(window, WINDOW).Close = stop
    window.Show()
    dispatcher.RunLoop()
    window.Hide()


def _on(window: Any, name: str) -> Any:
    return getattr(window.On, name)


def _work(
    make_session: Callable[[], Session],
    action: str,
    values: Dict[str, str],
    items: Any,
    dispatcher: Any,
    cancel: threading.Event,
) -> List[str]:
    def progress(value: float, stage: str) -> None:
        items["report"].PlainText = "%3.0f %%  %s" % (100 * value, stage)
        dispatcher.StepLoop()  # lets Cancel be pressed

    try:
        return commands.do(make_session(), action, values, progress, cancel)
    except Exception as error:  # noqa: BLE001 - no project or no timeline: say so in the window
        return [str(error)]


def _values(items: Any) -> Dict[str, str]:
    return {
        field.name: str(items[field.name].CurrentText if field.options else items[field.name].Text) for field in FIELDS
    }


def _layout(ui: Any) -> Any:
    rows = []
    for field in FIELDS:
        label = ui.Label({"Text": field.label, "Weight": 0.4, "ToolTip": field.help})
        kind = ui.ComboBox if field.options else ui.LineEdit
        settings = {"ID": field.name, "Weight": 0.6, "ToolTip": field.help}
        rows.append(
            ui.HGroup({"Weight": 0}, [label, kind(settings if field.options else dict(settings, Text=field.default))])
        )
    buttons = [ui.Button({"ID": name, "Text": label}) for name, label in (*ACTIONS, ("cancel", "Cancel"))]
    report = ui.TextEdit({"ID": "report", "ReadOnly": True, "PlainText": "Nothing is changed until you press Perform."})
    return ui.VGroup([*rows, ui.HGroup({"Weight": 0}, buttons), report])
