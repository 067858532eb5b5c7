"""The driver of NixOS tests: boots the machines of a test, connects them, and runs the test script on them.

It runs inside a build (or from a shell, interactively) with nothing but what its wrapper puts on PATH.
"""
