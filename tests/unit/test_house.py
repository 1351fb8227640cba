"""The house itself: layers stay light, commands are documented, names keep to the field's terms."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import typer
from packaging.requirements import Requirement

from mediakit.cli.app import COMMANDS, GROUPS, app

ROOT = Path(__file__).parents[2]
HEAVY = {
    "pydantic",
    "numpy",
    "av",
    "PIL",
    "cv2",
    "torch",
    "ctranslate2",
    "faster_whisper",
    "moviepy",
    "ruamel",
    "rjieba",
}
DRAWERS = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
ALLOWED = ("MIT", "BSD", "Apache", "ISC", "PSF", "Python Software", "HPND", "MPL", "Unlicense", "OFL", "LGPL", "CC0")


def commands() -> dict[str, str]:
    root = typer.main.get_command(app)
    found = {}
    for name in root.list_commands(None):
        command = root.get_command(None, name)
        found[name] = command.help or ""
        for sub_name, sub in getattr(command, "commands", {}).items():
            found[f"{name} {sub_name}"] = sub.help or ""
    return found


def test_every_command_has_help_and_a_line_in_the_readmes():
    found = commands()
    assert set(COMMANDS) | set(GROUPS) <= set(found)
    for readme in ("README.md", "README.zh-CN.md"):
        text = (ROOT / readme).read_text(encoding="utf-8")
        missing = [name for name in found if f"mediakit {name}" not in text and name not in GROUPS]
        assert missing == [], f"not in {readme}"
        named = set(re.findall(r"`mediakit ((?:(?:review|library|timeline|channels) )?[a-z]+)", text))
        assert named - set(found) == set(), f"{readme} names commands that are not there"
    assert [name for name, text in found.items() if not text.strip()] == []


def test_the_list_of_commands_says_what_the_commands_say():
    found = commands()
    for name, line in (COMMANDS | GROUPS).items():
        assert " ".join(found[name].split("\n\n")[0].split()) == line


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from mediakit.cli.app import run_command; code = run_command(['--help']); "
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split("LOADED")[-1].split())
    assert "typer" in loaded
    assert loaded & HEAVY == set()


def test_no_module_is_a_drawer():
    assert [path for path in (ROOT / "mediakit").rglob("*.py") if path.stem in DRAWERS] == []


def test_files_stay_small():
    long = {
        str(path.relative_to(ROOT)): count
        for path in (ROOT / "mediakit").rglob("*.py")
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_only_the_command_line_prints():
    loud = []
    for path in (ROOT / "mediakit").rglob("*.py"):
        if "cli" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("print", "exit"):
                loud.append(f"{path.name}:{node.lineno}")
    assert loud == []


def test_no_process_is_started_through_a_shell():
    for path in (ROOT / "mediakit").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "shell=True" not in text, path
        assert "os.system" not in text, path


def test_no_empty_rooms():
    for room in (path for path in (ROOT / "mediakit").rglob("*") if path.is_dir() and path.name != "__pycache__"):
        if (room / "__init__.py").exists():
            assert any(file.name != "__init__.py" for file in room.glob("*.py")), room


@pytest.mark.parametrize("extra", [None, "models", "openai-whisper", "nle", "speakers"])
def test_dependencies_are_pinned_and_their_licences_known(extra):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["dependencies"] if extra is None else project["optional-dependencies"][extra]
    pinned = {
        Requirement(line).name.lower()
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    for requirement in map(Requirement, wanted):
        assert requirement.name.lower() in pinned
        facts = metadata.metadata(requirement.name)
        stated = " ".join(
            [
                facts.get("License-Expression") or "",
                (facts.get("License") or "")[:200],
                *(facts.get_all("Classifier") or []),
            ]
        )
        assert any(word in stated for word in ALLOWED), f"{requirement.name}: {stated[:200]}"
