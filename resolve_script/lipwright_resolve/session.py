"""The recipe: chosen clips, planned, snapshotted, performed, dubbed, imported, replaced, tagged.

`Session` is everything the interface can ask for; it raises Refused before anything changed and reports per clip
after that.
"""

import os
import threading
import uuid
from dataclasses import asdict, dataclass, replace
from typing import Any, Callable, Dict, List, Optional

from . import api, core, job_lock
from .core import Core, Direction
from .edit import clip_markers, restore, snapshot
from .edit.plan import ClipPlan, Planned, Refusal, plan_clips
from .edit.put import Outcome, Rendered, put_all
from .edit.replace import Place
from .errors import Refused, Stuck, Undone
from .logs import Log


@dataclass(frozen=True)
class Choice:
    """What the editor chose. `clips`: selected, playhead, track or color; `track` and `color` say which."""

    clips: str = "selected"
    track: int = 1
    color: str = ""
    vocal_track: Optional[int] = None
    vocal_path: Optional[str] = None
    lyrics: Optional[str] = None
    folder: Optional[str] = None
    may_duplicate: bool = False
    direction: Direction = Direction()


class Session:
    """One run of the script against one project and timeline."""

    def __init__(self, resolve: Any, engine: Core, home: str, log: Log) -> None:
        self.resolve, self.engine, self.home, self.log = resolve, engine, home, log
        self.project = api.project_of(resolve)
        self.timeline = api.timeline_of(self.project)
        self.log.say("Resolve %s, studio %s" % (".".join(map(str, api.version(resolve))), api.is_studio(resolve)))

    # --- what the interface calls -----------------------------------------------------------------------------------

    def plan(self, choice: Choice) -> List[Planned]:
        """What would be done, without doing it. Raises Refused when nothing is chosen."""
        state = snapshot.read_timeline(self.timeline, self.project)
        chosen = self._chosen(choice, state)
        if not chosen:
            raise Refused("no clip is chosen; select clips, or put the playhead on one, then try again")
        return plan_clips(state, chosen, choice.vocal_track, choice.vocal_path)

    def perform(
        self,
        choice: Choice,
        progress: Callable[[float, str], None],
        cancel: Optional[threading.Event] = None,
        planned: Optional[List[Planned]] = None,
    ) -> List[Outcome]:
        """Lip-sync the chosen clips and replace them in place; a report for each clip.

        Everything is rendered before the timeline is touched; each clip is then replaced whole or left as it was.
        """
        planned = self.plan(choice) if planned is None else planned
        plans = [plan for plan in planned if isinstance(plan, ClipPlan)]
        outcomes = [Outcome(no.name, False, no.reason) for no in planned if isinstance(no, Refusal)]
        if not plans:
            return outcomes
        job = uuid.uuid4().hex[:8]
        with job_lock.held(self.home) as touch:
            self.engine.check()
            self._snapshot(job, [plan.uid for plan in plans])
            rendered = self._render(plans, choice, job, _touching(progress, touch), cancel)
            self._open_edit_page()
            place = Place(self.project, self.timeline, self.project.GetMediaPool())
            outcomes += put_all(place, rendered, job, choice.may_duplicate, cancel)
            self._save()
        for outcome in outcomes:
            self.log.say("%s %s" % ("done" if outcome.ok else "left", outcome.text))
        return outcomes

    def restore(self, choice: Choice) -> List[Outcome]:
        """Bring the originals of the chosen clips back."""
        state = snapshot.read_timeline(self.timeline, self.project)
        chosen = set(self._chosen(choice, state))
        outcomes = []
        for item, custom, note in list(clip_markers.tagged(self.timeline)):
            if item.GetUniqueId() in chosen or note.get("original") in chosen:
                outcomes.append(self._restored(item, custom, note))
        if not outcomes:
            raise Refused("none of the chosen clips was made by Lipwright; choose one with a purple Lipwright marker")
        self._save()
        return outcomes

    def update(
        self,
        choice: Choice,
        progress: Callable[[float, str], None],
        cancel: Optional[threading.Event] = None,
        only_changed: bool = False,
    ) -> List[Outcome]:
        """Perform tagged clips again; `only_changed` takes all of them and skips those whose inputs are the same."""
        chosen = None if only_changed else {item.uid for item in self._state_of(choice)}
        state = snapshot.read_timeline(self.timeline, self.project)
        outcomes: List[Outcome] = []
        again: Dict[Choice, List[Planned]] = {}
        for item, _custom, note in list(clip_markers.tagged(self.timeline)):
            uid = str(note.get("original") or item.GetUniqueId())
            if chosen is not None and uid not in chosen and item.GetUniqueId() not in chosen:
                continue
            asked = _choice_from(note, choice, keep=only_changed)
            for plan in plan_clips(state, [uid], asked.vocal_track, asked.vocal_path):
                planned = _original_media(plan, note) if isinstance(plan, ClipPlan) else plan
                if only_changed and _is_same(planned, note, asked):
                    outcomes.append(Outcome(plan.name, True, "%r is up to date" % plan.name))
                else:
                    again.setdefault(asked, []).append(planned)
        if not outcomes and not again:
            raise Refused("nothing here was made by Lipwright yet; use Perform first")
        return outcomes + self._perform_each(again, progress, cancel)

    # --- steps --------------------------------------------------------------------------------------------------------

    def _perform_each(
        self,
        groups: Dict[Choice, List[Planned]],
        progress: Callable[[float, str], None],
        cancel: Optional[threading.Event],
    ) -> List[Outcome]:
        """One job for all clips that are asked for alike: a vocal under many clips is performed once."""
        outcomes: List[Outcome] = []
        for number, (choice, planned) in enumerate(groups.items()):
            part = _part(progress, number / len(groups), 1 / len(groups))
            try:
                outcomes += self.perform(choice, part, cancel, planned)
            except Refused as error:
                if not any(outcome.ok for outcome in outcomes):
                    raise
                outcomes += [
                    Outcome(plan.name, False, "%r was left as it is (%s)" % (plan.name, error)) for plan in planned
                ]
        return outcomes

    def _chosen(self, choice: Choice, state: snapshot.TimelineState) -> List[str]:
        return [item.uid for item in self._state_of(choice, state)]

    def _state_of(self, choice: Choice, state: Optional[snapshot.TimelineState] = None) -> List[snapshot.ItemState]:
        state = state or snapshot.read_timeline(self.timeline, self.project)
        if choice.clips == "track":
            return [item for item in state.video if item.track == choice.track and item.path]
        if choice.clips == "color":
            return [item for item in state.video if item.color == choice.color]
        uids = self._selected() if choice.clips == "selected" else []
        if not uids:
            current = self.timeline.GetCurrentVideoItem()
            uids = [str(current.GetUniqueId())] if current is not None else []
        return [item for item in state.video if item.uid in uids]

    def _selected(self) -> List[str]:
        """Unique ids of the selected items, where this version can say (21.0.4)."""
        if not api.has(self.timeline, "GetSelectedClips"):
            return []
        return [str(item.GetUniqueId()) for item in self.timeline.GetSelectedClips() or []]

    def _snapshot(self, job: str, chosen: List[str]) -> None:
        state = snapshot.read_timeline(self.timeline, self.project)
        path = os.path.join(self.home, "snapshots", "%s.json" % job)
        try:
            snapshot.write_json(path, snapshot.as_json(state, chosen))
        except OSError as error:
            raise Refused("the snapshot %r cannot be written (%s); free disk space first" % (path, error)) from error

    def _render(
        self,
        plans: List[ClipPlan],
        choice: Choice,
        job: str,
        progress: Callable[[float, str], None],
        cancel: Optional[threading.Event],
    ) -> List[Rendered]:
        """Takes on disk for all plans, before the timeline is touched. Raises Refused; then nothing was changed."""
        vocals = sorted({(plan.vocal.path, plan.vocal.channel) for plan in plans}, key=str)
        steps, step = len(vocals) + 3 * len(plans), 0
        documents: Dict[Any, str] = {}
        for vocal, channel in vocals:
            folder = _folder(choice, plans[0])
            low = step / steps
            documents[vocal, channel] = core.perform(
                *(self.engine, vocal, channel, choice.lyrics, choice.direction, folder),
                _part(progress, low, 1 / steps),
                cancel,
            )
            step += 1
        rendered: List[Rendered] = []
        for plan in plans:
            output = core.take_path(_folder(choice, plan), plan)
            low = step / steps
            core.dub(
                *(self.engine, plan, documents[plan.vocal.path, plan.vocal.channel], choice.direction, output),
                _part(progress, low, 3 / steps),
                cancel,
            )
            rendered.append(Rendered(plan, output, _note(plan, output, job, choice)))
            step += 3
        return rendered

    def _open_edit_page(self) -> None:
        """Clips cannot be deleted while the Fairlight page is open (nor on pages without a timeline)."""
        if api.has(self.resolve, "GetCurrentPage") and str(self.resolve.GetCurrentPage() or "edit") != "edit":
            self.resolve.OpenPage("edit")

    def _restored(self, item: Any, custom: str, note: Dict[str, Any]) -> Outcome:
        place = Place(self.project, self.timeline, self.project.GetMediaPool())
        name = str(item.GetName())
        try:
            return Outcome(name, True, restore.restore(place, item, custom, note))
        except (Undone, Stuck) as error:
            return Outcome(name, False, str(error))

    def _save(self) -> None:
        """Save the project; never an untitled one, which would open a dialog or block for ever."""
        if str(self.project.GetName() or "").lower().startswith("untitled"):
            return
        try:
            saved = self.resolve.GetProjectManager().SaveProject()
        except Exception as error:  # noqa: BLE001 - the clips are replaced whether or not the project was saved
            saved = error
        if saved is not True:
            self.log.say("the project was not saved (%s); save it by hand" % saved)


