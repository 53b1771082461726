"""Characters that nobody prepared: stand-in heads under many names, turned and scaled, performed by Perform's own path."""

import bpy
import numpy as np
from blender_addon import worker
from blender_addon.scene import avatar, rigging, suggest
from mathutils import Euler
from tests.blender import standins

from lipwright import document, rigs
from lipwright.types import ARKIT, VISEMES, Direction, Performance, Provenance, Track, VocalInfo

HEAD = standins.head()


def character(shapes, rotation=(0.0, 0.0, 0.0), scale=1.0):
    """A mesh object with shape keys: name -> mix of movements (standins)."""
    mesh = bpy.data.meshes.new("Face")
    mesh.from_pydata(HEAD.rest.tolist(), [], [[int(i) for i in face] for face in HEAD.faces])
    mesh.update()
    ob = bpy.data.objects.new("Face", mesh)
    bpy.context.scene.collection.objects.link(ob)
    bpy.context.view_layer.objects.active = ob
    ob.shape_key_add(name="Basis")
    for name, parts in shapes.items():
        block = ob.shape_key_add(name=name)
        block.value = 0.0
        block.data.foreach_set("co", (HEAD.rest + standins.mixed(HEAD, parts)).astype(np.float32).ravel())
    ob.rotation_euler, ob.scale = Euler(rotation), (scale, scale, scale)
    bpy.context.view_layer.update()
    return ob


def bake(tmp):
    """Every viseme for a second, by the import path, which maps as Perform does."""
    tracks = [Track(name, (i + 0.1, i + 0.3, i + 0.7, i + 0.9), (0.0, 1.0, 1.0, 0.0)) for i, name in enumerate(VISEMES)]
    made = Performance(VocalInfo("c.wav", "", float(len(VISEMES)), 16000, 1), Direction(), Provenance("0"),
                       visemes=tuple(tracks))  # fmt: skip
    path = tmp / "c.lipwright"
    document.save(made, path)
    assert bpy.ops.lipwright.import_performance(filepath=str(path), interpolation="LINEAR", start_frame=0.0) == {
        "FINISHED"
    }


def gap(ob, viseme):
    """How far the lips are apart at a viseme, of the widest mouth's 0.3."""
    bpy.context.scene.frame_set(24 * VISEMES.index(viseme) + 12)
    shown = ob.evaluated_get(bpy.context.evaluated_depsgraph_get())
    flat = np.empty(3 * len(shown.data.vertices), np.float32)
    shown.data.vertices.foreach_get("co", flat)
    z = flat.reshape(-1, 3)[:, 2]
    return float(z[HEAD.lip > 0].mean() - z[HEAD.lip < 0].mean()) / 0.3


def speaks(ob, least=0.4):
    assert gap(ob, "aa") > least, gap(ob, "aa")
    assert -0.1 < gap(ob, "PP") < 0.1 * gap(ob, "aa"), gap(ob, "PP")
    assert gap(ob, "ou") < 0.6 * gap(ob, "aa"), gap(ob, "ou")


DECOYS = {"まばたき": {"blink": 1.0}, "Wink": {"wink": 1.0}, "brow_down": {"brow": 1.0}, "Smile": {"smile": 1.0},
          "Sad": {"frown": 1.0}, "tongue_out": {"tongue": 1.0}, "puff": {"cheeks": 1.0}}  # fmt: skip
VOWELS = [standins.SCULPTED[name] for name in ("aa", "ih", "ou", "E", "oh")]
POSES = [((0.0, 0.0, 0.0), 1.0), ((0.0, 0.0, 1.5708), 0.01), ((0.0, 0.0, 3.1416), 10.0), ((1.5708, 0.0, 0.4), 1.0)]
CHART = {"A": "PP", "B": "ih", "C": "E", "D": "aa", "E": "oh", "F": "ou", "G": "FF", "H": "nn", "X": "sil"}


