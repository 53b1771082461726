"""What an artist gives in the panel and puts right afterwards: vocals, words, paths, sliders; and the panel itself."""

import time
from types import SimpleNamespace

import bpy
from blender_addon import options, perform, worker
from blender_addon.scene import actions, avatar, baked_action, vocals
from harness import ROOT, Skip
from jobs import DEMO, head, refused, tone


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
    from blender_addon import registration

    head(
        keys=[
            f"viseme_{n}"
            for n in ["sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U"]
        ]
        + [f"k{i}" for i in range(200)]
    )
    bpy.ops.lipwright.map()
    bpy.ops.lipwright.perform(avatar="Head", vocal=str(DEMO / "song.ogg"))
    shown = [cls for cls in registration.CLASSES if issubclass(cls, (bpy.types.Panel, bpy.types.Menu))]
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
    assert worker.in_panel("name it with --language") == "name it with Language"


def check_one_word_is_put_right_and_stays_so(tmp):
    """Its text, its time and its absence; the mouth and the markers follow, keys of the artist's stay, so it does
    when the vocal is performed again."""
    ob = head()
    assert bpy.ops.lipwright.perform(
        avatar="Head", vocal=str(DEMO / "song.ogg"), lyrics_source="FILE", lyrics=str(DEMO / "song.lrc")
    ) == {"FINISHED"}
    scene = bpy.context.scene
    take = scene.lipwright.take
    words, timing = baked_action.performance_of(take).words, baked_action.timing_of(take)
    word, gone = words[2], words[6]
    curve = actions.fcurves(take, actions.existing_slot(take, ob.data.shape_keys)).find(avatar.key_path("viseme_U"))
    far = float(timing.frames(words[-1].start_s))
    curve.keyframe_points.insert(far, 0.66)
    scene.frame_set(round(float(timing.frames((word.start_s + word.end_s) / 2))))
    later = float(timing.frames(word.start_s)) + 1.2
    before = [curve.evaluate(frame) for frame in range(300)]
    assert bpy.ops.lipwright.correct_word(text="boomerang", start=later) == {"FINISHED"}
    assert f"{word.text!r} was put right" in worker.last_message[1]
    said = dict(reversed(pair) for pair in baked_action.words_of(take).words)
    assert abs(said["boomerang"] - later) < 0.05 and len(baked_action.words_of(take).words) == len(words), said
    markers = [marker.name for marker in scene.timeline_markers]
    assert "boomerang" in markers and len(markers) == len(words)
    curve = actions.fcurves(take, actions.existing_slot(take, ob.data.shape_keys)).find(avatar.key_path("viseme_U"))
    assert abs(curve.evaluate(far) - 0.66) < 0.01, "a key of the artist's was lost"
    assert any(abs(curve.evaluate(frame) - value) > 0.1 for frame, value in enumerate(before))
    middle = float(timing.frames((gone.start_s + gone.end_s) / 2))
    assert bpy.ops.lipwright.correct_word(word=gone.text, frame=middle, remove=True) == {"FINISHED"}
    assert len(baked_action.words_of(take).words) == len(words) - 1
    assert bpy.ops.lipwright.perform(
        avatar="Head", vocal=str(DEMO / "song.ogg"), lyrics_source="FILE", lyrics=str(DEMO / "song.lrc")
    ) == {"FINISHED"}
    again = [text for _, text in baked_action.words_of(scene.lipwright.take).words]
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
    from blender_addon.ui import panels

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
        args = perform.arguments(tmp / "a.wav", None, tmp / "a.lipwright", chosen, by_hand)
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


def check_languages_are_suggested_as_they_are_typed(tmp):

    assert options.languages("")[0][0] == "auto" and ("fr", "French") in options.languages("")
    assert options.languages("germ") == [("de", "German")]
    assert len(options.languages("es")) > 5, "a code that stands there does not hide the others"


def check_mapping_rows_have_two_columns_and_the_rest_below(tmp):
    from blender_addon.ui import panels

    log = []
    item = SimpleNamespace(source="aa", kind="shape", target="Mouth Open", enabled=True)
    panels.LIPWRIGHT_UL_rows.draw_item(None, bpy.context, Recording(log), None, item, 0, None, "")
    drawn = [call for call in log if call[0] in ("label", "prop")]
    assert len(drawn) == 3 and ("label", (), {"text": "aa", "translate": False}) in log, drawn
