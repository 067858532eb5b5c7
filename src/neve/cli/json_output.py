"""JSON on standard output: compact for programs, indented for people."""

from __future__ import annotations

import sys

from neve.cli.options import flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

PRETTY: Final = (
    flag("--pretty", "pretty", "Indent JSON (the default on a terminal).", to=True),
    flag("--no-pretty", "pretty", "Do not.", to=False),
)


def write_json(value: Any, pretty: bool | None) -> None:  # noqa: FBT001 - a flag of three values
    """Writes a value; `pretty` is `None` when nobody chose."""
    import json

    if pretty or (pretty is None and sys.stdout.isatty()):
        text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    else:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    sys.stdout.write(text + "\n")
