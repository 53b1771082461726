"""Write how English phones follow each other: `python core/training/phone_trigram.py OUT.npz`.

The probabilities are those of the phone model that pocketsphinx carries (CMU, BSD): log-probability of every phone
after every two, SIL for a pause, as float16. Equal input gives equal bytes.
"""

from __future__ import annotations

import hashlib
import io
import math
import sys
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_NAMES = "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH SIL"
PHONES = _NAMES.split()
BASE = math.log(1.0001)  # of pocketsphinx's logarithms


def table() -> NDArray[np.float16]:
    """float16 (40, 40, 40): [a, b, c] is the log-probability of c after a, b."""
    import pocketsphinx

    path = Path(pocketsphinx.get_model_path()) / "en-us" / "en-us-phone.lm.bin"
    model = pocketsphinx.NGramModel.readfile(str(path))
    rows = [[[model.prob([c, b, a]) * BASE for c in PHONES] for b in PHONES] for a in PHONES]
    return np.array(rows, np.float16)


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:  # np.savez would write the time of day
        for name, values in (("phones", np.array(PHONES)), ("log", table())):
            part = io.BytesIO()
            np.lib.format.write_array(part, values, allow_pickle=False)
            file.writestr(zipfile.ZipInfo(name + ".npy"), part.getvalue(), zipfile.ZIP_DEFLATED)
    Path(arguments[0]).write_bytes(out.getvalue())
    print(f"{arguments[0]}: {len(out.getvalue())} bytes, sha256 {hashlib.sha256(out.getvalue()).hexdigest()}")


if __name__ == "__main__":
    main(sys.argv[1:])
