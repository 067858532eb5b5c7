"""Write a reference of options as JSON, Markdown and HTML: `make_reference.py`, run by a derivation.

The file that `$planPath` names is JSON with `revision` and `options`, which is JSON text itself: option → `type`,
`description`, `default`, `example`, `declarations`, `readOnly`.
"""

import html
import json
import os
import re
from typing import Any

_ROLE = re.compile(r"\{(\w+)\}`([^`]*)`")
_CODE = re.compile(r"`([^`]*)`")

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Options of NixOS {revision}</title>
<style>
body {{ font: 1rem/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
input {{ font: inherit; width: 100%; padding: .5rem; box-sizing: border-box; }}
section {{ border-top: 1px solid #ccc; padding: .5rem 0; overflow-wrap: anywhere; }}
h2 {{ font: bold 1rem monospace; margin: .5rem 0; }}
dt {{ color: #666; float: left; width: 7rem; }}
dd {{ margin-left: 7rem; }}
pre, code {{ font-size: .9rem; background: #f4f4f4; white-space: pre-wrap; margin: 0; }}
</style>
<h1>Options of NixOS {revision}</h1>
<p><input id="search" type="search" placeholder="words of a name or a description" autofocus>
<p id="count">{count} options</p>
{sections}
<script>
const sections = [...document.querySelectorAll("section")];
const texts = sections.map(section => section.textContent.toLowerCase());
const search = document.getElementById("search");
function filter() {{
  const words = search.value.toLowerCase().split(/\\s+/).filter(word => word);
  let count = 0;
  sections.forEach((section, index) => {{
    const fits = words.every(word => texts[index].includes(word));
    section.hidden = !fits;
    count += fits;
  }});
  document.getElementById("count").textContent = count + " options";
}}
search.addEventListener("input", filter);
search.value = decodeURIComponent(location.search.slice(1));
filter();
</script>
"""


def _plain(text: str) -> str:
    """The text with roles such as {file}`x` as code."""
    return _ROLE.sub(r"`\2`", text).strip()


def _value(value: Any) -> str:
    """An example or a default as Nix code or text."""
    return str(value.get("text", "")) if isinstance(value, dict) else str(value)


def _facts(option: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Name, value, and whether it is code, of what is known about an option."""
    facts = [("Type", option.get("type", "unspecified"), False)]
    facts += [
        (name.capitalize(), _value(option[name]), True)
        for name in ("default", "example")
        if name in option
    ]
    if option.get("readOnly"):
        facts.append(("Set by", "the module itself", False))
    facts.append(("Declared in", ", ".join(option.get("declarations", [])), False))
    return facts


def to_markdown(options: dict[str, Any], revision: str) -> str:
    """The reference in Markdown."""
    parts = [f"# Options of NixOS {revision}\n"]
    for name, option in sorted(options.items()):
        parts.append(f"## `{name}`\n\n{_plain(option.get('description') or '')}\n")
        for title, value, is_code in _facts(option):
            shown = (
                f"\n```nix\n{value}\n```"
                if is_code and "\n" in value
                else f"`{value}`"
                if is_code
                else value
            )
            parts.append(f"- {title}: {shown}")
        parts.append("")
    return "\n".join(parts)


def _section(name: str, option: dict[str, Any]) -> str:
    description = _CODE.sub(
        r"<code>\1</code>", html.escape(_plain(option.get("description") or ""))
    )
    rows = "".join(
        f"<dt>{title}<dd>{'<pre>' if is_code else ''}{html.escape(value)}{'</pre>' if is_code else ''}"
        for title, value, is_code in _facts(option)
    )
    place = html.escape(name, quote=True)
    return f'<section id="{place}"><h2>{place}</h2><p>{description}<dl>{rows}</dl></section>'


def to_html(options: dict[str, Any], revision: str) -> str:
    """The reference as a page that can be searched."""
    sections = "\n".join(_section(name, option) for name, option in sorted(options.items()))
    return _PAGE.format(revision=html.escape(revision), count=len(options), sections=sections)


def main() -> None:
    """Carry out the plan of the derivation that runs this."""
    with open(os.environ["planPath"], encoding="utf-8") as stream:
        plan = json.load(stream)
    options = json.loads(plan["options"])
    folder = f"{os.environ['out']}/share/doc/nixos"
    os.makedirs(folder)
    texts = {
        "options.json": json.dumps(options, indent=2, sort_keys=True, ensure_ascii=False) + "\n",
        "options.md": to_markdown(options, plan["revision"]),
        "options.html": to_html(options, plan["revision"]),
    }
    for name, text in texts.items():
        with open(f"{folder}/{name}", "w", encoding="utf-8") as stream:
            stream.write(text)


if __name__ == "__main__":
    main()
