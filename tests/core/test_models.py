"""Weights are what their row says, or they are not loaded."""

from dataclasses import replace
from pathlib import Path

import pytest

from lipwright import models
from lipwright.errors import EngineUnavailable, ModelError


def test_every_shipped_model_matches_its_row() -> None:
    shipped = [row for row in models.models().values() if row.ships]
    assert shipped
    for row in shipped:
        assert models.read(row.name)
        assert row.licence and row.author and row.source


def test_an_altered_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ctc.onnx").write_bytes(models.read("ctc")[:-1] + b"!")
    monkeypatch.setattr(models, "DATA", tmp_path)
    with pytest.raises(ModelError, match="altered"):
        models.session("ctc")


def test_a_missing_model_names_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = replace(models.models()["vad"], name="far", ships=False, cure="run `lipwright models install far`")
    monkeypatch.setattr(models, "models", lambda: {"far": row})
    monkeypatch.setenv("LIPWRIGHT_HOME", str(tmp_path))
    assert models.path_of("far") == tmp_path / "models" / "vad.onnx"
    with pytest.raises(EngineUnavailable, match="models install far"):
        models.read("far")


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="x"):
        models.open_session(tmp_path / "x.onnx", "x")
