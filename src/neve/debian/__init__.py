"""Debian's archive as a package set: trust, index, resolver, and packages unpacked into the store."""
