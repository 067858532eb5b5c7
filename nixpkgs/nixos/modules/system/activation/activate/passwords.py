"""Digests of passwords."""

from __future__ import annotations

from activate.errors import ActivationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from activate.target import Target

_LETTERS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LOCKED = "!"


def digest(target: Target, password: str, library: str) -> str:
    """A SHA-512 digest of `password` by crypt(3) in the library at the path `library`."""
    # Only needed for passwords in clear text, and slow to load.
    import ctypes

    crypt = ctypes.CDLL(library).crypt
    crypt.restype = ctypes.c_char_p
    salt = "".join(_LETTERS[byte & 63] for byte in target.random(16))
    result = crypt(password.encode(), f"$6${salt}$".encode())
    if result is None or result.startswith(b"*"):
        raise ActivationError(f"{library} cannot make a digest of a password")
    text: str = result.decode()
    return text


def _read_file(target: Target, user: dict[str, Any]) -> str | None:
    path = user["hashedPasswordFile"]
    text = target.read(path)
    if text is None:
        target.say(f"warning: password file {path} does not exist")
        return None
    return text.splitlines()[0].strip() if text.strip() else ""


def declared(target: Target, user: dict[str, Any], library: str) -> str | None:
    """The digest that the configuration gives a user, or None."""
    if "hashedPasswordFile" in user:
        found = _read_file(target, user)
        if found is not None:
            return found
    if "password" in user:
        return digest(target, user["password"], library)
    hashed: str | None = user.get("hashedPassword")
    return hashed


def initial(target: Target, user: dict[str, Any], library: str) -> str | None:
    """The digest that the configuration gives a user who is new, or None."""
    if "initialPassword" in user:
        return digest(target, user["initialPassword"], library)
    hashed: str | None = user.get("initialHashedPassword")
    return hashed
