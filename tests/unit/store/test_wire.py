"""Numbers and strings in streams."""

import io

import pytest

from neve.errors import StoreError
from neve.store.wire import WireReader, encode_number, encode_string, encode_strings


def test_values_survive_a_round_trip() -> None:
    """What is written is read, in pieces of any size."""
    data = encode_number(1 << 40) + encode_string("é") + encode_strings(["", "12345678"])
    stream = WireReader(io.BytesIO(data).read)
    assert (stream.number(), stream.string(), stream.strings()) == (1 << 40, "é", ["", "12345678"])
    assert stream.maybe_number() is None


def test_strings_are_padded_to_eight_bytes() -> None:
    """The layout is that of archives."""
    assert encode_string("ab") == b"\x02" + bytes(7) + b"ab" + bytes(6)


def test_early_end_is_an_error() -> None:
    """A stream that breaks off is not taken for a shorter one."""
    with pytest.raises(StoreError, match="unexpected end"):
        WireReader(io.BytesIO(encode_string("abc")[:-1]).read).string()


def test_absurd_length_is_an_error() -> None:
    """Garbage is refused before memory is asked for."""
    with pytest.raises(StoreError, match="too long"):
        WireReader(io.BytesIO(encode_number(1 << 60)).read).string()


def test_limited_reader_stops_and_insists() -> None:
    """A part of a stream ends where it should, and must be there as a whole."""
    stream = WireReader(io.BytesIO(b"abcdef").read)
    read = stream.limited(3)
    assert read(10) + read(10) == b"abc"
    read = stream.limited(9)
    read(9)
    with pytest.raises(StoreError, match="unexpected end"):
        read(9)
