"""The screen and the keyboard of a machine."""

from __future__ import annotations

import re
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from test_driver import ocr
from test_driver.commands import Commands
from test_driver.keys import key_of
from test_driver.polling import DEFAULT_TIMEOUT_SECONDS, limit_named, retry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from test_driver.qmp import QmpClient


class ScreenCommands(Commands):
    """What a person in front of the machine would see and type."""

    out_dir: Path

    @property
    def qmp_client(self) -> QmpClient:
        """The connection to QEMU; raises `MachineError` when the machine is not running."""
        raise NotImplementedError

    def send_monitor_command(self, command: str) -> str:
        """What QEMU's monitor answers to `command`; raises `MachineError`."""
        self.check_conditions()
        return self.qmp_client.monitor(command)

    def screenshot(self, filename: str) -> None:
        """Save the screen as a PNG file in the test's output.

        A name without a dot gets `.png`; a name with a slash is a path from the current folder.
        """
        name = filename if "." in Path(filename).name else f"{filename}.png"
        path = Path(name).absolute() if "/" in name else self.out_dir / name
        with self.nested(f"making screenshot {path}") as span:
            self._dump_screen(path)
            span.attributes["screenshot"] = str(path)

    def get_screen_text(self) -> str:
        """The text on the screen; raises `MachineError` when the test lacks `enableOCR`."""
        with self._picture() as picture:
            return ocr.read_text(picture)

    def get_screen_text_variants(self) -> list[str]:
        """Several readings of the screen, of differently prepared pictures; raises `MachineError`."""
        with self._picture() as picture:
            return ocr.read_text_variants(picture)

    def wait_for_text(self, regex: str, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        """Wait until `regex` is found in a reading of the screen; raises `ActionTimedOutError`."""
        pattern = re.compile(regex)

        def is_shown(is_last: bool) -> bool:  # noqa: FBT001 - the signature of `retry`
            variants = self.get_screen_text_variants()
            if is_last:
                self.log(f"Last OCR attempt failed. Text was: {variants}")
            return any(pattern.search(text) for text in variants)

        with (
            self.nested(f"waiting for {regex} to appear on screen"),
            limit_named(f"waiting for {regex} on the screen of {self.name}"),
        ):
            retry(is_shown, timeout)

    def send_key(
        self,
        key: str,
        delay: float | None = 0.01,
        log: bool | None = True,  # noqa: FBT001, FBT002 - the script's API
    ) -> None:
        """Press a key: a character, or QEMU's name of a key or of keys held together (`ctrl-alt-delete`).

        `delay` is the pause after it in seconds.
        """
        if log:
            self.log(f"sending key '{key}'")
        self.send_monitor_command(f"sendkey {key_of(key)}")
        if delay is not None:
            time.sleep(delay)

    def send_chars(self, chars: str, delay: float | None = 0.01) -> None:
        """Type `chars`, one after the other."""
        with self.nested(f"sending keys {chars!r}"):
            for char in chars:
                self.send_key(char, delay, log=False)

    @contextmanager
    def _picture(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="screen-") as folder:
            picture = Path(folder) / "screen.png"
            self._dump_screen(picture)
            yield picture

    def _dump_screen(self, path: Path) -> None:
        self.qmp_client.send("screendump", {"filename": str(path), "format": "png"})
