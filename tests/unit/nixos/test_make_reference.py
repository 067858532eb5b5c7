"""The reference of options: Markdown, and a page that can be searched."""

from make_reference import to_html, to_markdown

OPTIONS = {
    "services.a.enable": {
        "type": "boolean",
        "description": "Whether {file}`/etc/a` is <read>.",
        "default": {"_type": "literalExpression", "text": "false"},
        "declarations": ["nixos/modules/services/a.nix"],
    },
    "a.list": {
        "type": "list of string",
        "description": "Words.",
        "example": {"_type": "literalExpression", "text": '[\n  "x"\n]'},
        "declarations": [],
        "readOnly": True,
    },
}


def test_markdown_has_every_option_in_its_order() -> None:
    """Names are headings, roles are code, and examples of several lines are blocks."""
    text = to_markdown(OPTIONS, "26.05")
    assert text.startswith("# Options of NixOS 26.05\n")
    assert text.index("## `a.list`") < text.index("## `services.a.enable`")
    assert "Whether `/etc/a` is <read>." in text
    assert "- Default: `false`" in text
    assert '- Example: \n```nix\n[\n  "x"\n]\n```' in text


def test_html_escapes_and_counts() -> None:
    """What options say is text, not markup; the page says how many there are."""
    page = to_html(OPTIONS, "26.05")
    assert "<p>Whether <code>/etc/a</code> is &lt;read&gt;." in page
    assert '<section id="a.list">' in page
    assert "2 options" in page
    assert "the module itself" in page
