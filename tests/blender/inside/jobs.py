"""Perform through the worker process, and everything that may go wrong around it."""

import math
import os
import struct
import sys
import threading
import time
import wave
from types import SimpleNamespace

import bpy
from blender_addon import options, perform, worker
from blender_addon.scene import actions, avatar, baked_action, vocals
from harness import ROOT

from lipwright import document
from lipwright.errors import OptionError

DEMO = ROOT / "core" / "lipwright" / "data" / "demo"
WORKER = os.environ["LIPWRIGHT_WORKER_PYTHON"]
worker.preferences = lambda: SimpleNamespace(python=WORKER)

# Stands in for the worker where a check is about Blender's side: says what it is told to, at its own pace.
ACTOR = """
import json, sys, time
mode = sys.argv[1]
for step in range(4):
    print(json.dumps({"type": "progress", "value": step / 4, "stage": "listening"}), file=sys.stderr, flush=True)
    time.sleep(0.02 if mode != "slow" else 5)
if mode == "fail":
    print(json.dumps({"type": "failure", "error": "MediaError", "reason": "no voice in it"}), file=sys.stderr)
    sys.exit(2)
if mode == "die":
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
if mode == "text":
    print("Illegal instruction", file=sys.stderr)
    sys.exit(1)
"""


def actor(mode):
    """Let the next jobs run the stand-in."""
    kept = worker.command
    worker.command = lambda args: [sys.executable, *bpy.app.python_args, "-c", ACTOR, mode]
    return kept


def head(name="Head", keys=("viseme_aa", "viseme_PP", "viseme_U", "viseme_I", "viseme_O", "viseme_E", "viseme_FF",
                            "viseme_SS", "viseme_kk", "viseme_DD")):  # fmt: skip
    bpy.ops.mesh.primitive_cube_add()
    ob = bpy.context.object
    ob.name = name
    ob.shape_key_add(name="Basis")
    for key in keys:
        ob.shape_key_add(name=key, from_mix=False).value = 0.0
    return ob


def tone(path, seconds=2.0):
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16000)
        count = int(16000 * seconds)
        out.writeframes(struct.pack(f"<{count}h", *(int(8000 * math.sin(n * 0.05)) for n in range(count))))
    return path


def refused(call, *parts, **words):
    """The message with which an operator refuses; nothing may have been baked."""
    before = [a.name for a in bpy.data.actions]
    try:
        call(*parts, **words)
    except RuntimeError as error:
        assert [a.name for a in bpy.data.actions] == before, "something was half baked"
        assert worker.current() is None
        return str(error)
    raise AssertionError("it must be refused")


def check_perform_with_every_option(tmp):
    ob = head()
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.001
    done = bpy.ops.lipwright.perform(
        avatar="Head", vocal=str(DEMO / "song.ogg"), lyrics_source="FILE", lyrics=str(DEMO / "song.lrc"), language="en",
        preset="pop", emotion="happy", emotion_intensity=0.4, articulation=1.2, intensity=1.1, blink_rate=10.0, head=0.5,
        brows=0.5, breathing=0.5, gaze=0.5, seed=3, start_frame=20.0, placement="NLA", blend="ADD",
        interpolation="LINEAR", tolerance=0.02, markers=True, add_sound=True, fit_range=True,
    )  # fmt: skip
    assert done == {"FINISHED"}
    take = scene.lipwright.take
    made = baked_action.performance_of(take)
    assert made.direction.seed == 3 and made.direction.emotion_intensity == 0.4 and made.direction.preset == "pop"
    assert made.words and made.lyrics and scene.frame_end > 300
    track, strip = actions.strip_of(ob.data.shape_keys, take)
    assert track.name == "song" and strip.blend_type == "ADD"
    assert len(scene.timeline_markers) == len(made.words)
    if hasattr(bpy.app, "build_options") and bpy.app.build_options.audaspace:
        (sound,) = vocals.sound_strips(scene)
        assert vocals.first_frame(sound) == 20
    assert (worker.folder() / "song.lipwright").is_file()
    for option in options.ALL:
        assert option in bpy.ops.lipwright.perform.get_rna_type().properties, option


