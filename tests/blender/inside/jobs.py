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
from blender_addon import actions, avatar, jobs, options, performing, takes, vocals
from harness import ROOT, Skip

from lipwright import document
from lipwright.errors import OptionError

DEMO = ROOT / "core" / "lipwright" / "data" / "demo"
WORKER = os.environ["LIPWRIGHT_WORKER_PYTHON"]
jobs.preferences = lambda: SimpleNamespace(python=WORKER)

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
    kept = jobs.command
    jobs.command = lambda args: [sys.executable, *bpy.app.python_args, "-c", ACTOR, mode]
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
        assert jobs.current() is None
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
    made = takes.performance_of(take)
    assert made.direction.seed == 3 and made.direction.emotion_intensity == 0.4 and made.direction.preset == "pop"
    assert made.words and made.lyrics and scene.frame_end > 300
    track, strip = actions.strip_of(ob.data.shape_keys, take)
    assert track.name == "song" and strip.blend_type == "ADD"
    assert len(scene.timeline_markers) == len(made.words)
    if hasattr(bpy.app, "build_options") and bpy.app.build_options.audaspace:
        (sound,) = vocals.sound_strips(scene)
        assert vocals.first_frame(sound) == 20
    assert (jobs.folder() / "song.lipwright").is_file()
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
    assert bpy.context.scene.lipwright.take == take and len(takes.all_takes()) == 1
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
            jobs.command = kept
        assert want in said and jobs.last_message[0] == "ERROR" and want in jobs.last_message[1], said


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
    assert "Suggest" in said or "mapping" in said, said
    assert time.perf_counter() - started < 1.0


def started(words):
    """A job as the modal operator starts it."""
    asked = performing.request(bpy.context, SimpleNamespace(
        avatar="", properties=SimpleNamespace(is_property_set=lambda name: name in words, **words)))  # fmt: skip
    return asked, jobs.start(asked.args, asked.vocal.path.name)


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
        while not jobs.poll(running, 0.1):
            assert time.perf_counter() - begun < 6
        result = jobs.finish(running)
        assert not result.ok and "cancelled" in result.message
        assert bpy.ops.lipwright.perform.poll() and not bpy.data.actions
    finally:
        jobs.command = kept
        jobs.shutdown()


def check_polling_never_blocks(tmp):
    head()
    kept = actor("slow")
    try:
        _, running = started({"vocal": str(tone(tmp / "a.wav"))})
        longest = 0.0
        for _ in range(50):
            begun = time.perf_counter()
            jobs.poll(running)
            longest = max(longest, time.perf_counter() - begun)
            time.sleep(0.01)
        assert longest < 0.05, longest
    finally:
        jobs.command = kept
        jobs.shutdown()
    assert jobs.current() is None


def modal(vocal):
    """The modal operator in the middle of a job, without a window: its own `modal`, `_end` and `_finish`."""
    from blender_addon import perform_ops

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
    loaded = performing.document.load
    threads = []

    def slow(path):
        threads.append(threading.current_thread())
        time.sleep(0.3)
        return loaded(path)

    performing.document = SimpleNamespace(load=slow, dumps=document.dumps, save=document.save, SUFFIX=document.SUFFIX)
    try:
        operator, step = modal(str(DEMO / "song.ogg"))
        until(step, lambda _: operator.reading is not None)
        assert step() == {"PASS_THROUGH"} and not bpy.data.actions and not bpy.ops.lipwright.perform.poll()
        assert step("ESC") == {"CANCELLED"} and operator.ended == 1
        assert not bpy.data.actions and jobs.current() is None and "cancelled" in jobs.last_message[1]
        operator, step = modal(str(DEMO / "song.ogg"))
        assert until(step, lambda got: got not in ({"PASS_THROUGH"}, {"RUNNING_MODAL"})) == {"FINISHED"}
        assert takes.all_takes() and threading.main_thread() not in threads and len(threads) == 2
    finally:
        performing.document = document


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
            jobs.command = kept
        assert operator.ended == 1 and jobs.current() is None and want in jobs.last_message[1], jobs.last_message
        assert not bpy.data.actions


