"""Values written as expressions of the language."""


def string_literal(text: str) -> str:
    """A text as a string in double quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return f'"{escaped}"'
