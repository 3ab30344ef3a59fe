"""What an answer writes anew that its exercise does not ask for: earlier systems, what is judged, what the world does.

Enters: the cells of a key in their order, and answers. Leaves: for each answer why it is not tried, in words. Of the language
only names are read, by its words; what a cell means, the kernel says. What may be written anew is what the solution or the
stub names, how nodes react and repair, and definitions that nothing judged reads. New names are free.
"""

import re
from dataclasses import dataclass, field

_ASIDE = re.compile(r"//[^\n]*|\"(?:\\.|[^\"\\\n])*\"")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_QUOTED = re.compile(r"`([^`]*)`")
_KINDS = (
    "enum type record node state ghost clock message link action def param on order invariant resolution reconciler"
).split()
_CUTS = ("init", "bound")
# The world that steps move in, and what is judged of it; without these an exercise is another one.
_WORLD = {"enum", "type", "record", "message", "link", "state", "ghost", "clock", "param", "action", *_CUTS}
_JUDGED = {"order", "invariant"}


@dataclass
class Member:
    kind: str
    name: str
    words: list


@dataclass
class Defined:
    """A system as one text writes it. `adds`: it is extended. `given`: constants that its base gets."""

    name: str
    base: str | None
    adds: bool
    given: list
    members: dict


def aside(text):
    """A text without comments and strings."""
    return _ASIDE.sub(" ", text)


def outline(text):
    """The systems that a text defines or extends, in its order."""
    words, found, at, depth = _TOKEN.findall(aside(text)), [], 0, 0
    while at < len(words):
        if depth == 0 and words[at] in ("system", "extend") and at + 1 < len(words):
            opens = next((n for n in range(at, len(words)) if words[n] == "{"), len(words))
            head = words[at:opens]
            base = head[3] if len(head) > 3 and head[2] == "from" else None
            given = [a for a, b in zip(head[4:], head[5:], strict=False) if b == "="]
            end = _closes(words, opens)
            found.append(Defined(head[1], base, head[0] == "extend", given, _members(words[opens + 1 : end])))
            at = end
        else:
            depth = max(0, depth + (words[at] in "{([") - (words[at] in "})]"))
        at += 1
    return found


def _closes(words, at):
    depth = 0
    for n in range(at, len(words)):
        depth += (words[n] == "{") - (words[n] == "}")
        if depth == 0:
            return n
    return len(words)


def _members(words):
    """{name: Member}. Handlers are named by their message, which is no other name: `on Set`."""
    found, depth, last = {}, 0, None
    for n, word in enumerate(words):
        after = words[n + 1] if n + 1 < len(words) else ""
        if depth == 0 and (word in _CUTS or word in _KINDS and re.match(r"[^\W\d]", after)):
            name = word if word in _CUTS else f"on {after}" if word == "on" else after
            last = found[name] = Member(word, name, [])
        depth += (word in "{([") - (word in "})]")
        if last is not None:
            last.words.append(word)
    return found


@dataclass
class Lesson:
    """The systems of a key as its cells leave them; whose each member is: None, or the exercise that writes it."""

    bases: dict = field(default_factory=dict)
    members: dict = field(default_factory=dict)
    # exercise → what was there before it.
    before: dict = field(default_factory=dict)
    solutions: dict = field(default_factory=dict)
    named: dict = field(default_factory=dict)


def lesson(cells, stubs):
    """`cells`: (exercise or None, text), of all that defines; `stubs`: of exercises."""
    of = Lesson()
    for exercise, text in cells:
        if exercise is not None:
            of.solutions[exercise] = outline(text)
            of.before[exercise] = {name: dict(members) for name, members in of.members.items()}
            of.named[exercise] = _named(of.solutions[exercise], stubs[exercise])
        for defined in outline(text):
            if not defined.adds:
                of.bases[defined.name] = defined.base
            under = of.members.get(defined.name if defined.adds else defined.base, {})
            own = {name: (exercise, member) for name, member in defined.members.items()}
            of.members[defined.name] = {**under, **own}
    return of


def _named(solution, stub):
    """What a solution and its stub name: members in code and in backticks, and names that stand in backticks alone."""
    names = {name for defined in [*solution, *outline(stub)] for name in defined.members}
    for quoted in _QUOTED.findall(stub):
        words = _TOKEN.findall(aside(quoted))
        names.update(words if len(words) == 1 else _members(words))
    return names


def unasked(of, exercise, answer):
    """Why an answer is not tried: in words, one for each thing that it writes anew and should not."""
    due = {defined.name: defined.base for defined in of.solutions[exercise]}
    own, reasons = {}, []
    for defined in outline(answer):
        known = defined.name in of.bases or defined.name in of.bases.values()
        if defined.name not in own and (defined.adds or (known and defined.name not in due)):
            reasons.append(f"the answer writes the system `{defined.name}` anew, which is not its own")
            continue
        if defined.adds:
            reached = own[defined.name]
        else:
            reached = own[defined.name] = own.get(defined.base, defined.base)
            asked = due.get(defined.name)
            if asked is not None and reached != asked:
                reasons.append(f"`{defined.name}` is not made from `{asked}`")
                continue
        reasons += _anew(of, exercise, reached, defined)
    return reasons


def _anew(of, exercise, base, defined):
    if base is None:
        return []
    under, named = of.before[exercise].get(base, {}), of.named[exercise]
    read = _read(under)
    # Of a system whose text is not here nothing is known, but that it has a world.
    world = not under or any(owner is None and member.kind in ("node", "state") for owner, member in under.values())
    reasons = []
    for name in defined.given:
        if name not in named:
            reasons.append(f"the answer gives `{name}` another value")
    for name, member in defined.members.items():
        if name in named:
            continue
        owner, was = under.get(name, (None, None))
        if member.kind in _CUTS:
            wrong = world
        elif was is None:
            wrong = False
        elif was.kind in _JUDGED:
            wrong = True
        elif owner is not None:
            wrong = False
        elif was.kind == "node":
            wrong = not _keeps(was, member)
        else:
            wrong = was.kind in _WORLD or (was.kind == "def" and name in read)
        if wrong:
            reasons.append(f"`{name}` was written anew in the answer, and the exercise does not ask for that")
    return reasons


def _read(under):
    """The definitions that what is judged reads, and those that these read."""
    members = {name: member for name, (_, member) in under.items()}
    seen, left = set(), [m for m in members.values() if m.kind in _JUDGED]
    while left:
        for word in left.pop().words:
            if word in members and word not in seen and members[word].kind == "def":
                seen.add(word)
                left.append(members[word])
    return seen


def _keeps(was, now):
    """Whether a node is what it was, with more fields: as many of it, and each field as it was."""
    if was.words[: _body(was)] != now.words[: _body(now)]:
        return False
    return all(piece in _fields(now) for piece in _fields(was))


def _body(member):
    return member.words.index("{") if "{" in member.words else len(member.words)


def _fields(member):
    """Each field's words, from its name on, as one text."""
    words = [w for w in member.words[_body(member) + 1 : -1] if w not in (",", ";")]
    starts = [n for n in range(len(words) - 1) if words[n + 1] == ":" and words[n].isidentifier()]
    cuts = [n - (n > 0 and words[n - 1] in ("durable", "volatile", "ghost", "clock")) for n in starts]
    return [" ".join(words[a:b]) for a, b in zip(cuts, [*cuts[1:], len(words)], strict=True)]