def _part(progress: Callable[[float, str], None], low: float, share: float) -> Callable[[float, str], None]:
    """The progress of one step as a share of the whole job."""
    return lambda value, stage: progress(low + share * value, stage)


def _touching(progress: Callable[[float, str], None], touch: Callable[[], None]) -> Callable[[float, str], None]:
    """Progress that keeps the job's lock fresh."""

    def both(value: float, stage: str) -> None:
        touch()
        progress(value, stage)

    return both


def _is_same(plan: Planned, note: Dict[str, Any], choice: Choice) -> bool:
    """Whether a take would come out as the one that is there."""
    if not isinstance(plan, ClipPlan):
        return False
    return bool(note.get("inputs") == core.fingerprint(plan, choice.lyrics, choice.direction))


def _folder(choice: Choice, plan: ClipPlan) -> str:
    """Where takes go: the folder chosen, else "Lipwright" beside the clip. Raises Refused where it cannot be made."""
    folder = choice.folder or os.path.join(os.path.dirname(plan.path), "Lipwright")
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise Refused("the folder %r cannot be made (%s); choose another for the takes" % (folder, error)) from error
    return folder


def _note(plan: ClipPlan, path: str, job: str, choice: Choice) -> Dict[str, Any]:
    """The sidecar: all that is needed to do it again."""
    return {
        "v": 1,
        "job": job,
        "take": path,
        "source": plan.path,
        "source_frames": [plan.first, plan.last],
        "handles": [plan.first - plan.out_first, plan.out_last - plan.last],
        "fps": str(plan.fps),
        "speed": plan.speed,
        "vocal": {"path": plan.vocal.path, "at_s": plan.vocal.at_s, "channel": plan.vocal.channel},
        "vocal_track": choice.vocal_track,
        "vocal_path": choice.vocal_path,
        "lyrics": choice.lyrics,
        "direction": asdict(choice.direction),
        "inputs": core.fingerprint(plan, choice.lyrics, choice.direction),
        "synthetic": True,
    }


