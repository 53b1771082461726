#!/usr/bin/env python3
"""Look at a real Resolve and write down what it answers; with --write, try a replacement in a project of its own.

    python live_check.py                      read only: version, edition, timeline, what each clip reports
    python live_check.py --write TAKE.mov     in a DUPLICATE of the current timeline: add TAKE.mov as a take to the clip
                                              under the playhead, read back, undo, and say what Resolve did

Start it from Resolve's console (`dofile`-like: Workspace > Console, Py3) or outside it with external scripting on.
The report is JSON on stdout: send it with a bug report. It names your clips; look through it first.
"""

import json
import os
import sys
from dataclasses import asdict

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
CORE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "core")
if os.path.isdir(CORE):
    sys.path.insert(1, CORE)

from lipwright_resolve import api  # noqa: E402 - the path must be set first
from lipwright_resolve.edit import snapshot  # noqa: E402 - the path must be set first
from lipwright_resolve.edit.plan import ClipPlan, plan_clips  # noqa: E402
from lipwright_resolve.edit.undo import facts  # noqa: E402
from lipwright_resolve.errors import Refused  # noqa: E402


def read_only(resolve):
    """Everything the script would read, and the plan it would make for each clip."""
    project = api.project_of(resolve)
    timeline = api.timeline_of(project)
    state = snapshot.read_timeline(timeline, project)
    plans = plan_clips(state, [item.uid for item in state.video])
    return {
        "product": resolve.GetProductName(),
        "version": resolve.GetVersionString(),
        "studio": api.is_studio(resolve),
        "timeline": asdict(state),
        "plans": [dict(asdict(plan), planned=isinstance(plan, ClipPlan)) for plan in plans],
        "methods": {
            "timeline": sorted(name for name in dir(timeline) if name[:1].isupper()),
            "item": sorted(name for name in dir(timeline.GetCurrentVideoItem()) if name[:1].isupper()),
        },
    }


def try_take(resolve, path):
    """Add, read back and remove a take in a duplicate timeline; the answers to what nobody has measured."""
    project = api.project_of(resolve)
    original = api.timeline_of(project)
    current = original.GetCurrentVideoItem()
    if current is None:
        raise Refused("no clip is under the playhead; put it on one")
    slot = (int(current.GetTrackTypeAndIndex()[1]), int(current.GetStart()))
    copy = original.DuplicateTimeline("lipwright live check")
    if copy is None or not project.SetCurrentTimeline(copy):
        raise Refused("Resolve would not duplicate the timeline; delete an older 'lipwright live check' first")
    pool = project.GetMediaPool()
    try:
        item = next(i for i in copy.GetItemListInTrack("video", slot[0]) if int(i.GetStart()) == slot[1])
        media = api.import_media(pool, path, api.subfolder(pool, "Lipwright"))
        before = facts(copy)
        duration = int(item.GetDuration())
        answers = {"duration": duration, "added": item.AddTake(media, 0, duration), "takes": item.GetTakesCount()}
        answers["selected"] = item.SelectTakeByIndex(item.GetTakesCount())
        answers["duration_with_half_open_end"] = int(item.GetDuration())
        answers["others_unchanged"] = all(
            value == before.get(uid) for uid, value in facts(copy).items() if uid != item.GetUniqueId()
        )
        answers["back"] = [item.SelectTakeByIndex(1), item.DeleteTakeByIndex(item.GetTakesCount())]
        answers["as_before"] = facts(copy) == before
        return answers
    finally:
        project.SetCurrentTimeline(original)
        pool.DeleteTimelines([copy])


def main(words):
    """Print the report."""
    try:
        resolve = api.connect(globals())
        report = read_only(resolve)
        if len(words) == 2 and words[0] == "--write":
            report["take"] = try_take(resolve, words[1])
    except Refused as error:
        print("live check: %s" % error, file=sys.stderr)
        return 2
    print(json.dumps(report, indent=1, sort_keys=True, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
