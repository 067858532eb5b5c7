"""Checks a test script before any machine boots: its types with mypy, then pyflakes.

python3 -m test_driver.check [--machine NAME]… [--host-name NAME]… [--vlan N]… [--skip-type-check] [--skip-lint] SCRIPT
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import keyword
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from test_driver.configuration import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_POSITION: Final = re.compile(r"^[^:\n]+:(?P<line>\d+):(?P<rest>.*)$", re.DOTALL)


def main(argv: Sequence[str] | None = None) -> int:
    """Print what is wrong with the script, with its lines; 0 when nothing is."""
    parser = argparse.ArgumentParser(prog="check", description="Check a test script.")
    parser.add_argument("--machine", action="append", default=[])
    parser.add_argument("--host-name", action="append", default=[])
    parser.add_argument("--vlan", action="append", type=int, default=[])
    parser.add_argument("--skip-type-check", action="store_true")
    parser.add_argument("--skip-lint", action="store_true")
    parser.add_argument("script", type=Path)
    arguments = parser.parse_args(argv)
    text = arguments.script.read_text(encoding="utf-8")
    names = dict.fromkeys(map(identifier, arguments.host_name), "QemuMachine")
    types = names | script_names(arguments.machine, arguments.vlan)
    findings = list(_syntax_errors(text)) or [
        *([] if arguments.skip_type_check else check_types(text, types)),
        *([] if arguments.skip_lint else check_lint(text, types)),
    ]
    for finding in findings:
        sys.stderr.write(finding + "\n")
    if findings:
        sys.stderr.write(
            "The test script has the faults above; `skipTypeCheck` and `skipLint` leave the checks out.\n"
        )
    return 1 if findings else 0


def script_names(machines: Sequence[str], vlans: Sequence[int]) -> dict[str, str]:
    """The test's own names in the script with their types."""
    names = {identifier(machine): "QemuMachine" for machine in machines}
    if len(machines) == 1:
        names["machine"] = "QemuMachine"
    return names | {f"vlan{nr}": "VLan" for nr in vlans}


def check_types(text: str, types: dict[str, str]) -> list[str]:
    """What mypy finds in the script `text`."""
    from mypy import api

    annotations = "; ".join(
        f"{name}: {of}" for name, of in types.items() if not keyword.iskeyword(name)
    )
    # One line, so that the script's lines are one lower.
    head = f"from test_driver.prelude import *; {annotations}\n"
    with tempfile.TemporaryDirectory(prefix="types-") as folder:
        script = Path(folder) / "testScript.py"
        script.write_text(head + text, encoding="utf-8")
        cache = os.environ.get("MYPY_CACHE_DIR", f"{folder}/cache")
        output, errors, status = api.run(
            [
                "--config-file=",
                "--no-color-output",
                "--no-error-summary",
                "--hide-error-context",
                "--ignore-missing-imports",
                "--allow-redefinition",
                f"--cache-dir={cache}",
                str(script),
            ]
        )
    if status == 0:
        return []
    lines = [_shifted(line, text) for line in output.splitlines()]
    return [*lines, *errors.splitlines()]


def check_lint(text: str, types: dict[str, str]) -> list[str]:
    """What pyflakes finds in the script `text`."""
    from pyflakes.checker import Checker

    from test_driver import prelude

    checker = Checker(ast.parse(text), filename="testScript", builtins={*prelude.__all__, *types})
    messages = sorted(checker.messages, key=lambda message: (message.lineno, message.col))
    return [
        _with_source(message.lineno, f" {message.message % message.message_args}", text)
        for message in messages
    ]


def _syntax_errors(text: str) -> Iterator[str]:
    try:
        compile(text, "testScript", "exec", dont_inherit=True)
    except SyntaxError as error:
        yield _with_source(error.lineno or 1, f" {error.msg}", text)


def _shifted(line: str, text: str) -> str:
    found = _POSITION.match(line)
    if found is None:
        return line
    return _with_source(int(found["line"]) - 1, found["rest"], text)


def _with_source(number: int, rest: str, text: str) -> str:
    lines = text.splitlines()
    source = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f"testScript:{number}:{rest}\n    {source}"


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