def check_an_avatar_removed_meanwhile(tmp):
    ob = head()
    asked, running = started({"vocal": str(DEMO / "song.ogg")})
    bpy.data.objects.remove(ob)
    while not jobs.poll(running, 0.1):
        pass
    try:
        performing.finish(asked, jobs.finish(running), performing.Reading(asked.output))
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
        assert process.poll() is not None and jobs.current() is None
    finally:
        jobs.command = kept
        blender_addon.register()


def check_opening_another_file_ends_the_job(tmp):
    head()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp / "a.blend"))
    kept = actor("slow")
    try:
        _, running = started({"vocal": str(tone(tmp / "a.wav"))})
        bpy.ops.wm.open_mainfile(filepath=str(tmp / "a.blend"))
        assert jobs.current() is None and running.job._process.poll() is not None
    finally:
        jobs.command = kept


def check_chosen_python_that_is_gone(tmp):
    head()
    kept, jobs.preferences = jobs.preferences, lambda: SimpleNamespace(python=str(tmp / "python"))
    try:
        said = refused(bpy.ops.lipwright.perform, avatar="Head", vocal=str(tone(tmp / "a.wav")))
        assert "preferences" in said, said
    finally:
        jobs.preferences = kept


def check_vocal_from_strip_and_speaker_and_words_from_strips(tmp):
    if not bpy.app.build_options.audaspace:
        raise Skip("this Blender was built without sound")
    head()
    scene = bpy.context.scene
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    path = tone(tmp / "voice.wav", 3.0)
    strips.new_sound("voice", str(path), 1, 31)
    chosen = {
        **{name: getattr(scene.lipwright, name) for name in options.ALL},
        "vocal_source": "STRIP",
        "strip": "voice",
    }
    vocal = vocals.find(scene, chosen, tmp)
    assert vocal.path == path and vocal.start_frame == 31 and vocal.in_scene
    for word, start in (("hello", 43), ("there", 55)):
        try:
            text = strips.new_effect(word, "TEXT", 2, start, length=12)
        except TypeError:
            text = strips.new_effect(word, "TEXT", 2, start, frame_end=start + 12)
        text.text = word
    srt = vocals.lyrics(scene, {**chosen, "lyrics_source": "STRIPS"}, vocal, tmp).read_text()
    assert "00:00:00,500 --> 00:00:01,000\nhello" in srt and "00:00:01,000 --> 00:00:01,500\nthere" in srt, srt
    speaker = bpy.data.speakers.new("Speaker")
    speaker.sound = bpy.data.sounds.load(str(path))
    ob = bpy.data.objects.new("Speaker", speaker)
    scene.collection.objects.link(ob)
    vocal = vocals.find(scene, {**chosen, "vocal_source": "SPEAKER", "start_frame": 7.0}, tmp)
    assert vocal.path == path and vocal.start_frame == 7.0
    speaker.sound.pack()
    packed = vocals.find(scene, {**chosen, "vocal_source": "SPEAKER"}, tmp / "packed")
    assert packed.path.read_bytes() == path.read_bytes() and packed.path != path


class Recording:
    """Stands in for UILayout: notes the calls, gives itself for sub-layouts."""

    def __init__(self, log):
        self.__dict__["log"] = log

    def __getattr__(self, name):
        def call(*parts, **words):
            self.log.append((name, parts, words))
            return Recording(self.log)

        return call

    def __setattr__(self, name, value):
        pass


