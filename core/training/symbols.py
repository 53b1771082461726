"""The phones the model knows, and how the voices' own labels fold to them."""

from __future__ import annotations

import re

Span = tuple[float, float, str]
"""(start_s, end_s, symbol)"""


def _words(text: str) -> list[str]:
    return text.split()


# Order of the network's output. ZH is folded into SH; AO is kept apart from AA; BR is an audible breath.
SYMBOLS = _words(
    "SIL BR AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z"
)
INDEX = {symbol: k for k, symbol in enumerate(SYMBOLS)} | {"ZH": SYMBOLS.index("SH")}
VOWELS = frozenset(_words("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"))

_SILENCE = frozenset(["", "SIL", "SP", "PAU", "H#", "#", "_", "X", "BR", "BREATH"])
# Festival and flite names that are not among the 39.
_ARPA_EXTRA = {"AX": "AH", "IX": "IH", "AXR": "ER", "UX": "UW", "EL": "L", "EM": "M", "EN": "N", "DX": "D", "HV": "HH"}

# Nearest English phone of an IPA symbol, longest first; a symbol may expand to several, which share its time.
_IPA_ROWS = (
    "tʃ CH,dʒ JH,t͡ʃ CH,d͡ʒ JH,ʧ CH,ʤ JH,ts T S,dz D Z,pf P F,aɪ AY,aʊ AW,eɪ EY,oʊ OW,əʊ OW,ɔɪ OY,ɔʏ OY,"
    "ɔø OY,ɜɹ ER,əɹ ER,ɜ ER,ɝ ER,ɚ ER,i IY,ɪ IH,ᵻ IH,ɨ IH,e EH,ɛ EH,æ AE,a AA,ɑ AA,ɒ AA,ɔ AO,o OW,ʊ UH,"
    "u UW,ʉ UW,ʌ AH,ə AH,ɐ AH,ᵊ AH,ɘ AH,œ ER,ø ER,y UW,ʏ UH,ɯ UW,ɤ AH,p P,b B,ɓ B,t T,ʈ T,ɾ D,d D,ɖ D,k K,"
    "c K,g G,ɡ G,ɟ G,m M,ɱ M,n N,ɲ N,ɳ N,ŋ NG,ɴ NG,f F,ɸ F,v V,ʋ V,β V,θ TH,ð DH,s S,z Z,ʃ SH,ɕ SH,ʂ SH,"
    "ʒ SH,ʑ SH,ʐ SH,h HH,ɦ HH,x HH,χ HH,ç HH,ɹ R,r R,ɻ R,ʁ R,ʀ R,ɽ R,ɣ G,j Y,w W,ʍ W,ɥ W,l L,ɫ L,ɭ L,ʎ L"
)
_IPA = sorted((tuple(row.split(" ", 1)) for row in _IPA_ROWS.split(",")), key=lambda row: -len(row[0]))


def phones_of_ipa(symbol: str) -> list[str]:
    """One IPA symbol or a short string -> phones; marks that are no phones are skipped."""
    text, out, at = symbol.replace("\u0361", ""), [], 0
    while at < len(text):
        found = next(((key, phones) for key, phones in _IPA if text.startswith(key, at)), None)
        if found:
            out += found[1].split()
        at += len(found[0]) if found else 1
    return out


def phones_of_arpabet(symbol: str) -> list[str]:
    """One ARPABET label of any flavour -> one phone, or none for silence and what is unknown."""
    upper = re.sub(r"\d+$", "", symbol.strip().upper())
    if upper in _SILENCE:
        return []
    phone = _ARPA_EXTRA.get(upper, upper)
    return [phone] if phone in INDEX else []


def folded(segments: list[Span], *, ipa: bool) -> list[Span]:
    """Labels of a voice -> phones in time order, silence left out."""
    out = []
    for start, end, label in sorted(segments):
        phones = phones_of_ipa(label) if ipa else phones_of_arpabet(label)
        step = (end - start) / max(1, len(phones))
        out += [(start + k * step, start + (k + 1) * step, phone) for k, phone in enumerate(phones) if step > 0]
    return out