def _choice_from(note: Dict[str, Any], choice: Choice, keep: bool) -> Choice:
    """The choice to do a tagged clip again with: the editor's now, or (`keep`) what its sidecar says."""
    if not keep:
        return choice
    try:
        with open(str(note.get("take")) + ".json", encoding="utf-8") as stream:
            saved = api.read_json(stream.read())
    except OSError:
        saved = {}
    direction = saved.get("direction")
    return replace(
        choice,
        lyrics=saved.get("lyrics"),
        vocal_track=saved.get("vocal_track"),
        vocal_path=saved.get("vocal_path"),
        direction=Direction(**direction) if isinstance(direction, dict) else choice.direction,
    )


def _original_media(plan: ClipPlan, note: Dict[str, Any]) -> Planned:
    """A plan over the original media: a selected take shows ours, whose frames start at the handle."""
    source = str(note.get("source") or "")
    if not source or plan.path == source:
        return plan
    try:
        with open(str(note.get("take")) + ".json", encoding="utf-8") as stream:
            saved = api.read_json(stream.read())
        shift = int(saved["source_frames"][0]) - int(saved["handles"][0])
    except (OSError, KeyError, IndexError, TypeError, ValueError):
        return Refusal(plan.uid, plan.name, "%r lost its sidecar file; Restore original, then Perform" % plan.name)
    if not os.path.isfile(source):
        return Refusal(plan.uid, plan.name, "%r: the original %s is offline; relink it first" % (plan.name, source))
    handle = plan.first - plan.out_first
    first, last = plan.first + shift, plan.last + shift
    return replace(plan, path=source, first=first, last=last, out_first=max(0, first - handle), out_last=last + handle)
