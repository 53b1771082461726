"""Builds the English tables that ship in lipwright/data/english: letters to sounds, and stress.

    python core/training/corpus/english_words.py [--held-out]

Needs pocketsphinx (its dictionary, CMU, BSD) and hibari-tts (misaki's American lexicons, Apache-2.0; read for stress
only). Letters and phones are aligned by EM into small joint units, of which a 6-gram model with Kneser-Ney smoothing
is estimated (Bisani and Ney, Joint-sequence models for grapheme-to-phoneme conversion, Speech Communication 2008).
With --held-out a tenth of the words is kept back and scored, and nothing is written.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import hashlib
import importlib.resources
import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lipwright.lyrics.english import stress_by_rule, stress_keys
from lipwright.lyrics.g2p import LetterToSound

OUT = Path(__file__).parents[2] / "lipwright" / "data" / "english"
VOWELS = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"}
ORDER = 6
LEAST = {1: 0, 2: 0, 3: 0, 4: 1, 5: 1, 6: 1}  # n-grams seen this often or less are left out
SHAPES = ((1, 0), (1, 1), (1, 2), (2, 1))  # letters, phones of one unit
END = 0
MISAKI_VOWELS = {"A": "EY", "I": "AY", "W": "AW", "O": "OW", "Y": "OY"} | dict.fromkeys("iuɑɔɛæʌəᵊᵻɪʊɜɐ", "V")


def dictionary() -> dict[str, list[tuple[str, ...]]]:
    """word -> pronunciations without stress, from the dictionary that pocketsphinx carries."""
    import pocketsphinx

    words: dict[str, list[tuple[str, ...]]] = {}
    for row in (Path(pocketsphinx.get_model_path()) / "en-us" / "cmudict-en-us.dict").read_text("utf-8").splitlines():
        name, *phones = row.split()
        words.setdefault(re.sub(r"\(\d+\)$", "", name), []).append(tuple(phones))
    return words


def lexicon_stress() -> dict[str, list[str]]:
    """word -> stress patterns ("102") of misaki's American lexicons."""
    found: dict[str, list[str]] = {}
    for part in ("silver", "gold"):
        data = importlib.resources.files("hibari").joinpath(f"assets/lexicon_us_{part}.json.gz").read_bytes()
        for word, said in json.loads(gzip.decompress(data)).items():
            for one in said.values() if isinstance(said, dict) else [said]:
                if one:
                    found.setdefault(word.lower(), []).insert(0, _pattern(one))
    return found


def _pattern(said: str) -> str:
    out, mark = "", "0"
    for symbol in said:
        if symbol in "ˈˌ":
            mark = "1" if symbol == "ˈ" else "2"
        elif symbol in MISAKI_VOWELS:
            out, mark = out + mark, "0"
    return out


Stressed = tuple[str, tuple[str, ...], str]


def stressed_words(words: dict[str, list[tuple[str, ...]]]) -> list[Stressed]:
    """(word, phones, pattern) of every pronunciation whose stress the lexicons know."""
    known = lexicon_stress()
    out = []
    for word, said in sorted(words.items()):
        counts = set()
        for phones in said:
            count = sum(p in VOWELS for p in phones)
            pattern = next((p for p in known.get(word, ()) if len(p) == count and "1" in p), None)
            if pattern is not None and count not in counts:
                counts.add(count)
                out.append((word, phones, pattern))
    return out


def stress_rules(data: list[Stressed], least: int = 4) -> dict[str, str]:
    """The commonest pattern of each key that `least` words share."""
    found: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    for word, phones, pattern in data:
        if len(pattern) > 1:
            for key in stress_keys(word, phones):
                tail = pattern[-3:] if key[0] == "-" else pattern
                if "1" in tail:
                    found[key][tail] += 1
    return {
        key: max(sorted(counts), key=lambda p: counts[p])
        for key, counts in sorted(found.items())
        if sum(counts.values()) >= least
    }


def score_stress(data: list[Stressed], kept: set[str]) -> None:
    rules = stress_rules([row for row in data if row[0] not in kept])
    rows = [(p, stress_by_rule(w, said, rules)) for w, said, p in data if w in kept and len(p) > 1]
    exact = sum(a == b for a, b in rows) / len(rows)
    main = sum(a.index("1") == b.index("1") for a, b in rows) / len(rows)
    print(f"stress of {len(rows)} held-out words: exact {exact:.3f}, main syllable {main:.3f}")


