"""XML from strangers: elements with their lines, bounded in depth and number, without entities of their own.

``expat`` is used directly because the standard tree has no line numbers; a document type may be named, it may not
declare anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from mediakit.editing.layout import fail_at

MAX_DEPTH = 200
MAX_ELEMENTS = 500_000


@dataclass
class Element:
    """An element: its own text, its children, and the line on which it starts."""

    tag: str
    line: int
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def find(self, path: str) -> Element | None:
        """Return the first element down a path of tags, or None."""
        here = self
        for tag in path.split("/"):
            found = next((child for child in here.children if child.tag == tag), None)
            if found is None:
                return None
            here = found
        return here

    def all(self, tag: str) -> Iterator[Element]:
        """Yield the children with a tag."""
        return (child for child in self.children if child.tag == tag)

    def walk(self) -> Iterator[Element]:
        """Yield the element and all below it, in order."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += reversed(element.children)

    def value(self, path: str, default: str = "") -> str:
        """Return the text down a path of tags."""
        found = self.find(path)
        return default if found is None else found.text.strip()


def parse_xml(data: bytes, where: Path) -> Element:
    """Return a document's root element.

    Raises:
        InputError: not well-formed, too deep, too many elements, or declaring entities; names the line.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 1 << 20
    root: list[Element] = []
    open_: list[Element] = []
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MAX_ELEMENTS or len(open_) >= MAX_DEPTH:
            fail_at("has more elements than any edit", where, parser.CurrentLineNumber)
        element = Element(tag, parser.CurrentLineNumber, attributes)
        if open_:
            open_[-1].children.append(element)
        else:
            root.append(element)
        open_.append(element)

    def end(tag: str) -> None:
        open_.pop()

    def text(data: str) -> None:
        if open_:
            open_[-1].text += data

    def refuse(*_: object) -> None:
        fail_at("declares entities, which no edit needs", where, parser.CurrentLineNumber)

    def refuse_external(*_: object) -> int:
        refuse()
        return 0

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = refuse
    parser.UnparsedEntityDeclHandler = refuse
    parser.NotationDeclHandler = refuse
    parser.AttlistDeclHandler = refuse
    parser.ElementDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse_external
    parser.SkippedEntityHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as exc:
        fail_at(f"is not well-formed XML ({expat.ErrorString(exc.code)})", where, exc.lineno)
    except (ValueError, LookupError) as exc:
        fail_at(f"is not XML that can be read ({exc})", where, None)
    return root[0]