def check_panels_draw_quickly_and_write_nothing(tmp):
    from blender_addon import addon

    head(
        keys=[
            f"viseme_{n}"
            for n in ["sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U"]
        ]
        + [f"k{i}" for i in range(200)]
    )
    bpy.ops.lipwright.map()
    bpy.ops.lipwright.perform(avatar="Head", vocal=str(DEMO / "song.ogg"))
    shown = [cls for cls in addon.CLASSES if issubclass(cls, (bpy.types.Panel, bpy.types.Menu))]
    assert len(shown) >= 7
    for cls in shown:
        took = []
        for _ in range(20):
            log = []
            begun = time.perf_counter()
            # Blender's own class methods are not needed: every draw reads self.layout and helpers of its class.
            fake = SimpleNamespace(layout=Recording(log))
            fake._details = getattr(cls, "_details", None) and cls._details.__get__(fake)
            cls.draw(fake, bpy.context)
            took.append(time.perf_counter() - begun)
        assert log and min(took) < 0.001, (cls.__name__, min(took))
        for name, parts, _ in log:
            if name == "operator":
                module, op = parts[0].split(".")
                assert hasattr(getattr(bpy.ops, module), op) and getattr(getattr(bpy.ops, module), op).get_rna_type()
            elif name == "prop":
                assert parts[1] in parts[0].bl_rna.properties, parts


def check_paths_with_anything_in_them_and_relative_ones_stay_relative(tmp):
    import shutil

    head()
    folder = tmp / "mein Lied ü 🎵 'q'"
    folder.mkdir()
    shutil.copy(DEMO / "song.ogg", folder / "ré 口 🎤.ogg")
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "x y.blend"))
    bpy.context.scene.lipwright.vocal = "//ré 口 🎤.ogg"
    assert bpy.ops.lipwright.perform(avatar="Head") == {"FINISHED"}
    assert bpy.context.scene.lipwright.take.lipwright.sound == "//ré 口 🎤.ogg"
    sounds = [sound.filepath for sound in bpy.data.sounds]
    assert sounds in ([], ["//ré 口 🎤.ogg"]), sounds  # none where Blender was built without sound
    assert jobs.in_panel("name it with --language") == "name it with Language"


def check_one_word_is_put_right_and_stays_so(tmp):
    """Its text, its time and its absence; the mouth and the markers follow, keys of the artist's stay, so it does
    when the vocal is performed again."""
    ob = head()
    assert bpy.ops.lipwright.perform(
        avatar="Head", vocal=str(DEMO / "song.ogg"), lyrics_source="FILE", lyrics=str(DEMO / "song.lrc")
    ) == {"FINISHED"}
    scene = bpy.context.scene
    take = scene.lipwright.take
    words, timing = takes.performance_of(take).words, takes.timing_of(take)
    word, gone = words[2], words[6]
    curve = actions.fcurves(take, actions.existing_slot(take, ob.data.shape_keys)).find(avatar.key_path("viseme_U"))
    far = float(timing.frames(words[-1].start_s))
    curve.keyframe_points.insert(far, 0.66)
    scene.frame_set(round(float(timing.frames((word.start_s + word.end_s) / 2))))
    later = float(timing.frames(word.start_s)) + 1.2
    before = [curve.evaluate(frame) for frame in range(300)]
    assert bpy.ops.lipwright.correct_word(text="boomerang", start=later) == {"FINISHED"}
    assert f"{word.text!r} was put right" in jobs.last_message[1]
    said = dict(reversed(pair) for pair in takes.words_of(take).words)
    assert abs(said["boomerang"] - later) < 0.05 and len(takes.words_of(take).words) == len(words), said
    markers = [marker.name for marker in scene.timeline_markers]
    assert "boomerang" in markers and len(markers) == len(words)
    curve = actions.fcurves(take, actions.existing_slot(take, ob.data.shape_keys)).find(avatar.key_path("viseme_U"))
    assert abs(curve.evaluate(far) - 0.66) < 0.01, "a key of the artist's was lost"
    assert any(abs(curve.evaluate(frame) - value) > 0.1 for frame, value in enumerate(before))
    middle = float(timing.frames((gone.start_s + gone.end_s) / 2))
    assert bpy.ops.lipwright.correct_word(word=gone.text, frame=middle, remove=True) == {"FINISHED"}
    assert len(takes.words_of(take).words) == len(words) - 1
    assert bpy.ops.lipwright.perform(
        avatar="Head", vocal=str(DEMO / "song.ogg"), lyrics_source="FILE", lyrics=str(DEMO / "song.lrc")
    ) == {"FINISHED"}
    again = [text for _, text in takes.words_of(scene.lipwright.take).words]
    assert "boomerang" in again and len(again) == len(words) - 1, again