def stress_rows(words: dict[str, list[tuple[str, ...]]]) -> list[str]:
    """The rules, and the words that they get wrong."""
    data = stressed_words(words)
    rules = stress_rules(data)
    wrong = [f"{word} {pattern}" for word, said, pattern in data if stress_by_rule(word, said, rules) != pattern]
    print(
        f"stress known for {len(data)} of {sum(map(len, words.values()))}; {len(rules)} rules, {len(wrong)} exceptions"
    )
    return [f"*{key} {pattern}" for key, pattern in rules.items()] + wrong


# --- aligning letters with phones -----------------------------------------------------------------------------------


def align(pairs: list[tuple[str, tuple[str, ...]]], rounds: int = 5) -> list[list[tuple[str, tuple[str, ...]]]]:
    """The likeliest cut of each pair into units."""
    weight: dict[tuple[str, tuple[str, ...]], float] = collections.defaultdict(lambda: 1.0)
    sample = pairs[:: max(1, len(pairs) // 30_000)]
    for step in range(rounds):
        counts: dict[tuple[str, tuple[str, ...]], float] = collections.defaultdict(float)
        for letters, phones in sample:
            _expect(letters, phones, weight, counts)
        total = sum(counts.values())
        weight = collections.defaultdict(float, {unit: count / total for unit, count in counts.items()})
        print(f"  EM {step + 1}: {len(weight)} units", flush=True)
    return [cut for cut in (_best(letters, phones, weight) for letters, phones in pairs) if cut]


def _expect(letters: str, phones: tuple[str, ...], weight: dict, counts: dict) -> None:
    n, m = len(letters), len(phones)
    ahead = [[0.0] * (m + 1) for _ in range(n + 1)]
    ahead[0][0] = 1.0
    arcs = []
    for i in range(n + 1):
        for j in range(m + 1):
            here = ahead[i][j]
            if here == 0.0:
                continue
            for a, b in SHAPES:
                if i + a <= n and j + b <= m:
                    unit = (letters[i : i + a], phones[j : j + b])
                    w = weight[unit]
                    if w > 0.0:
                        arcs.append((i, j, i + a, j + b, unit, w))
                        ahead[i + a][j + b] += here * w
    if ahead[n][m] <= 0.0:
        return
    behind = [[0.0] * (m + 1) for _ in range(n + 1)]
    behind[n][m] = 1.0
    for i, j, x, y, _unit, w in reversed(arcs):
        behind[i][j] += w * behind[x][y]
    for i, j, x, y, unit, w in arcs:
        share = ahead[i][j] * w * behind[x][y] / ahead[n][m]
        if share > 0.0:
            counts[unit] += share


def _best(letters: str, phones: tuple[str, ...], weight: dict) -> list[tuple[str, tuple[str, ...]]] | None:
    n, m = len(letters), len(phones)
    score = {(0, 0): (0.0, None, None)}
    for i in range(n + 1):
        for j in range(m + 1):
            if (i, j) not in score:
                continue
            here = score[i, j][0]
            for a, b in SHAPES:
                if i + a <= n and j + b <= m:
                    unit = (letters[i : i + a], phones[j : j + b])
                    w = weight.get(unit, 0.0)
                    if w > 1e-9:
                        total = here + math.log(w)
                        if (i + a, j + b) not in score or total > score[i + a, j + b][0]:
                            score[i + a, j + b] = (total, (i, j), unit)
    if (n, m) not in score:
        return None
    out, at = [], (n, m)
    while at != (0, 0):
        _, before, unit = score[at]
        out.append(unit)
        at = before
    return out[::-1]


# --- the model ------------------------------------------------------------------------------------------------------


def estimate(cuts: list[list[tuple[str, tuple[str, ...]]]]) -> dict[str, np.ndarray]:
    """Interpolated Kneser-Ney 6-gram as back-off arrays, in the layout that lipwright.lyrics.g2p reads."""
    seen = collections.Counter(unit for cut in cuts for unit in cut)
    units = [unit for unit, count in seen.most_common(1022) if count >= 3]
    number = {unit: k + 1 for k, unit in enumerate(units)}
    rows = [[number[u] for u in cut] + [END] for cut in cuts if all(u in number for u in cut)]
    print(f"{len(units)} units, {len(rows)} words")
    counts = [collections.Counter() for _ in range(ORDER + 1)]
    for row in rows:
        padded = [END] + row
        for end in range(1, len(padded)):
            for order in range(1, ORDER + 1):
                if end - order + 1 >= 0:
                    counts[order][tuple(padded[end - order + 1 : end + 1])] += 1
    for order in range(ORDER - 1, 0, -1):  # lower orders count distinct words before, except after the start
        kinds = collections.Counter()
        for gram in counts[order + 1]:
            kinds[gram[1:]] += 1
        counts[order] = collections.Counter(
            {
                g: (counts[order][g] if g[0] == END and order > 1 else kinds[g] or counts[order][g])
                for g in counts[order]
            }
        )
    return _backoff(counts, units)


def _backoff(counts: list[collections.Counter], units: list) -> dict[str, np.ndarray]:
    prob: dict[tuple[int, ...], float] = {}
    arrays: dict[str, np.ndarray] = {"units": np.array([f"{a} {' '.join(b)}".strip() for a, b in units])}
    total = sum(counts[1].values())
    prob = {g: c / total for g, c in counts[1].items()}
    bow: dict[tuple[int, ...], float] = {}
    kept: list[dict[tuple[int, ...], float]] = [{}, dict(prob)]
    for order in range(2, ORDER + 1):
        found = counts[order]
        ones, twos = sum(c == 1 for c in found.values()), sum(c == 2 for c in found.values())
        discount = ones / (ones + 2 * twos)
        sums, kinds = collections.Counter(), collections.Counter()
        for gram, c in found.items():
            sums[gram[:-1]] += c
            kinds[gram[:-1]] += 1
        level = {}
        for gram, c in found.items():
            context = gram[:-1]
            level[gram] = (c - discount) / sums[context] + discount * kinds[context] / sums[context] * _p(
                gram[1:], kept, bow
            )
        level = {g: p for g, p in level.items() if found[g] > LEAST[order]}
        mass, lower = collections.defaultdict(float), collections.defaultdict(float)
        for gram, p in level.items():
            mass[gram[:-1]] += p
            lower[gram[:-1]] += _p(gram[1:], kept, bow)
        for context in mass:
            bow[context] = max(1e-4, 1.0 - mass[context]) / max(1e-4, 1.0 - lower[context])
        kept.append(level)
    for order in range(1, ORDER + 1):
        grams = sorted(kept[order], key=pack)
        arrays[f"keys{order}"] = np.diff(np.array([pack(g) for g in grams], np.uint64), prepend=np.uint64(0))
        arrays[f"prob{order}"] = _quantised([math.log(kept[order][g]) for g in grams])
        arrays[f"bow{order}"] = _quantised([math.log(bow.get(g, 1.0)) for g in grams])
        print(f"  {order}-grams: {len(grams)}")
    return arrays


def _p(gram: tuple[int, ...], kept: list, bow: dict) -> float:
    scale = 1.0
    while len(gram) > 1:
        p = kept[len(gram)].get(gram) if len(gram) < len(kept) else None
        if p is not None:
            return scale * p
        scale *= bow.get(gram[:-1], 1.0)
        gram = gram[1:]
    return scale * kept[1].get(gram, 1e-7)


def pack(gram: tuple[int, ...]) -> int:
    key = 0
    for unit in gram:
        key = key << 10 | unit
    return key


def _quantised(logs: list[float]) -> np.ndarray:
    """Sixteenths of a nat, int8 around -7."""
    return np.clip(np.round((np.array(logs) + 7.0) * 16), -127, 127).astype(np.int8)


# --- scoring --------------------------------------------------------------------------------------------------------


def distance(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def score(words: dict[str, list[tuple[str, ...]]], say: Callable[[str], tuple[str, ...]]) -> tuple[float, float]:
    """(phone error, word error) against the nearest listed pronunciation."""
    wrong = phones = bad = 0
    for word, said in words.items():
        got = say(word)
        errors, length = min((distance(got, one), len(one)) for one in said)
        wrong, phones, bad = wrong + errors, phones + length, bad + (errors > 0)
    return wrong / phones, bad / len(words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held-out", action="store_true", help="score on a tenth of the words; write nothing")
    args = parser.parse_args()
    words = {w: s for w, s in dictionary().items() if re.fullmatch(r"[a-z']*[a-z][a-z']*", w)}
    kept = {w for w in words if hashlib.md5(w.encode()).digest()[0] % 10 == 0} if args.held_out else set()
    if args.held_out:
        score_stress(stressed_words(words), kept)
    pairs = [
        (w, p) for w, said in words.items() if w not in kept for p in said if 0.4 * len(w) <= len(p) <= 1.6 * len(w)
    ]
    arrays = estimate(align(pairs))
    if args.held_out:
        model = LetterToSound(arrays)
        phone, word = score({w: words[w] for w in sorted(kept)}, lambda w: model.best(w)[0])
        print(f"phone error {phone:.4f}, word error {word:.4f}")
        return
    OUT.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(OUT / "letters.npz", **arrays)
    rows = "\n".join(stress_rows(dictionary())) + "\n"
    with (OUT / "stress.txt.gz").open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as out:
        out.write(rows.encode())
    for path in sorted(OUT.iterdir()):
        print(path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
