"""The options of the module set: those that people use are there, and each is read by something."""

import re
from pathlib import Path
from typing import Any

import pytest

import neve

pytestmark = pytest.mark.usefixtures("packages")

NIXPKGS = Path(__file__).parents[3] / "nixpkgs"
# Set by at least 15 of 105 public configurations, which were chosen for being different.
USED = (Path(__file__).parent / "used-options.txt").read_text().split()
# The drivers of NVIDIA's cards: Debian's packages are made for its own alternatives and for DKMS.
ABSENT = "hardware.nvidia."
# Written to a file with the set that they are in, or read by those who look at a configuration from outside.
READ_ELSEWHERE = re.compile(
    r"""
    assertions | warnings | passthru | meta\..* | system\.nixos\.revision | nixpkgs\.localSystem
    | environment\.checkConfigurationOptions | users\.extra(Users|Groups)\b.*
    | (.*\.)?_module\..* | .*\.settings\..* | systemd\..*
    | boot\.kernel\.sysctl\..* | system\.nssDatabases\..* | security\.pam\.services\.<name>\.rules\..*
    | services\.fail2ban\.bantime-increment\..* | services\.postgresql\.ensureUsers\.\*\.ensureClauses\..*
    | services\.prometheus\.(globalConfig|scrapeConfigs)\..* | services\.zfs\.autoSnapshot\..*
    | users\.users\.<name>\.sub[UG]idRanges\..*
    """,
    re.VERBOSE,
)

OPTIONS = f"""
    let
      lib = import {NIXPKGS}/lib;
      inherit (import {NIXPKGS}/nixos {{ configuration = {{ }}; system = "x86_64-linux"; }}) options;
"""
# What is found at a path: the option, or what accepts any name.
KIND = """
      free = type: builtins.elem type.name [ "attrsOf" "lazyAttrsOf" "anything" "attrs" ]
        || (type.nestedTypes or { }) ? freeformType;
      find = set: path:
        if path == [ ] then lib.isOption set
        # An alias of a whole set.
        else if lib.isOption set && !(set.visible or true) then true
        else if lib.isOption set then find (set.type.getSubOptions [ ]) path || free set.type
        else
          let name = lib.findFirst (name: set ? ${name}) null [ (builtins.head path) "<name>" "*" ];
          in name != null && find set.${name} (builtins.tail path);
"""


def _evaluate(expression: str) -> Any:
    return neve.to_python(neve.Evaluator(settings={}, read_only=True).evaluate(expression))


def test_options_that_people_use_are_there() -> None:
    """Every option that many public configurations set is an option here, or is said to be absent."""
    paths = " ".join(f'"{path}"' for path in USED)
    missing = _evaluate(
        f"""{OPTIONS}{KIND}
            in builtins.filter (path: !(find options (lib.splitString "." path))) [ {paths} ]"""
    )
    assert [path for path in missing if not path.startswith(ABSENT)] == []


def test_new_names_are_options() -> None:
    """What an old name stands for now is an option of the module set, or a setting that it takes."""
    text = (NIXPKGS / "nixos" / "modules" / "rename.nix").read_text()
    names = re.findall(r'"[^"]+" = "([\w-]+(?:\.[\w-]+)+)";', text)
    assert len(names) > 50
    paths = " ".join(f'"{name}"' for name in names)
    missing = _evaluate(
        f"""{OPTIONS}{KIND}
            in builtins.filter (path: !(find options (lib.splitString "." path))) [ {paths} ]"""
    )
    assert missing == []


def test_every_option_is_read() -> None:
    """The name of an option occurs in the module set beside where it is declared: none is accepted and ignored."""
    listed = _evaluate(
        f"""{OPTIONS}
            in map (option: {{ inherit (option) name visible; }})
              (lib.optionAttrSetToDocList options)"""
    )
    sources = "\n".join(path.read_text() for path in (NIXPKGS / "nixos").rglob("*.nix"))
    read = set(
        re.findall(r"""(?:\.|\."|inherit )([A-Za-z_][\w'-]*)(?![\w'-]|"?\s*=[^=])""", sources)
    )
    read.update(
        name
        for names in re.findall(r"\binherit\b([^;]*);", sources)
        for name in re.findall(r"[\w'-]+", names)
    )
    unread = sorted(
        option["name"]
        for option in listed
        if option["name"].rsplit(".", 1)[-1] not in {*read, "<name>", "*"}
        and not READ_ELSEWHERE.fullmatch(option["name"])
        and option["visible"]
    )
    assert unread == []