def sets():
    """title -> shapes of a character under one convention's names."""
    sculpted = [standins.SCULPTED[name] for name in VISEMES]
    yield "oculus", dict(zip((f"char:{n}" for n in rigs.convention("oculus").names), sculpted, strict=True))
    yield "vrchat", dict(zip((f"{n}.001" for n in rigs.convention("vrchat").names), sculpted, strict=True))
    yield "miku", dict(zip("あいうお", (VOWELS[i] for i in (0, 1, 2, 4)), strict=True))
    for title, names in (("MTH", "AIUEO"), ("boca", "aiueo"), ("입", "아이우에오"), ("рот", "аиуэо")):
        yield title, {f"{title}_{n}": mix for n, mix in zip(names, VOWELS, strict=True)}
    yield "chart", {f"mouth_{letter}": standins.SCULPTED[name] for letter, name in CHART.items()}
    yield "blair", {f"m_{n}": standins.SCULPTED[v] for n, v in (("AI", "aa"), ("E", "E"), ("O", "oh"), ("U", "ou"),
                    ("L", "nn"), ("WQ", "ou"), ("MBP", "PP"), ("FV", "FF"), ("etc", "SS"), ("rest", "sil"))}  # fmt: skip
    yield "moves", {"Mouth Open": {"open": 1.0}, "Mouth Wide": {"wide": 1.0}, "Mouth Narrow": {"round": 1.0}}
    yield "unknown", {f"shape{i}": {move: 1.0} for i, move in enumerate(("round", "open", "wide", "bite"))}


def check_characters_of_every_naming_speak(tmp):
    for number, (title, shapes) in enumerate(sets()):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        ob = character({**DECOYS, **shapes}, *POSES[number % len(POSES)])
        try:
            bake(tmp)
            speaks(ob, 0.25)
        except (AssertionError, RuntimeError) as error:
            raise AssertionError(f"{title} {POSES[number % len(POSES)]}: {error}") from error


def check_how_a_character_stands_changes_nothing(tmp):
    said = set()
    for rotation, scale in POSES:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        ob = character({**DECOYS, "one": {"open": 1.0}, "two": {"round": 1.0}, "three": {"wide": 1.0}}, rotation, scale)
        rows = suggest.for_avatar(avatar.find(ob))[0].rows
        said.add(tuple(sorted((row.source, row.control.name, row.weight) for row in rows if row.source in VISEMES)))
    assert len(said) == 1 and next(iter(said)), said


def refused(tmp):
    try:
        bake(tmp)
    except RuntimeError as error:
        return str(error)
    raise AssertionError("it was performed")


def check_a_character_without_a_mouth_is_refused(tmp):
    character(DECOYS)
    assert "no mouth" in refused(tmp)
    assert not bpy.data.actions, "nothing may be baked"
    bpy.ops.wm.read_factory_settings(use_empty=True)
    character(
        {"あ": {"blink": 1.0}, "い": {"brow": 1.0}, "う": {"wink": 1.0}, "え": {"brow": 0.5}, "お": {"blink": 0.5}}
    )
    bake(tmp)
    assert "the names" in worker.last_message[1] and "believed" in worker.last_message[1], worker.last_message


def check_eyes_under_mouth_names_are_left_out(tmp):
    """A rig whose vowels are mouths, but whose closing shape shuts the eyes."""
    names = dict(zip("あいうえお", VOWELS, strict=True))
    ob = character({**names, "viseme_PP": {"blink": 1.0}})
    bake(tmp)
    speaks(ob)
    assert not any("blink" in row.target.casefold() for item in bpy.context.scene.lipwright.maps for row in item.rows)


def check_an_open_shape_for_a_closure_is_left_out_and_said(tmp):
    names = dict(zip(rigs.convention("oculus").names, (standins.SCULPTED[n] for n in VISEMES), strict=True))
    ob = character({**names, "viseme_PP": {"open": 0.8}})
    bake(tmp)
    speaks(ob)
    notes = rigging.entry(bpy.context.scene, ob).notes
    assert "viseme_PP" in notes and "left out" in notes, notes


def check_coverage_counts_what_is_seen(tmp):
    ob = character(
        {name: {"blink": 1.0} if name.startswith("eyeBlink") else {} for name in ARKIT} | {"jawOpen": {"open": 1.0}}
    )
    bpy.ops.lipwright.map()
    assert not rigging.entry(bpy.context.scene, ob).coverage.startswith("15 of 15")
