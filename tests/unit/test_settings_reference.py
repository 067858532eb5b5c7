"""docs/settings.md lists every setting."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from neve import settings_table
from neve.settings_table import Setting

PAGE: Final = Path(__file__).parents[2] / "docs" / "settings.md"
START: Final = "<!-- The tables below are written by tests/unit/test_settings_reference.py. -->\n"

SECTIONS: Final[Mapping[str, Mapping[str, Setting]]] = {
    "Evaluation": settings_table.EVALUATION,
    "Building": settings_table.BUILDING,
    "Store": settings_table.STORE,
    "Network and binary caches": settings_table.NETWORK,
    "Flakes": settings_table.FLAKES,
    "Commands": settings_table.COMMANDS,
}


def describe_kind(kind: str) -> str:
    if "|" in kind and kind != "path?":
        return " or ".join(f"`{choice}`" for choice in kind.split("|"))
    return {
        "bool": "true or false",
        "int": "number",
        "jobs": "number or `auto`",
        "text": "text",
        "path": "path",
        "path?": "path or nothing",
        "words": "list",
        "set": "set",
        "map": "`name=value` list",
        "mounts": "mounts",
        "features": "set of features",
        "json": "JSON",
    }[kind]


def render_row(name: str, row: Setting) -> str:
    default = "*depends*" if row.default is None else f"`{row.default}`" if row.default else ""
    notes = [row.meaning]
    if row.aliases:
        notes.append("Also " + ", ".join(f"`{alias}`" for alias in row.aliases) + ".")
    if row.feature:
        notes.append(f"Needs the feature `{row.feature}`.")
    if row.idle:
        notes.append(f"Changes nothing: {row.idle}.")
    return f"| `{name}` | {describe_kind(row.kind)} | {default} | {' '.join(notes)} |\n"


def render() -> str:
    parts = [START]
    for title, rows in SECTIONS.items():
        parts.append(
            f"\n## {title}\n\n| setting | kind | default | meaning |\n| --- | --- | --- | --- |\n"
        )
        parts += [render_row(name, row) for name, row in sorted(rows.items())]
    return "".join(parts)


def test_sections_hold_every_setting_once() -> None:
    """No setting is missing from the sections, and none stands in two."""
    names = [name for rows in SECTIONS.values() for name in rows]
    assert sorted(names) == sorted(settings_table.TABLE)


def test_the_page_is_current() -> None:
    """The tables in the page are those of the source."""
    introduction = PAGE.read_text().partition(START)[0]
    if os.environ.get("UPDATE_GOLDEN"):
        PAGE.write_text(introduction + render())
    assert PAGE.read_text() == introduction + render()
