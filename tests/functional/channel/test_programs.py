"""Programs whose data Debian makes when a package is installed find it, with an empty environment."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.functional.channel.conftest import NIX_BUILD, Build

pytestmark = [pytest.mark.functional, pytest.mark.network, pytest.mark.timeout(900)]


def said(*command: str, words: str = "") -> str:
    """What a program says that knows no variable of the environment."""
    done = subprocess.run(
        command, input=words, env={}, capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_spelling(build: Build) -> None:
    """Aspell reads the dictionaries that it was given, which were compiled from lists of words."""
    aspell = str(build("pkgs.aspellWithDicts (dicts: [ dicts.en dicts.de ])") / "bin/aspell")
    assert said(aspell, "-l", "en", "list", words="a speling of words") == "speling"
    assert said(aspell, "-l", "de", "list", words="Haus Strase") == "Strase"


def test_extensions_of_php(build: Build) -> None:
    """PHP is called `php`, and has the extensions that its packages bring."""
    php = str(build("pkgs.php") / "bin/php")
    assert said(php, "-r", "var_dump(ctype_alpha('a'), extension_loaded('tokenizer'));") == (
        "bool(true)\nbool(true)"
    )


def test_voices(build: Build) -> None:
    """A synthesizer of speech finds its voices."""
    assert said(str(build("pkgs.espeak") / "bin/espeak"), "-q", "-x", "hello") == "h@l'oU"


def test_scripts_of_several_packages(build: Build) -> None:
    """A script finds modules that another package keeps in the same directory."""
    program = build("pkgs.fusioninventory-agent-task-esx") / "bin/fusioninventory-esx"
    assert "Usage:" in said(str(program), "--help")


def test_names_of_programs(build: Build) -> None:
    """A package has the program of its name, in whichever of Debian's packages it lies."""
    for name in ("dnsmasq", "dhcpcd"):
        assert name in said(str(build(f"pkgs.{name}") / "bin" / name), "--version").lower()


def test_display_without_a_screen(build: Build) -> None:
    """The X server finds its keyboards and what compiles them, says its display's number, and goes on."""
    server = str(build("pkgs.xvfb") / "bin/Xvfb")
    with subprocess.Popen(
        [server, "-displayfd", "1", "-nolisten", "tcp"],
        env={},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        number = process.stdout.readline()
        process.terminate()
    assert number.strip().isdigit()


def test_names_that_scripts_rely_on(build: Build) -> None:
    """The shell, the tools and Python have the programs that nixpkgs' packages of the name have."""
    assert said(str(build("pkgs.bash") / "bin/sh"), "-c", "echo ${BASH_VERSION:+bash}") == "bash"
    kill = str(build("pkgs.coreutils") / "bin/kill")
    assert "TERM" in said(kill, "-l")
    python = str(build("pkgs.python3") / "bin/python")
    assert said(python, "-c", "import sys; print(sys.executable)") == python
    environment = build("pkgs.python3.withPackages (packages: [ packages.pyyaml ])")
    assert said(str(environment / "bin/python"), "-c", "import yaml; print(yaml.dump(1)[0])") == "1"


def test_programs_under_more_names(build: Build) -> None:
    """A name that Debian's package has as well is no obstacle to the one that is asked for."""
    for name, program in (("imagemagick", "convert"), ("postgresql", "psql"), ("bat", "bat")):
        assert said(str(build(f"pkgs.{name}") / "bin" / program), "--version")


def test_profile_of_shells_and_tools(build: Build, tmp_path: Path) -> None:
    """Packages with a program in common are installed side by side; the one that it belongs to has it."""
    procps = build("pkgs.procps")
    profile = tmp_path / "profile"
    names = ("bash", "dash", "coreutils", "procps", "python3")
    program = str(NIX_BUILD.with_name("nix-env"))
    command = [program, "-p", str(profile), "-f", "<nixpkgs>", "-iA", *names]
    environment = {name: value for name, value in os.environ.items() if name != "NIX_PATH"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (profile / "bin/kill").resolve() == (procps / "bin/kill").resolve()
    assert (profile / "bin/sh").resolve().name == "dash"