def check_words_that_cannot_be_put_right_say_why(tmp):
    from bake import import_it

    head()
    take = import_it(tmp)
    operator = bpy.ops.lipwright.correct_word
    before = take.lipwright.document
    assert "no word is heard near frame 200" in refused(operator, frame=200.0, text="x")
    assert "not heard near" in refused(operator, word="papa", frame=10.0, text="x")
    assert "nothing of 'mama' was changed" in refused(operator, frame=18.0, text="mama")
    assert "'hello.wav' of this take is not there" in refused(operator, frame=18.0, text="dada")
    assert take.lipwright.document == before
    bpy.context.scene.lipwright.take = None
    assert not operator.poll()


def check_the_button_says_what_it_still_needs(tmp):
    from blender_addon import panels

    settings, context = bpy.context.scene.lipwright, bpy.context

    def drawn():
        log = []
        panels.draw_button(Recording(log), context)
        return [words.get("text") for name, _, words in log if name == "label"]

    assert panels.missing(context) == "Select or choose the character" and panels.missing(context) in drawn()
    head()
    assert "Choose the vocal" in panels.missing(context)
    settings.vocal_source = "STRIP"
    assert "sequencer" in panels.missing(context)
    settings.vocal_source, settings.vocal = "FILE", str(DEMO / "song.ogg")
    assert panels.missing(context) == "" and not drawn()


def check_sliders_start_from_the_style(tmp):
    import tomllib

    settings = bpy.context.scene.lipwright
    folder = ROOT / "core" / "lipwright" / "data" / "presets"
    assert {path.stem: tomllib.loads(path.read_text())["summary"] for path in folder.glob("*.toml")} == options.PRESETS
    for name in options.SLIDERS:
        assert abs(getattr(settings, name) - options.style("natural")[name]) < 1e-6, name
    settings.preset = "ballad"
    assert abs(settings.blink_rate - 12.0) < 1e-6 and abs(settings.emotion_intensity - 0.5) < 1e-6
    head()
    given = SimpleNamespace(is_property_set=lambda name: False)
    for customise, want in ((False, False), (True, True)):
        settings.customise = customise
        chosen, by_hand = options.pick(SimpleNamespace(properties=given), settings)
        args = performing.arguments(tmp / "a.wav", None, tmp / "a.lipwright", chosen, by_hand)
        assert ("--blink-rate" in args) == want and args[args.index("--preset") + 1] == "ballad"


def check_the_sound_moves_with_its_take(tmp):
    """Performed again at another frame, the vocal is heard once, there; sounds of the artist's stay where they are."""
    if not bpy.app.build_options.audaspace:
        raise Skip("this Blender was built without sound")
    from bake import import_it

    head()
    scene = bpy.context.scene
    path = tone(tmp / "hello.wav", 3.0)
    for start in (1.0, 50.0, 20.25):
        import_it(tmp, start_frame=start)
        assert [vocals.first_frame(s) for s in vocals.sound_strips(scene)] == [round(start)]
    editor = scene.sequence_editor
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_sound("mine", str(path), 5, 200)
    import_it(tmp, start_frame=80.0)
    assert sorted(vocals.first_frame(s) for s in vocals.sound_strips(scene)) == [80, 200]