def check_performing_again_keeps_hand_work(tmp):
    ob = head()
    words = {"avatar": "Head", "vocal": str(DEMO / "song.ogg"), "lyrics_source": "FILE",
             "lyrics": str(DEMO / "song.lrc"), "interpolation": "LINEAR"}  # fmt: skip
    bpy.ops.lipwright.perform(**words)
    take = bpy.context.scene.lipwright.take
    curve = actions.fcurves(take, actions.existing_slot(take, ob.data.shape_keys)).find(avatar.key_path("viseme_aa"))
    index = max(range(len(curve.keyframe_points)), key=lambda i: curve.keyframe_points[i].co[1])
    frame = curve.keyframe_points[index].co[0]
    curve.keyframe_points[index].co[1] = 0.111
    curve.update()
    bpy.ops.lipwright.perform(**words, seed=5)
    assert bpy.context.scene.lipwright.take == take and len(baked_action.all_takes()) == 1
    curve = actions.fcurves(take, actions.existing_slot(take, ob.data.shape_keys)).find(avatar.key_path("viseme_aa"))
    assert abs(curve.evaluate(frame) - 0.111) < 0.01, curve.evaluate(frame)


def check_what_the_worker_says_reaches_the_artist(tmp):
    head()
    vocal = str(tone(tmp / "a.wav"))
    for mode, want in (("fail", "no voice in it"), ("die", "code -9"), ("text", "Illegal instruction")):
        kept = actor(mode)
        try:
            said = refused(bpy.ops.lipwright.perform, avatar="Head", vocal=vocal)
        finally:
            worker.command = kept
        assert want in said and worker.last_message[0] == "ERROR" and want in worker.last_message[1], said


def check_missing_things_are_named(tmp):
    vocal = str(tone(tmp / "a.wav"))
    bpy.data.collections.new("Empty")
    plain = bpy.data.objects.new("Plain", bpy.data.meshes.new("Plain"))
    bpy.context.scene.collection.objects.link(plain)
    head()
    for words, want in (
        ({"vocal": vocal, "avatar": "Nobody"}, "no object or collection 'Nobody'"),
        ({"vocal": vocal, "avatar": "Empty"}, "holds nothing that could sing"),
        ({"avatar": "Head", "vocal": ""}, "no vocal is chosen"),
        ({"avatar": "Head", "vocal": str(tmp / "none.wav")}, "is not there"),
        ({"avatar": "Head", "vocal_source": "STRIP"}, "has no sound strip"),
        ({"avatar": "Head", "vocal_source": "SPEAKER"}, "no speaker"),
        ({"avatar": "Head", "vocal": vocal, "lyrics_source": "FILE", "lyrics": "/none.txt"}, "are not there"),
        ({"avatar": "Head", "vocal": vocal, "lyrics_source": "TEXT", "lyrics_block": "none"}, "no text block"),
        ({"avatar": "Head", "vocal": vocal, "lyrics_source": "STRIPS"}, "no text strip"),
    ):
        said = refused(bpy.ops.lipwright.perform, **words)
        assert want in said, (words, said)
    said = refused(bpy.ops.lipwright.perform, avatar="Plain", vocal=vocal)
    assert "Plain" in said and ("Map" in said or "mapping" in said), said


def check_an_avatar_without_mouth_is_refused_before_the_work(tmp):
    head("Face", ("hat", "beard"))
    started = time.perf_counter()
    said = refused(bpy.ops.lipwright.perform, avatar="Face", vocal=str(DEMO / "song.ogg"))
    assert "no mouth" in said and "under Mapping" in said, said
    assert time.perf_counter() - started < 1.0


def started(words):
    """A job as the modal operator starts it."""
    asked = perform.request(bpy.context, SimpleNamespace(
        avatar="", properties=SimpleNamespace(is_property_set=lambda name: name in words, **words)))  # fmt: skip
    return asked, worker.start(asked.args, asked.vocal.path.name)


def check_two_jobs_at_once(tmp):
    head()
    kept = actor("slow")
    try:
        _, running = started({"vocal": str(tone(tmp / "a.wav"))})
        assert not bpy.ops.lipwright.perform.poll()
        assert bpy.ops.lipwright.cancel.poll()
        begun = time.perf_counter()
        bpy.ops.lipwright.cancel()
        assert time.perf_counter() - begun < 0.05, "the interface must not wait for the worker"
        while not worker.poll(running, 0.1):
            assert time.perf_counter() - begun < 6
        result = worker.finish(running)
        assert not result.ok and "cancelled" in result.message
        assert bpy.ops.lipwright.perform.poll() and not bpy.data.actions
    finally:
        worker.command = kept
        worker.shutdown()


def check_polling_never_blocks(tmp):
    head()
    kept = actor("slow")
    try:
        _, running = started({"vocal": str(tone(tmp / "a.wav"))})
        longest = 0.0
        for _ in range(50):
            begun = time.perf_counter()
            worker.poll(running)
            longest = max(longest, time.perf_counter() - begun)
            time.sleep(0.01)
        assert longest < 0.05, longest
    finally:
        worker.command = kept
        worker.shutdown()
    assert worker.current() is None


