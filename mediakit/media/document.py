"""JSON and YAML documents on disk: frozen pydantic models with a ``schema`` field, read strictly."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mediakit.errors import InputError

MAX_DOCUMENT_BYTES = 256 << 20


class Value(BaseModel):
    """Base of frozen values: unknown keys are refused, numbers must be finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)


class Document(Value):
    """A value that is a file of its own; ``kind`` names its schema, such as ``mediakit/transcript/1``.

    ``writes_none`` keeps keys without a value in the file, where leaving them out would mean something else.
    """

    kind: ClassVar[str]
    writes_none: ClassVar[bool] = False
    schema_: str = Field(default="", alias="schema", validate_default=False)

    def model_post_init(self, context: Any, /) -> None:
        """Fill in, or check, the schema name."""
        if not self.schema_:
            object.__setattr__(self, "schema_", self.kind)
        elif self.schema_ != self.kind:
            raise ValueError(f"schema is {self.schema_!r}, expected {self.kind!r}")

    def to_json(self) -> str:
        """Return the document as indented JSON text ending in a newline; equal documents, equal text."""
        data = self.model_dump(mode="json", by_alias=True, exclude_none=not self.writes_none)
        ordered = {"schema": data.pop("schema"), **data}
        return json.dumps(ordered, ensure_ascii=False, indent=1) + "\n"

    def write(self, path: Path) -> None:
        """Write the document as JSON, atomically."""
        write_text_atomic(path, self.to_json())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read and validate a JSON document.

        Raises:
            InputError: missing, too large, not JSON, or not this document; names the first wrong key.
        """
        try:
            if path.stat().st_size > MAX_DOCUMENT_BYTES:
                raise InputError("the file is too large for this kind of document", where=path)
            return cls.model_validate_json(path.read_bytes())
        except OSError as exc:
            raise InputError(f"cannot be read ({exc.strerror})", where=path) from exc
        except ValidationError as exc:
            first = exc.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            message = f"not a valid {cls.kind}: {key + ': ' if key else ''}{first['msg']}"
            hint = "it takes a JSON file as mediakit writes it" if first["type"] == "json_invalid" else None
            raise InputError(message, where=path, hint=hint) from exc


def write_text_atomic(path: Path, text: str) -> None:
    """Write UTF-8 text beside ``path`` and rename it into place, so a reader sees the old or the new text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
