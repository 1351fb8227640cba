import json
import pickle
from pathlib import Path

import pytest

from mediakit.errors import Cancelled, InputError, RecipeError, ToolError
from mediakit.media.cues import Cue, cut_cues
from mediakit.media.digests import canonical_json, digest_file, digest_files
from mediakit.media.document import write_text_atomic
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word


def a_transcript() -> Transcript:
    words = (Word(text="你好", start=0.0, end=0.5, probability=0.9), Word(text="世界", start=0.5, end=1.0))
    return Transcript(
        language="zh",
        duration=2,
        recogniser=Recogniser(engine="import"),
        segments=(Segment(start=0, end=1, text="你好,世界。", words=words),),
    )


def test_a_document_survives_the_disk(tmp_path):
    path = tmp_path / "深" / "transcript.json"
    a_transcript().write(path)
    assert Transcript.read(path) == a_transcript()
    assert json.loads(path.read_text(encoding="utf-8"))["schema"] == "mediakit/transcript/1"
    assert next(iter(json.loads(path.read_text(encoding="utf-8")))) == "schema"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("not json", "not a valid"),
        ('{"schema": "mediakit/shorts/1"}', "mediakit/transcript/1"),
        ('{"language": "zh", "duration": -1, "recogniser": {"engine": "x"}}', "duration"),
        ('{"language": "zh", "duration": 1, "recogniser": {"engine": "x"}, "colour": 1}', "colour"),
        ('{"language": "zh", "duration": NaN, "recogniser": {"engine": "x"}}', "not a valid"),
    ],
)
def test_a_wrong_document_names_the_key(tmp_path, content, says):
    path = tmp_path / "transcript.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=says) as caught:
        Transcript.read(path)
    assert str(path) in str(caught.value)


def test_a_missing_document_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        Transcript.read(tmp_path / "none.json")


def test_a_failed_write_leaves_the_old_text_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_text_atomic(path, "old")

    def refuse(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        write_text_atomic(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.json"]


def test_equal_values_have_equal_canonical_text():
    assert canonical_json({"b": 1, "a": [1, "é"]}) == canonical_json({"a": [1, "é"], "b": 1}) == '{"a":[1,"é"],"b":1}'
    assert digest_files({"x": "1", "y": "2"}) == digest_files({"y": "2", "x": "1"})
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json(float("nan"))


def test_digest_of_a_file(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"abc")
    read = []
    assert digest_file(path, read.append) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sum(read) == 3


def test_cues_follow_a_cut():
    cues = (
        Cue(start=1, end=2, lines=("一",)),
        Cue(start=2.5, end=4, lines=("二",)),
        Cue(start=9, end=10, lines=("三",)),
    )
    made = cut_cues(cues, ((9.0, 10.5), (1.5, 3.5)))
    assert [(cue.start, cue.end, cue.text) for cue in made] == [(0, 1, "三"), (1.5, 2, "一"), (2.5, 3.5, "二")]


@pytest.mark.parametrize(
    "error",
    [
        RecipeError("unknown key", file="r.yaml", line=3, column=5, hint="did you mean x?"),
        ToolError("ffmpeg failed", where="piece 3", tail="a\nb", log_path=Path("x.log")),
        InputError("no such file", where="a.mp4"),
        Cancelled(),
    ],
)
def test_errors_survive_pickling(error):
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert (str(copy), copy.__dict__) == (str(error), error.__dict__)


def test_a_recipe_error_names_its_place():
    assert str(RecipeError("unknown key 'count'", file="r.yaml", line=3, column=5)) == "r.yaml:3:5: unknown key 'count'"
