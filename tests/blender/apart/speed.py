"""Inside Blender: how long baking, drawing and a job hold the interface (the least of three).

python speed.py VOCAL DOCUMENT OUT.json: DOCUMENT is baked as a job's result would be. Writes {what: seconds}.
LIPWRIGHT_WORKER_PYTHON names the worker's Python.
"""

import json
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import bpy
import numpy as np

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "core"), str(ROOT / "tests" / "blender")]
KEYS, CURVES, TIMES = 50_000, 50, 7
VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")


def head(names):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.mesh.primitive_cube_add()
    ob = bpy.context.object
    ob.name = "Head"
    ob.shape_key_add(name="Basis")
    for name in names:
        ob.shape_key_add(name=name, from_mix=False).value = 0.0
    return ob


def timed(call, *parts):
    begun = time.perf_counter()
    result = call(*parts)
    return time.perf_counter() - begun, result


def bake_s(interpolation, again):
    """Median seconds of writing KEYS keys: into a new action, or `again` into the one that is there."""
    from blender_addon.scene import apply, avatar

    names = [f"k{number:02d}" for number in range(CURVES)]
    key = head(names).data.shape_keys
    rng = np.random.default_rng(0)
    frames = np.arange(KEYS // CURVES) + 0.25
    channels = [apply.Channel(avatar.key_path(name), 0, frames, rng.random(len(frames))) for name in names]
    took, old = [], ()
    for number in range(TIMES):
        name = "speed" if again else f"speed{number}"
        seconds, written = timed(
            lambda n=name, o=old: apply.bake([(key, channels)], n, old=o, interpolation=interpolation)
        )
        assert written.keys == KEYS
        old = written.actions if again else ()
        took.append(seconds)
    return float(np.median(took[1:]))


def draw_s():
    """(seconds, panel) of the panel that takes longest to draw, with a take and a full mapping table."""
    from blender_addon import registration
    from jobs import Recording

    slowest = (0.0, "")
    for cls in (c for c in registration.CLASSES if issubclass(c, (bpy.types.Panel, bpy.types.Menu))):
        took = []
        for _ in range(50):
            fake = SimpleNamespace(layout=Recording([]))
            fake._details = getattr(cls, "_details", None) and cls._details.__get__(fake)
            took.append(timed(cls.draw, fake, bpy.context)[0])
        slowest = max(slowest, (float(np.median(took)), cls.__name__))
    return slowest


def job(vocal, document):
    """Seconds that each step of a job holds the interface, from the button to the baked take of DOCUMENT."""
    from blender_addon import perform, worker

    head([f"viseme_{name}" for name in VISEMES])
    worker.preferences = lambda: SimpleNamespace(python=os.environ["LIPWRIGHT_WORKER_PYTHON"])
    given = SimpleNamespace(is_property_set=lambda name: name == "vocal", vocal=vocal)
    operator = SimpleNamespace(avatar="Head", properties=given)
    spent = {}
    spent["checks before the work"], asked = timed(perform.request, bpy.context, operator)
    spent["starting the worker"], running = timed(worker.start, asked.args, "speed")
    longest, over = 0.0, False
    while not over:
        seconds, over = timed(worker.poll, running)
        longest = max(longest, seconds)
        time.sleep(0.02)
    spent["longest look at the worker"] = longest
    spent["ending the worker"], result = timed(worker.finish, running)
    assert result.ok, result.message
    asked.output.write_bytes(Path(document).read_bytes())
    spent["starting to read the result"], reading = timed(perform.Reading, asked.output)
    longest = 0.0
    while not reading.done:
        longest = max(longest, timed(time.sleep, 0.005)[0] - 0.005)
    spent["longest wait for the reading thread"] = longest
    spent["baking the result"], said = timed(perform.finish, asked, result, reading)
    take = bpy.context.scene.lipwright.take
    spent["moving a slider of the take"], _ = timed(setattr, take.lipwright, "intensity", 0.7)
    return spent, said


def main(vocal, document, out):
    import blender_addon

    blender_addon.register()
    try:
        sys.path.insert(0, str(ROOT / "tests" / "blender" / "inside"))
        found = {f"50,000 keys, {kind.lower()}{', again' * again}": bake_s(kind, again)
                 for kind in ("LINEAR", "BEZIER") for again in (False, True)}  # fmt: skip
        # The least of three: other programs' work on this machine is not the interface's.
        rounds = [job(vocal, document) for _ in range(3)]
        spent = {what: min(one[what] for one, _ in rounds) for what in rounds[0][0]}
        said = rounds[0][1]
        bpy.ops.lipwright.map()
        seconds, panel = draw_s()
        found[f"slowest draw ({panel})"] = seconds
        found.update(spent)
        Path(out).write_text(json.dumps({"version": bpy.app.version_string, "said": said, "seconds": found}))
    finally:
        blender_addon.unregister()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:4])
