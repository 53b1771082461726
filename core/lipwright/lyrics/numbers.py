"""English words for figures: "1999", "5th", "$3.50", "7:30", "24/7", "90s"."""

from __future__ import annotations

import re

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_MONEY = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen"}
_LONGEST = 15  # digits; longer ones are read one by one


def readings(token: str) -> list[str]:
    """The ways `token` is said, likeliest first, as words with spaces; [] when it holds no figures."""
    body = token.strip(".,!?;:'\"")
    if not re.search(r"\d", body):
        return []
    for pattern, read in _FORMS:
        found = re.fullmatch(pattern, body)
        if found:
            return list(dict.fromkeys(read(*found.groups())))
    return []


def cardinal(number: int) -> str:
    """1234 -> "one thousand two hundred thirty four"."""
    if number < 20:
        return _ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f" {_ONES[ones]}" if ones else "")
    for scale, name in _SCALES:
        if number >= scale:
            many, rest = divmod(number, scale)
            return f"{cardinal(many)} {name}" + (f" {cardinal(rest)}" if rest else "")
    raise AssertionError(number)


def ordinal(number: int) -> str:
    """21 -> "twenty first"."""
    *before, last = cardinal(number).split()
    last = _ORDINALS.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return " ".join((*before, last))


def digits(text: str) -> str:
    """Figures one by one."""
    return " ".join(_ONES[int(c)] for c in text if c in "0123456789")


def _whole(text: str) -> list[str]:
    plain = text.replace(",", "")
    if len(plain) > _LONGEST or (len(plain) > 1 and plain[0] == "0"):
        return [digits(plain), digits(plain).replace("zero", "oh")]
    number = int(plain)
    out = [cardinal(number)]
    if "," not in text and len(plain) == 4 and number % 1000 >= 100 and 1100 <= number <= 2099:
        out.insert(0, _year(number))
    elif "," not in text and 2010 <= number <= 2099:
        out.insert(0, f"twenty {cardinal(number % 100)}")
    if 100 <= number < 1000 and "," not in text:
        rest = number % 100
        tail = f"oh {_ONES[rest]}" if 0 < rest < 10 else cardinal(rest) if rest else "hundred"
        out.append(f"{_ONES[number // 100]} {tail}")
        if rest:
            out.append(f"{_ONES[number // 100]} hundred and {cardinal(rest)}")
    if 2 <= len(plain) <= 7:
        out.append(digits(plain))
    return out


def _year(number: int) -> str:
    high, low = divmod(number, 100)
    tail = "hundred" if low == 0 else f"oh {_ONES[low]}" if low < 10 else cardinal(low)
    return f"{cardinal(high)} {tail}"


def _decimal(whole: str, part: str) -> list[str]:
    first = _whole(whole)[0] if whole else "zero"
    return [f"{first} point {digits(part)}", *([f"point {digits(part)}"] if whole in ("", "0") else [])]


def _money(sign: str, whole: str, part: str | None) -> list[str]:
    name = _MONEY[sign]
    amount = _whole(whole)
    plural = "" if whole == "1" or name == "yen" else "s"
    if part:
        return [
            f"{amount[-1]} {name}{plural} and {cardinal(int(part[:2]))} cents",
            f"{amount[0]} {cardinal(int(part[:2]))}",
        ]
    return [f"{one} {name}{plural}" for one in amount[:2]]


def _clock(hour: str, minute: str) -> list[str]:
    low = int(minute)
    tail = "o'clock" if low == 0 else f"oh {_ONES[low]}" if low < 10 else cardinal(low)
    return [f"{cardinal(int(hour))} {tail}", *([cardinal(int(hour))] if low == 0 else [])]


def _decade(mark: str, text: str) -> list[str]:
    del mark
    number = int(text)
    words = (_year(number) if 1100 <= number <= 1999 else cardinal(number)).split()
    last = words[-1]
    words[-1] = last[:-1] + "ies" if last.endswith("y") else last + ("es" if last.endswith("x") else "s")
    return [" ".join(words)]


def _fraction(top: str, bottom: str) -> list[str]:
    upper, lower = int(top), int(bottom)
    named = {2: "half", 4: "quarter"}.get(lower) or (ordinal(lower) if 0 < lower < 100 else cardinal(lower))
    plural = named if upper == 1 else ("halves" if named == "half" else named + "s")
    both = f"{cardinal(upper)} {cardinal(lower)}"
    said = f"{cardinal(upper)} {plural}"
    return [both, said] if lower == 7 or upper > lower else [said, both, *([f"a {named}"] if upper == 1 else [])]


def _mixed(head: str, number: str, tail: str) -> list[str]:
    """ "U2", "4ever", "K9": letters stay letters, figures are read."""
    return [" ".join(p for p in (head, said, tail) if p) for said in _whole(number)[:2]]


_FORMS = (
    (r"(\d[\d,]*)", _whole),
    (r"[-−–](\d[\d,]*)", lambda a: [f"minus {one}" for one in _whole(a)]),
    (r"(\d[\d,]*)(?:st|nd|rd|th)", lambda a: [ordinal(int(a.replace(",", "")[:_LONGEST]))]),
    (r"(\d[\d,]*)?\.(\d{1,20})", lambda a, b: _decimal(a or "", b)),
    (r"([$€£¥])(\d[\d,]{0,14})(?:\.(\d{1,2}))?", _money),
    (r"(\d[\d,]*)%", lambda a: [f"{one} percent" for one in _whole(a)[:2]]),
    (r"(\d{1,2}):(\d\d)", _clock),
    (r"(['’]?)(\d{2,4})['’]?s", _decade),
    (r"(\d{1,3})/(\d{1,3})", _fraction),
    (r"#(\d{1,9})", lambda a: [f"number {one}" for one in _whole(a)[:2]]),
    (r"(\d{1,4})[-–/](\d{1,4})", lambda a, b: [f"{_whole(a)[0]} {_whole(b)[0]}", f"{_whole(a)[0]} to {_whole(b)[0]}"]),
    (r"(\d{1,2})(?:am|AM|a\.m)", lambda a: [f"{cardinal(int(a))} a m"]),
    (r"(\d{1,2})(?:pm|PM|p\.m)", lambda a: [f"{cardinal(int(a))} p m"]),
    (r"([A-Za-z'’]{0,12})[-]?(\d{1,9})[-]?([A-Za-z'’]{0,12})", _mixed),
)
