"""The certificates of public authorities, for programs on hosts that have none.

Debian's `ca-certificates` makes the bundle when it is installed; here its package holds it. Users' programs that speak
TLS take the file that `SSL_CERT_FILE` or `NIX_SSL_CERT_FILE` names, else the host's, else that bundle. Servers say in
their own settings whom they trust.
"""

import re
from collections.abc import Sequence
from typing import Final

from neve.debian.context import Context
from neve.debian.elf import Dynamic
from neve.debian.unpack import Regular

BUNDLE: Final = "etc/ssl/certs/ca-certificates.crt"
"""Its place in the package, and below the root of most systems."""
_SINGLE: Final = re.compile(r"share/ca-certificates/.*\.crt")
_LIBRARIES: Final = ("libssl.so.", "libcurl.so.", "libcurl-gnutls.so.")
_USERS_PROGRAMS: Final = ("usr/bin/", "bin/")
"""As opposed to /usr/sbin, where servers are."""


def add_bundle(context: Context) -> None:
    """Joins the certificates that a package has one by one."""
    singles = sorted(file for file in context.tree.files if _SINGLE.fullmatch(file))
    if not singles or context.has(BUNDLE):
        return
    context.tree.add_directory("etc/ssl/certs")
    with open(context.tree.path(BUNDLE), "xb") as bundle:
        for single in singles:
            with open(context.tree.path(single), "rb") as file:
                bundle.write(file.read())


def lines_for(context: Context, file: Regular, dynamic: Dynamic) -> list[str]:
    """The lines of the wrapper of a user's program that is linked against a library for TLS."""
    speaks = any(name.startswith(_LIBRARIES) for name in dynamic.needed)
    return choose(context) if speaks and file.source.startswith(_USERS_PROGRAMS) else []


def choose(context: Context, names: Sequence[str] = ()) -> list[str]:
    """A shell's lines that set `SSL_CERT_FILE`; none where no certificates are at hand.

    A variable among `names` is set to the same unless the user set it, and an option (`--ca-certificate`) put before
    the user's: both only where the host has no certificates or the user named others, because programs that need them
    look at the host's file anyway, and at their settings before that.
    """
    if context.certificates is None:
        return []
    host = f"/{BUNDLE}"
    lines = [
        'if [ -z "${SSL_CERT_FILE-}" ]; then',
        '  if [ -n "${NIX_SSL_CERT_FILE-}" ]; then export SSL_CERT_FILE="$NIX_SSL_CERT_FILE"',
        f"  elif [ -e {host} ]; then export SSL_CERT_FILE={host}",
        f"  else export SSL_CERT_FILE={context.certificates}/{BUNDLE}; fi",
        "fi",
    ]
    for name in names:
        action = (
            f'set -- {name}="$SSL_CERT_FILE" "$@"'
            if name.startswith("-")
            else f'export {name}="${{{name}-$SSL_CERT_FILE}}"'
        )
        lines.append(f'[ "$SSL_CERT_FILE" = {host} ] || {action}')
    return lines


_DEFAULTS: Final = re.compile(r"^( +)self\.set_default_verify_paths\(\)\n", re.MULTILINE)


def point_python(context: Context) -> None:
    """Python's own module for TLS chooses as the wrappers do; wrapping interpreters would cost each start."""
    if context.certificates is None:
        return
    for relative in context.tree.files:
        if re.fullmatch(r"lib/python3\.\d+/ssl\.py", relative):
            with open(context.tree.path(relative), "r+", encoding="utf-8") as file:
                text = _DEFAULTS.sub(_python_lines(context.certificates), file.read())
                file.seek(0)
                file.write(text)
                file.truncate()


def _python_lines(certificates: str) -> str:
    return (
        r"\1self.set_default_verify_paths()\n"
        r"\1if not os.environ.get('SSL_CERT_FILE'):\n"
        rf"\1    host, own = '/{BUNDLE}', '{certificates}/{BUNDLE}'\n"
        r"\1    named = os.environ.get('NIX_SSL_CERT_FILE')\n"
        r"\1    self.load_verify_locations(named or (host if os.path.exists(host) else own))\n"
    )
