"""
Forging a bundle: every part of it changed once, in each way that an attacker might.
"""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

Path = tuple[str | int, ...]

# Nobody vouches for these, and no verdict rests on them: what an author would have an auditor
# trust, what he would have told, and tokens that are checked with a third party's tools.
UNVOUCHED = ("policy_hint", "subject", "anchors")


def spelled(told: Any) -> bytes:
    """
    Return a bundle as it is written.
    """
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def parts(told: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """
    Yield every part of a bundle with its place.
    """
    yield at, told
    members = told.items() if isinstance(told, dict) else ()
    for name, member in enumerate(told) if isinstance(told, list) else members:
        yield from parts(member, (*at, name))


def with_part(told: Any, at: Path, change: Callable[[Any, Any], None]) -> bytes:
    """
    Return a bundle in which *change* was done to the holder of a part, by the part's name.
    """
    copied = copy.deepcopy(told)
    holder = copied
    for name in at[:-1]:
        holder = holder[name]
    change(holder, at[-1])
    return spelled(copied)


def forgeries(written: bytes) -> Iterator[tuple[str, bytes]]:
    """
    Yield forged bundles with what was done.
    """
    told = json.loads(written)
    for at, part in parts(told):
        if at and at[0] not in UNVOUCHED:
            for what, change in _changes(part, at):
                forged = with_part(told, at, change)
                if forged != written:
                    yield f"{'.'.join(map(str, at))}: {what}", forged


def _changes(part: Any, at: Path) -> Iterator[tuple[str, Callable[[Any, Any], None]]]:
    def put(value: Any) -> Callable[[Any, Any], None]:
        def change(holder: Any, name: Any) -> None:
            holder[name] = value

        return change

    def left_out(holder: Any, name: Any) -> None:
        del holder[name]

    def twice(holder: Any, name: Any) -> None:
        holder.insert(name, holder[name])

    def swapped(holder: Any, name: Any) -> None:
        holder[name - 1], holder[name] = holder[name], holder[name - 1]

    yield "left out", left_out
    yield "null", put(None)
    if isinstance(at[-1], int):
        yield "twice", twice
        yield "swapped", swapped
    match part:
        case str():
            yield from ((what, put(text)) for what, text in _texts(part))
        case int():
            yield from ((f"{number}", put(number)) for number in (part + 1, part - 1, 2**53 - 1))
            yield "as a text", put(str(part))
        case list():
            yield "one more", put([*part, "A" * 43 + "="])
            yield "an empty list", put([])
        case dict():
            yield "a field more", put({**part, "comment": "trust me"})


def _texts(text: str) -> Iterator[tuple[str, str]]:
    yield "empty", ""
    yield "a space more", f"{text} "
    yield "a newline more", f"{text}\n"
    for place in {0, len(text) // 3, len(text) // 2, 2 * len(text) // 3, len(text) - 1}:
        other = "B" if text[place : place + 1] != "B" else "C"
        yield f"character {place}", text[:place] + other + text[place + 1 :]
    yield "without the last", text[:-1]
    for number, line in enumerate(lines := text.split("\n")[:-1]):
        # A note: each of its lines, the end of each, and each character of its numbers.
        for place in {0, len(line) // 2, len(line) - 3, len(line) - 1}:
            other = "4" if line[place : place + 1] != "4" else "5"
            changed = line[:place] + other + line[place + 1 :]
            kept = [*lines[:number], changed, *lines[number + 1 :], ""]
            yield f"line {number}, character {place}", "\n".join(kept)
        yield f"without line {number}", "\n".join([*lines[:number], *lines[number + 1 :], ""])
        yield f"line {number} twice", "\n".join([*lines[: number + 1], *lines[number:], ""])
