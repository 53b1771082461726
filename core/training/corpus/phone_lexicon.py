"""Write which words English phones form: `python core/training/corpus/phone_lexicon.py OUT.npz`.

The likeliest words of the language model that pocketsphinx carries (CMU, BSD), as its dictionary says them, in one
tree: nodes in order of depth, the children of a node side by side. Equal input gives equal bytes.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORDS = 20_000
OTHER_WAY = -1.0  # what a second pronunciation of a word costs
_NAMES = "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH"
PHONES = _NAMES.split()
BASE = 1e-4  # ln(1.0001), of pocketsphinx's logarithms


def words() -> dict[tuple[str, ...], float]:
    """Phones of every word that is kept -> the log-probability of the likeliest word that sounds so."""
    import pocketsphinx

    folder = Path(pocketsphinx.get_model_path()) / "en-us"
    said: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for row in (folder / "cmudict-en-us.dict").read_text(encoding="utf-8").splitlines():
        name, *phones = row.split()
        said[re.sub(r"\(\d+\)$", "", name)].append(tuple(phones))
    model = pocketsphinx.NGramModel.readfile(str(folder / "en-us.lm.bin"))
    likely = {word: model.prob([word]) * BASE for word in said}
    out: dict[tuple[str, ...], float] = {(phone,): -np.inf for phone in PHONES}  # every phone begins some branch
    for word in sorted(said, key=lambda word: (-likely[word], word))[:WORDS]:
        for place, phones in enumerate(said[word]):
            score = likely[word] + OTHER_WAY * (place > 0)
            out[phones] = max(out.get(phones, -np.inf), score)
    return out


def tree(said: dict[tuple[str, ...], float]) -> dict[str, NDArray[Any]]:
    """parent int32 (N,), phone uint8 (N,), end float16 (N,): log-probability of the word that ends here, or -inf."""
    level: list[tuple[str, ...]] = [()]
    number = {(): 0}
    parent, phone = [-1], [0]
    depth = 0
    while level:
        depth += 1
        below = sorted(
            {p[:depth] for p in said if len(p) >= depth}, key=lambda p: (number[p[:-1]], PHONES.index(p[-1]))
        )
        for prefix in below:
            number[prefix] = len(parent)
            parent.append(number[prefix[:-1]])
            phone.append(PHONES.index(prefix[-1]))
        level = below
    end = np.full(len(parent), -np.inf, np.float16)
    for phones, score in said.items():
        end[number[phones]] = score
    return {
        "phones": np.array(PHONES),
        "parent": np.array(parent, np.int32),
        "phone": np.array(phone, np.uint8),
        "end": end,
    }


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:  # np.savez would write the time of day
        for name, values in tree(words()).items():
            part = io.BytesIO()
            np.lib.format.write_array(part, values, allow_pickle=False)
            file.writestr(zipfile.ZipInfo(name + ".npy"), part.getvalue(), zipfile.ZIP_DEFLATED)
    Path(arguments[0]).write_bytes(out.getvalue())
    print(f"{arguments[0]}: {len(out.getvalue())} bytes, sha256 {hashlib.sha256(out.getvalue()).hexdigest()}")


if __name__ == "__main__":
    main(sys.argv[1:])
