"""The command line: output, exit codes, one message for a fault."""

import re
import subprocess
import sys

import pytest
from own_process import call

from itas_mobility.cli import main

COMMANDS = [
    "demo",
    "run",
    "compare",
    "realism",
    "build",
    "fetch",
    "check",
    "route",
    "journey",
    "assign",
    "skim",
    "charge",
    "bench",
]


def test_help_lists_every_command_in_the_order_of_the_work():
    found = call("--help")
    assert found.returncode == 0
    listed = re.findall(r"^  (\w+)  ", found.stdout.split("Commands:\n")[1], re.MULTILINE)
    assert listed == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    told = capsys.readouterr().out
    assert "Usage:" in told
    assert "--help" in told
    assert re.search(r"\n\n  [A-Z][^.:]+[.:]", told), "a sentence on what it does"


def test_help_is_quick_for_it_loads_no_heavy_library():
    code = (
        "import sys; from itas_mobility import cli\n"
        "try: cli.main(['fetch', '--help'])\n"
        "except SystemExit: print(sorted({'osmnx', 'osmium', 'requests', 'numpy', 'json', 'rich'} & set(sys.modules)),"
        " file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--gtfs-url" in found.stdout
    assert found.stderr.strip() == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "nowhere.toml"),
        ("check", "nowhere.osm"),
        ("compare", "nowhere"),
        ("route", "nowhere.osm", "--from-node", "1", "--to-node", "2"),
        ("build", "--out", "x"),
        ("fetch", "nowhere"),
        ("journey", "feed.zip"),
        ("assign", "--network", "a", "--trips", "b", "--flows", "c"),
        ("skim", "--network", "a", "--out", "b.omx"),
        ("charge", "nowhere.json", "--strategy", "uncontrolled"),
        ("charge", "nowhere.json"),
        ("nonsense",),
        ("run",),
    ],
    ids=" ".join,
)
def test_unusable_input_is_one_message_and_exit_code_2(arguments, tmp_path):
    found = call(*arguments, cwd=tmp_path)
    assert found.returncode == 2, found.stdout + found.stderr
    assert "Traceback" not in found.stderr
    assert found.stderr.strip()
    assert list(tmp_path.iterdir()) == [], "nothing half-written may stay"


def test_debug_shows_the_traceback(tmp_path):
    found = call("run", tmp_path / "nowhere.toml", "--debug")
    assert found.returncode != 0
    assert "Traceback" in found.stderr
    assert "nowhere.toml" in found.stderr
