"""What HTML pages share: text that stays text, links that stay links, digests for a page's own style and program."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from importlib.resources import files
from urllib.parse import quote

_PAGE = re.compile(r"[^/\\\x00-\x1f*?\[\].][^/\\\x00-\x1f*?\[\]]{0,194}\.html")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def escape_text(text: str) -> str:
    """Return text for anywhere in a page: escaped, without control characters and marks that turn the reading round."""
    return html.escape(_CONTROLS.sub("\ufffd", _BIDI.sub("", text)), quote=True)


def quote_link(path: str) -> str:
    """Return a relative path (``/`` between parts) as the text of a link; ``./`` keeps ``a:b`` from being a scheme."""
    return "./" + quote(path, errors="replace")


def hash_source(text: str) -> str:
    """Return a style's or script's digest as a page's policy (Content-Security-Policy) names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def check_page_name(name: str) -> str:
    """Return a page's file name.

    Raises:
        ValueError: it has a folder, wildcards, or another ending than ``.html``.
    """
    if not _PAGE.fullmatch(name):
        raise ValueError(f"{name[:40]!r} is no name for a page: a file's name that ends in .html, without * ? [ ]")
    return name


def read_part(package: str, name: str) -> str:
    """Return a page's template, style or program, which lies beside the code that fills it."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


def build_policy(style: str, script: str, sources: str) -> str:
    """Return a page's policy: nothing but its own style and program, and what ``sources`` lets it show."""
    return (
        f"default-src 'none'; base-uri 'none'; form-action 'none'; {sources}; "
        f"style-src '{hash_source(style)}'; script-src '{hash_source(script)}'"
    )
