"""Documents go through OTIO and back byte for byte; moved markers come back as corrections; versions up and down."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest
from tests.otio.edits import clip, edit, spanning

from lipwright import document
from lipwright.corrections import corrected
from lipwright.types import Direction, Performance, PhonemeSpan, Provenance, SoundSpan, Track, VocalInfo, WordSpan
from otio_lipwright.adapters.cues import cues_from_curves, curves_from_cues


def performance() -> Performance:
    return Performance(
        vocal=VocalInfo("line.wav", "ab" * 32, 2.5, 44_100, 2),
        direction=Direction(emotion="happy", seed=7),
        provenance=Provenance("0.1.0", {"align": "ctc"}),
        lyrics="Bring “ママ” home",
        words=(WordSpan(0.1, 0.4003, "Bring", 0.9), WordSpan(0.45, 0.8, "ママ"), WordSpan(0.85, 1.2, "home")),
        phonemes=(PhonemeSpan(0.1, 0.2, "B", 1.0, 1, 0), PhonemeSpan(0.2, 0.3301, "R")),
        sounds=(SoundSpan(1.3, 1.6, "breath"), SoundSpan(1.6, 2.5, "silence")),
        visemes=(
            Track("PP", (0.0, 0.1, 0.2, 0.3), (0.0, 1.0, 0.0, 0.0)),
            Track("sil", (0.0, 0.1, 0.2, 0.3), (1.0, 0.0, 0.0, 0.9)),
            Track("aa", (0.0, 0.1, 0.2, 0.3), (0.0, 0.0, 0.8, 0.1)),
        ),
    )


def through_otio(text: str, **options: Any) -> Any:
    return otio.adapters.read_from_string(text, "lipwright", **options)


def test_a_document_survives_memory_and_disk_both_ways(tmp_path: Path) -> None:
    text = document.dumps(performance())
    path = tmp_path / "line.lipwright"
    path.write_text(text, encoding="utf-8")
    timeline = otio.adapters.read_from_file(str(path))
    again = tmp_path / "again.lipwright"
    otio.adapters.write_to_file(timeline, str(again))
    assert again.read_text(encoding="utf-8") == text
    as_json = otio.adapters.read_from_string(otio.adapters.write_to_string(timeline, "otio_json"), "otio_json")
    assert otio.adapters.write_to_string(as_json, "lipwright") == text
    assert through_otio(text).is_equivalent_to(timeline)


def test_markers_carry_words_phonemes_visemes_and_breaths_with_their_ranges() -> None:
    timeline = through_otio(document.dumps(performance()))
    item = timeline.find_clips()[0]
    assert item.media_reference.target_url == "line.wav"
    found = [
        (m.name, m.marked_range.start_time.to_seconds(), m.marked_range.duration.to_seconds()) for m in item.markers
    ]
    assert ("Bring", 0.1, 0.3003) in found
    assert ("ママ", 0.45, 0.35) in found
    assert ("R", 0.2, 0.1301) in found
    assert ("breath", 1.3, 0.3) in found
    assert ("PP", 0.1, 0.1) in found
    assert "silence" not in [name for name, _, _ in found]
    few = through_otio(document.dumps(performance()), markers="words", rate=25.0).find_clips()[0]
    assert [m.name for m in few.markers] == ["Bring", "ママ", "home"]
    assert few.markers[0].marked_range.start_time.rate == 25.0


def test_a_marker_moved_in_an_editor_is_a_correction() -> None:
    timeline = through_otio(document.dumps(performance()))
    item = timeline.find_clips()[0]
    item.markers[0].marked_range = spanning(1100, 2900, 10_000)
    item.markers[2].name = "hooome"
    del item.markers[1]  # dropped by some format: says nothing
    back = document.loads(otio.adapters.write_to_string(timeline, "lipwright"))
    assert [(w.text, w.start_s, w.end_s) for w in corrected(back).words] == [
        ("Bring", 0.11, 0.4),
        ("ママ", 0.45, 0.8),
        ("hooome", 0.85, 1.2),
    ]
    assert back.words == performance().words  # what was computed stays
    again = otio.adapters.write_to_string(through_otio(document.dumps(back)), "lipwright")
    assert again == document.dumps(back)


def test_a_timeline_without_a_performance_says_so() -> None:
    with pytest.raises(ValueError, match="holds no performance"):
        otio.adapters.write_to_string(edit([clip("a", "a.mov", 0, 5, 24)], []), "lipwright")


def test_typed_objects_go_down_a_version_and_come_back_with_their_values() -> None:
    timeline = through_otio(document.dumps(performance()))
    schemas = otio.schema.schemadef.module_from_name("lipwright_schemas")
    timeline.metadata["ref"] = schemas.PerformanceReference("n", "p.lipwright", "cd" * 32, "line.wav", 1.5, 3.25)
    older = {"VisemeTrack": 1, "PerformanceReference": 1}
    body = json.loads(otio.adapters.write_to_string(timeline, "otio_json", target_schema_versions=older))
    visemes = body["tracks"]["children"][0]["children"][0]["metadata"]["lipwright_visemes"]
    assert visemes["OTIO_SCHEMA"] == "VisemeTrack.1"
    assert visemes["cues"] == [[0.0, "sil", 1.0], [0.1, "PP", 1.0], [0.2, "aa", 0.8], [0.3, "sil", 0.9]]
    assert "curves" not in visemes
    assert body["metadata"]["ref"]["OTIO_SCHEMA"] == "PerformanceReference.1"
    assert "start_s" not in body["metadata"]["ref"]
    back = otio.adapters.read_from_string(json.dumps(body), "otio_json")
    ref = back.metadata["ref"]
    assert (ref.target_url, ref.sha256, ref.vocal, ref.start_s, ref.end_s) == (
        "p.lipwright",
        "cd" * 32,
        "line.wav",
        1.5,
        3.25,
    )
    track = back.find_clips()[0].metadata["lipwright_visemes"]
    assert cues_from_curves({k: [list(t), list(v)] for k, (t, v) in track.curves.items()}) == visemes["cues"]


def test_the_version_family_is_known_to_otio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTIO_DEFAULT_TARGET_VERSION_FAMILY_LABEL", "LIPWRIGHT:1")
    text = otio.adapters.write_to_string(through_otio(document.dumps(performance())), "otio_json")
    assert '"VisemeTrack.1"' in text


def test_cues_make_curves_that_make_the_same_cues() -> None:
    cues = [[0.0, "sil", 1.0], [0.5, "aa", 0.7], [0.9, "PP", 1.0], [1.1, "aa", 0.4]]
    assert cues_from_curves(curves_from_cues(cues)) == cues


def test_the_plain_metadata_is_readable_without_the_plugin(tmp_path: Path) -> None:
    """In an OTIO that does not load entry points, words and visemes are plain lists and the rest survives."""
    path = tmp_path / "line.otio"
    otio.adapters.write_to_file(through_otio(document.dumps(performance())), str(path))
    code = (
        "import opentimelineio as otio, sys\n"
        "t = otio.adapters.read_from_file(sys.argv[1])\n"
        "c = t.find_clips()[0]\n"
        "assert 'lipwright' not in otio.adapters.available_adapter_names()\n"
        "assert c.metadata['lipwright_visemes'].is_unknown_schema\n"
        "assert c.metadata['lipwright']['words'][0]['text'] == 'Bring'\n"
        "assert len(c.metadata['lipwright']['visemes']) == 3\n"
        "otio.adapters.write_to_file(t, sys.argv[1])\n"
    )
    env = {**os.environ, "OTIO_DISABLE_ENTRYPOINTS_PLUGINS": "1"}
    subprocess.run([sys.executable, "-c", code, str(path)], check=True, env=env)
    back = otio.adapters.read_from_file(str(path))
    assert otio.adapters.write_to_string(back, "lipwright") == document.dumps(performance())


def test_listing_plugins_imports_nothing_heavy() -> None:
    code = (
        "import sys, opentimelineio as otio\n"
        "before = set(sys.modules)\n"
        "for a in otio.plugins.ActiveManifest().adapters:\n"
        "    if a.name.startswith('lipwright'): a.module()\n"
        "heavy = {'numpy', 'onnxruntime', 'av', 'cv2', 'librosa', 'soxr', 'rich', 'pocketsphinx', 'torch'}\n"
        "print(*(heavy & set(sys.modules) - before), len(set(sys.modules) - before))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert len(out) == 1, out
    assert int(out[0]) < 40


def test_otio_found_us_by_entry_point_and_loads_our_file() -> None:
    plugin = otio.plugins.ActiveManifest().from_name("lipwright", "adapters")
    import otio_lipwright.adapters.adapter_performance as ours

    assert Path(plugin.module_abs_path()).samefile(Path(ours.__file__))
