"""BagIt bags (RFC 8493, version 1.0): a payload with sha256 and sha512 manifests, without dates."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from mediakit.errors import InputError

ALGORITHMS = ("sha256", "sha512")
_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_BLOCK = 1 << 20


class BagWriter:
    """Fills a new folder with a bag; call `add` for each payload file, then `close`.

    Args:
        folder: does not exist yet, or is empty.
        link: hard links are made where the file system allows (the sources never change).
        on_bytes: called with the number of bytes of every block read; may raise to stop.
    """

    def __init__(self, folder: Path, *, link: bool = False, on_bytes: Callable[[int], None] | None = None) -> None:
        self._folder = folder
        self._link = link
        self._on_bytes = on_bytes
        self._payload: dict[str, tuple[str, ...]] = {}
        self._size = 0
        (folder / "data").mkdir(parents=True)

    def add(self, name: str, source: Path, expected: str | None = None) -> None:
        """Take a file into the payload under a relative name.

        Raises:
            InputError: missing, or its SHA-256 is not the expected one.
        """
        target = self._target(name)
        try:
            if self._link and _link_file(source, target):
                digests = self._hash(target, None)
            else:
                digests = self._hash(source, target)
        except OSError as exc:
            raise InputError(f"cannot be taken into the package ({exc.strerror})", where=source) from exc
        if expected is not None and digests[0] != expected:
            raise InputError("changed after it was rendered", where=source, hint="render it again, then check it")
        self._keep(name, digests, target)

    def add_text(self, name: str, text: str) -> None:
        """Write a text file into the payload."""
        target = self._target(name)
        target.write_text(text, encoding="utf-8", newline="\n")
        self._keep(name, self._hash(target, None), target)

    def close(self, info: Mapping[str, str]) -> None:
        """Write the declaration, ``bag-info.txt`` and the manifests."""
        self._write("bagit.txt", _DECLARATION)
        lines = [f"{key}: {' '.join(value.split())}\n" for key, value in info.items() if value.strip()]
        self._write("bag-info.txt", "".join(lines) + f"Payload-Oxum: {self._size}.{len(self._payload)}\n")
        for number, algorithm in enumerate(ALGORITHMS):
            rows = [f"{digests[number]}  data/{encode_name(name)}\n" for name, digests in sorted(self._payload.items())]
            self._write(f"manifest-{algorithm}.txt", "".join(rows))
        tags = sorted(path.name for path in self._folder.iterdir() if path.is_file())
        hashed = {name: self._hash(self._folder / name, None) for name in tags}
        for number, algorithm in enumerate(ALGORITHMS):
            self._write(f"tagmanifest-{algorithm}.txt", "".join(f"{hashed[name][number]}  {name}\n" for name in tags))

    def _target(self, name: str) -> Path:
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts or not parts.parts or name in self._payload:
            raise InputError(f"{name!r} cannot be a file's name in a package")
        target = self._folder / "data" / Path(*parts.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _keep(self, name: str, digests: tuple[str, ...], target: Path) -> None:
        self._payload[name] = digests
        self._size += target.stat().st_size

    def _write(self, name: str, text: str) -> None:
        (self._folder / name).write_text(text, encoding="utf-8", newline="\n")

    def _hash(self, source: Path, copy: Path | None) -> tuple[str, ...]:
        hashers = [hashlib.new(algorithm) for algorithm in ALGORITHMS]
        with source.open("rb") as stream:
            if copy is None:
                for block in self._blocks(stream.read):
                    for hasher in hashers:
                        hasher.update(block)
            else:
                with copy.open("xb") as out:
                    for block in self._blocks(stream.read):
                        out.write(block)
                        for hasher in hashers:
                            hasher.update(block)
                shutil.copymode(source, copy)
        return tuple(hasher.hexdigest() for hasher in hashers)

    def _blocks(self, read: Callable[[int], bytes]) -> Iterator[bytes]:
        while block := read(_BLOCK):
            if self._on_bytes is not None:
                self._on_bytes(len(block))
            yield block


def _link_file(source: Path, target: Path) -> bool:
    try:
        os.link(source, target, follow_symlinks=True)
    except OSError:
        return False
    return True


def encode_name(name: str) -> str:
    """Return a payload name as a manifest holds it (RFC 8493, 2.1.3: CR, LF and % are escaped)."""
    return name.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def verify_bag(folder: Path) -> list[str]:
    """Return what is wrong with a bag, one line each; empty for a whole and valid bag."""
    faults: list[str] = []
    if not (folder / "bagit.txt").is_file() or (folder / "bagit.txt").read_text(encoding="utf-8") != _DECLARATION:
        faults.append("bagit.txt is missing or not of version 1.0")
    for algorithm in ALGORITHMS:
        faults += _verify_manifest(folder, f"manifest-{algorithm}.txt", algorithm, payload=True)
        faults += _verify_manifest(folder, f"tagmanifest-{algorithm}.txt", algorithm, payload=False)
    return faults


def _verify_manifest(folder: Path, name: str, algorithm: str, *, payload: bool) -> list[str]:
    manifest = folder / name
    if not manifest.is_file():
        return [f"{name} is missing"]
    faults: list[str] = []
    listed: set[str] = set()
    for line in manifest.read_text(encoding="utf-8").rstrip("\n").split("\n"):
        digest, _, path = line.partition("  ")
        path = path.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
        listed.add(path)
        if ".." in PurePosixPath(path).parts or PurePosixPath(path).is_absolute():
            faults.append(f"{name} names {path}, which lies outside")
        elif not (folder / path).is_file():
            faults.append(f"{path} is missing")
        else:
            with (folder / path).open("rb") as stream:
                if hashlib.file_digest(stream, algorithm).hexdigest() != digest:
                    faults.append(f"{path} is not what {name} says")
    if payload:
        found = {path.relative_to(folder).as_posix() for path in (folder / "data").rglob("*") if path.is_file()}
        faults += [f"{path} is not listed in {name}" for path in sorted(found - listed)]
    return faults
