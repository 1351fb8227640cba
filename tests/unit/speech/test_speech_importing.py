from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import InputError
from mediakit.media.texts import decode_text
from mediakit.media.transcript import Recogniser, Transcript
from mediakit.speech.composing import compose_imported
from mediakit.speech.importing import import_transcript

SRT = (
    "1\r\n00:00:01,000 --> 00:00:03,000\r\n凌晨两点，\r\n云岭的雨\r\n\r\n"
    "2\r\n00:00:03,200 --> 00:00:05,000\r\n还没有停。\r\n"
)
VTT = (
    "WEBVTT\n\n00:01.000 --> 00:03.000\n<v 主持人>凌晨两点，<i>云岭的雨</i>\n\n"
    "00:03.200 --> 00:05.000\n<v 主持人>还没有停。\n"
)
ASS = (
    "[Script Info]\nScriptType: v4.00+\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:03.00,Default,主持人,0,0,0,,{\\b1}凌晨两点，\\N云岭的雨\n"
    "Comment: 0,0:00:01.00,0:00:03.00,Default,,0,0,0,,不要\n"
    "Dialogue: 0,0:00:03.20,0:00:05.00,Default,主持人,0,0,0,,还没有停。\n"
)
WHISPER = {
    "language": "zh",
    "segments": [
        {
            "start": 1.0,
            "end": 3.0,
            "text": "凌晨两点，云岭的雨",
            "words": [
                {"word": "凌晨", "start": 1.0, "end": 1.4, "probability": 0.9},
                {"word": "两点，", "start": 1.4, "end": 2.0, "probability": 0.8},
                {"word": "云岭的雨", "start": 2.0, "end": 3.0, "probability": 0.7},
            ],
        },
        {"start": 3.2, "end": 5.0, "text": "还没有停。"},
    ],
}
WHISPER_CPP = {
    "result": {"language": "zh"},
    "transcription": [
        {"offsets": {"from": 1000, "to": 3000}, "text": "凌晨两点，云岭的雨"},
        {"offsets": {"from": 3200, "to": 5000}, "text": "还没有停。"},
    ],
}
FILES = {
    "a.srt": SRT,
    "a.vtt": VTT,
    "a.ass": ASS,
    "whisper.json": json.dumps(WHISPER, ensure_ascii=False),
    "list.json": json.dumps(WHISPER["segments"], ensure_ascii=False),
    "cpp.json": json.dumps(WHISPER_CPP),
    "noname.txt": SRT,
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_gives_the_same_sentence(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(FILES[name], encoding="utf-8")
    imported = import_transcript(path, duration=60)
    assert imported.language == "zh"
    assert [segment.text for segment in imported.segments] == ["凌晨两点，云岭的雨还没有停。"]
    segment = imported.segments[0]
    assert (segment.start, segment.end) == (1.0, 5.0)
    assert "".join(word.text for word in segment.words) == segment.text
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(segment.words))
    assert segment.speaker == ("主持人" if name in ("a.vtt", "a.ass") else None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
def test_encodings_are_found_out(encoding: str) -> None:
    assert decode_text(SRT.encode(encoding)) == SRT


def test_big5_and_western_are_told_from_gb18030() -> None:
    traditional = "1\n00:00:01,000 --> 00:00:03,000\n這是我們的國家，他說時間過得很快，沒有人知道為什麼。\n"
    assert decode_text(traditional.encode("big5")) == traditional
    western = "1\n00:00:01,000 --> 00:00:03,000\nVoilà l'été, où êtes-vous?\n"
    assert decode_text(western.encode("cp1252")) == western


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=200))
def test_utf8_is_always_read_as_it_is(text: str) -> None:
    assert decode_text(text.encode()) == text


def test_cues_without_marks_stay_segments_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text(SRT.replace("，", " ").replace("。", ""), encoding="utf-8")
    assert [s.text for s in import_transcript(path, duration=60).segments] == [
        "凌晨两点 云岭的雨".replace(" ", ""),
        "还没有停",
    ]


def test_english_words_keep_their_spaces_from_every_program(tmp_path: Path) -> None:
    rows = [{"word": "Hello,", "start": 0.0, "end": 0.4, "score": 0.9}, {"word": "1999"}, {"word": "friends."}]
    whisperx = {"segments": [{"start": 0, "end": 2, "text": " Hello, 1999 friends.", "words": rows}], "language": "en"}
    path = tmp_path / "x.json"
    path.write_text(json.dumps(whisperx), encoding="utf-8")
    segment = import_transcript(path, duration=9).segments[0]
    assert segment.text == "Hello, 1999 friends."
    assert [w.text for w in segment.words] == ["Hello,", "1999", "friends."]
    assert segment.words[2].end == pytest.approx(2.0)


def test_what_lies_past_the_media_s_end_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text(SRT, encoding="utf-8")
    assert import_transcript(path, duration=2.5).segments[-1].end <= 2.5
    with pytest.raises(InputError, match="no text within"):
        import_transcript(path, duration=0.5)


def test_an_own_transcript_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_text(VTT, encoding="utf-8")
    engine = Recogniser(engine="import")
    first = compose_imported(import_transcript(path, duration=60), duration=60, source_digest="x", recogniser=engine)
    own = tmp_path / "transcript.json"
    first.write(own)
    again = compose_imported(import_transcript(own, duration=60), duration=60, source_digest="x", recogniser=engine)
    assert again == first == Transcript.read(own)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", "{", "not valid JSON"),
        ("a.json", "[" * 100_000, "not valid JSON"),
        ("a.json", '{"segments": 5}', "no list of segments"),
        ("a.json", '{"segments": [{"start": "x", "end": 1, "text": "a"}]}', "not the JSON of a Whisper program"),
        ("a.json", '{"segments": [{"start": 1e999, "end": 1, "text": "a"}]}', "not the JSON of a Whisper program"),
        ("a.txt", "just words", "no transcript that can be imported"),
        ("a.srt", "just words", "no text within"),
        ("a.ass", "just words", "no text within|cannot be read"),
    ],
)
def test_what_is_no_transcript_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        import_transcript(path, duration=60)
    assert str(path) in str(caught.value)