def modal(vocal):
    """The modal operator in the middle of a job, without a window: its own `modal`, `_end` and `_finish`."""
    from blender_addon.ui import perform_ops

    asked, running = started({"vocal": vocal})
    said = []
    cls = perform_ops.LIPWRIGHT_OT_perform
    operator = SimpleNamespace(
        asked=asked, running=running, reading=None, ended=0, report=lambda *parts: said.append(parts)
    )
    for name in ("_finish", "_fail", "finished"):
        setattr(operator, name, getattr(cls, name).__get__(operator))
    operator._end = lambda context: setattr(operator, "ended", operator.ended + 1)
    context = SimpleNamespace(
        window_manager=SimpleNamespace(progress_update=lambda value: None, windows=()), screen=None
    )

    def step(kind="TIMER"):
        return cls.modal(operator, context, SimpleNamespace(type=kind, value="PRESS"))

    return operator, step


def until(step, wanted):
    for _ in range(6000):
        got = step()
        if wanted(got):
            return got
        time.sleep(0.01)
    raise AssertionError("it takes too long")


def check_the_interface_does_not_read_the_result(tmp):
    """A song's document is read beside the interface; Esc meanwhile changes nothing, and a lost one is told."""
    head()
    loaded = perform.document.load
    threads = []

    def slow(path):
        threads.append(threading.current_thread())
        time.sleep(0.3)
        return loaded(path)

    perform.document = SimpleNamespace(load=slow, dumps=document.dumps, save=document.save, SUFFIX=document.SUFFIX)
    try:
        operator, step = modal(str(DEMO / "song.ogg"))
        until(step, lambda _: operator.reading is not None)
        assert step() == {"PASS_THROUGH"} and not bpy.data.actions and not bpy.ops.lipwright.perform.poll()
        assert step("ESC") == {"CANCELLED"} and operator.ended == 1
        assert not bpy.data.actions and worker.current() is None and "cancelled" in worker.last_message[1]
        assert worker.last_message[0] == "INFO", "what the artist stopped is no error"
        operator, step = modal(str(DEMO / "song.ogg"))
        assert until(step, lambda got: got not in ({"PASS_THROUGH"}, {"RUNNING_MODAL"})) == {"FINISHED"}
        assert baked_action.all_takes() and threading.main_thread() not in threads and len(threads) == 2
    finally:
        perform.document = document


def check_esc_and_a_killed_worker_leave_the_modal_operator(tmp):
    head()
    vocal = str(tone(tmp / "a.wav"))
    for mode, want in (("die", "code -9"), ("slow", "cancelled")):
        kept = actor(mode)
        try:
            operator, step = modal(vocal)
            if mode == "slow":
                assert step("ESC") == {"RUNNING_MODAL"}
            assert until(step, lambda got: got not in ({"PASS_THROUGH"}, {"RUNNING_MODAL"})) == {"CANCELLED"}
        finally:
            worker.command = kept
        assert operator.ended == 1 and worker.current() is None and want in worker.last_message[1], worker.last_message
        assert not bpy.data.actions


def check_an_avatar_removed_meanwhile(tmp):
    ob = head()
    asked, running = started({"vocal": str(DEMO / "song.ogg")})
    bpy.data.objects.remove(ob)
    while not worker.poll(running, 0.1):
        pass
    try:
        perform.finish(asked, worker.finish(running), perform.Reading(asked.output))
    except OptionError as error:
        assert "was removed" in str(error) and str(asked.output) in str(error), error
    else:
        raise AssertionError("there is no avatar any more")
    assert document.load(asked.output).visemes and not bpy.data.actions


def check_extension_switched_off_while_running(tmp):
    import blender_addon

    head()
    kept = actor("slow")
    try:
        _, running = started({"vocal": str(tone(tmp / "a.wav"))})
        process = running.job._process
        blender_addon.unregister()
        assert process.poll() is not None and worker.current() is None
    finally:
        worker.command = kept
        blender_addon.register()


def check_opening_another_file_ends_the_job(tmp):
    head()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp / "a.blend"))
    kept = actor("slow")
    try:
        _, running = started({"vocal": str(tone(tmp / "a.wav"))})
        bpy.ops.wm.open_mainfile(filepath=str(tmp / "a.blend"))
        assert worker.current() is None and running.job._process.poll() is not None
    finally:
        worker.command = kept


def check_chosen_python_that_is_gone(tmp):
    head()
    kept, worker.preferences = worker.preferences, lambda: SimpleNamespace(python=str(tmp / "python"))
    try:
        said = refused(bpy.ops.lipwright.perform, avatar="Head", vocal=str(tone(tmp / "a.wav")))
        assert "preferences" in said, said
    finally:
        worker.preferences = kept
