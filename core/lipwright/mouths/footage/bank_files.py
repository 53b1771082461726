"""Saved banks: a folder a performer in the user's data folder, with the consent under which their face is kept."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from lipwright.errors import DocumentError, OptionError, OutputError
from lipwright.files import beside, write_beside
from lipwright.mouths.face.warp import Picture, Shape
from lipwright.mouths.footage.bank import Bank
from lipwright.user_folder import OWNER_FILE, OWNER_FOLDER, private_folder, settled

SCHEMA = "lipwright.bank/1"
_NAME = re.compile(r"[\w][\w .-]{0,63}")
_ARRAYS = ("reference", "iod", "lips", "pose", "light", "sharpness", "follows", "source", "time_s", "chin")


@dataclass(frozen=True, slots=True)
class BankCard:
    """What a saved bank says about itself."""

    name: str
    consent: str
    sources: tuple[str, ...]
    mouths: int
    created: str
    bytes: int


def banks_folder() -> Path:
    """Where banks are kept; those of earlier versions are moved there, or found where they lie."""
    return settled("banks")[0]


def save_bank(name: str, bank: Bank, consent: str, created: str) -> BankCard:
    """Keep a bank under a name, in place of one of that name."""
    folder = banks_folder() / _checked(name)
    if not consent.strip():
        raise OptionError(
            'a bank keeps a person\'s face; say under which consent, as in --consent "Jo Doe, signed release of 3 May"'
        )
    try:
        private_folder(folder.parent)
        working = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise OutputError(
            f"cannot write {str(folder)!r} ({error.strerror}); set LIPWRIGHT_HOME to another folder"
        ) from error
    try:
        _write(working, name, bank, consent.strip(), created)
        if folder.exists():
            shutil.rmtree(folder)
        working.chmod(OWNER_FOLDER)
        working.replace(folder)
    finally:
        shutil.rmtree(working, ignore_errors=True)
    return bank_card(name)


def _write(folder: Path, name: str, bank: Bank, consent: str, created: str) -> None:
    packed = [_png(picture) for picture in bank.pictures]
    ends = np.cumsum([len(data) for data in packed], dtype=np.int64)
    arrays: dict[str, Any] = {n: getattr(bank, n) for n in _ARRAYS}
    if bank.looks is not None:
        arrays["looks"] = bank.looks
    with beside(folder / "mouths.npz", mode=OWNER_FILE) as temporary:
        np.savez(
            temporary,
            pictures=np.frombuffer(b"".join(packed), np.uint8),
            ends=ends,
            shape_lips=np.array([s.lips for s in bank.shapes]),
            shape_anchors=np.array([s.anchors for s in bank.shapes]),
            **arrays,
        )
    card = {
        "schema": SCHEMA,
        "name": name,
        "consent": consent,
        "created": created,
        "mouths": len(bank),
        "sources": list(bank.sources),
    }
    text = json.dumps(card, sort_keys=True, indent=1) + "\n"
    write_beside(folder / "bank.json", text.encode(), mode=OWNER_FILE)


def _png(picture: Picture) -> bytes:
    ok, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 4])
    if not ok:
        raise OutputError(f"cannot encode a picture of {picture.shape} as PNG; report this with the clip's size")
    return bytes(data.tobytes())


def bank_card(name: str) -> BankCard:
    """What a saved bank says about itself."""
    path = _folder(name) / "bank.json"
    try:
        card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if card.get("schema") != SCHEMA:
            raise DocumentError(f"bank {name!r} has schema {card.get('schema')!r}, not {SCHEMA}; update lipwright")
        size = sum(f.stat().st_size for f in path.parent.iterdir())
        sources = tuple(str(s) for s in card["sources"])
        return BankCard(name, str(card["consent"]), sources, int(card["mouths"]), str(card["created"]), size)
    except FileNotFoundError:
        known = ", ".join(bank_names()) or "none yet"
        raise OptionError(f"there is no bank {name!r} (banks: {known}); make it with lipwright bank add") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(f"bank {name!r} is damaged ({error}); remove it and add its clips again") from error


def load_bank(name: str) -> Bank:
    """The mouths of a saved bank."""
    card = bank_card(name)
    try:
        with np.load(bank_file(name), allow_pickle=False) as data:
            pictures = _pictures(data["pictures"], data["ends"])
            shapes = tuple(Shape(a, b) for a, b in zip(data["shape_lips"], data["shape_anchors"], strict=True))
            arrays = {n: data[n] for n in _ARRAYS}
            looks = data.get("looks")  # banks of earlier versions have none
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise DocumentError(f"bank {name!r} is damaged ({error}); remove it and add its clips again") from error
    if not len(pictures) == len(shapes) == card.mouths:
        raise DocumentError(f"bank {name!r} is damaged (mouths are missing); remove it and add its clips again")
    return Bank(pictures=pictures, shapes=shapes, sources=card.sources, looks=looks, **arrays)


def _pictures(packed: Any, ends: Any) -> tuple[Picture, ...]:
    out = []
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        picture = cv2.imdecode(packed[start:end], cv2.IMREAD_UNCHANGED)
        if picture is None or picture.ndim != 3:
            raise ValueError("a picture cannot be read")
        out.append(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)))
    return tuple(out)


def bank_file(name: str) -> Path:
    """Where the mouths of a bank lie, whether it exists or not."""
    return _folder(name) / "mouths.npz"


def bank_names() -> list[str]:
    """The names of all saved banks."""
    return sorted({f.parent.name for place in settled("banks") for f in place.glob("[!.]*/bank.json")})


def remove_bank(name: str) -> None:
    """Delete a saved bank and every picture in it, wherever one of that name lies."""
    bank_card(name)
    for place in settled("banks"):
        if (place / name).is_dir():
            shutil.rmtree(place / name)


def _folder(name: str) -> Path:
    """Where the bank lies, else where it would."""
    now, *earlier = (place / _checked(name) for place in settled("banks"))
    return next((folder for folder in (now, *earlier) if (folder / "bank.json").is_file()), now)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or name.endswith((".", " ")):
        raise OptionError(f"bank name {name!r} is not usable as a folder name; use letters, digits, - and _")
    return name
