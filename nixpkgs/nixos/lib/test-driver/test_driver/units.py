"""Units of systemd in a machine."""

from __future__ import annotations

import contextlib
import re
import shlex
from abc import abstractmethod
from typing import TYPE_CHECKING

from test_driver.bus import BusError
from test_driver.commands import Commands
from test_driver.errors import ActionTimedOutError, AssertionFailedError
from test_driver.polling import DEFAULT_TIMEOUT_SECONDS, limit_named, retry

if TYPE_CHECKING:
    from collections.abc import Sequence


class UnitCommands(Commands):
    """What a test asks of systemd. `user` means that user's own manager instead of the system's."""

    @abstractmethod
    def _ask_systemd(self, unit: str | None, name: str) -> object:
        """The property `name` of `unit`, or of the manager itself (`None`), without a process in the machine.

        Raises `BusError` where that does not work.
        """

    def systemctl(self, q: str, user: str | None = None) -> tuple[int, str]:
        """Run `systemctl` with the arguments `q`: its exit status and standard output."""
        return self.execute(_systemctl(q, user))

    def wait_for_unit(
        self, unit: str, user: str | None = None, timeout: float = DEFAULT_TIMEOUT_SECONDS
    ) -> None:
        """Wait until `unit` is active.

        Raises `AssertionFailedError` at once when it has failed, or is inactive while no job is queued;
        `ActionTimedOutError` after `timeout` seconds.
        """
        state = "unknown"

        def is_active(_is_last: bool) -> bool:  # noqa: FBT001 - the signature of `retry`
            nonlocal state
            state = self._checked_state(unit, user)
            return state == "active"

        of_user = "" if user is None else f" of user {user}"
        with (
            self.nested(f"waiting for unit {unit}{of_user}", {"unit": unit}),
            limit_named(f"waiting for unit {unit}{of_user} on {self.name}"),
        ):
            try:
                retry(is_active, timeout)
            except ActionTimedOutError:
                self.log(f"unit {unit} is in state {state}")
                raise

    def get_unit_info(self, unit: str, user: str | None = None) -> dict[str, str]:
        """Every property of `unit`, as `systemctl show` has it; raises `AssertionFailedError`."""
        return self._show(unit, user, ())

    def get_unit_property(self, unit: str, prop: str, user: str | None = None) -> str:
        """The value of the property `prop` of `unit`; raises `AssertionFailedError` when there is none."""
        values = self._show(unit, user, (prop,))
        if prop not in values:
            raise AssertionFailedError(f'unit "{unit}" has no property "{prop}"')
        return values[prop]

    def require_unit_state(self, unit: str, require_state: str = "active") -> None:
        """Raise `AssertionFailedError` when `unit` is not in the state `require_state`."""
        with self.nested(f"checking if unit '{unit}' has reached state '{require_state}'"):
            state = self._active_state(unit, None)
            if state != require_state:
                raise AssertionFailedError(
                    f"Expected unit '{unit}' to be in state '{require_state}' but it is in state '{state}'"
                )

    def start_job(self, jobname: str, user: str | None = None) -> tuple[int, str]:
        """Start the unit `jobname`: exit status and output of `systemctl`."""
        return self.systemctl(f"start {jobname}", user)

    def stop_job(self, jobname: str, user: str | None = None) -> tuple[int, str]:
        """Stop the unit `jobname`: exit status and output of `systemctl`."""
        return self.systemctl(f"stop {jobname}", user)

    def _checked_state(self, unit: str, user: str | None) -> str:
        """The state of `unit`; raises `AssertionFailedError` when waiting for it is in vain."""
        state = self._active_state(unit, user)
        if state == "failed":
            raise AssertionFailedError(f'unit "{unit}" reached state "{state}"')
        if state == "inactive" and not self._has_jobs(user):
            # A job may have ended between the two questions.
            state = self._active_state(unit, user)
            if state == "inactive":
                raise AssertionFailedError(
                    f'unit "{unit}" is inactive and there are no pending jobs'
                )
        return state

    def _active_state(self, unit: str, user: str | None) -> str:
        if user is None:
            with contextlib.suppress(BusError):
                return str(self._ask_systemd(unit, "ActiveState"))
        return self._show(unit, user, ("ActiveState",)).get("ActiveState", "unknown")

    def _has_jobs(self, user: str | None) -> bool:
        if user is None:
            with contextlib.suppress(BusError):
                return self._ask_systemd(None, "NJobs") != 0
        _, jobs = self.execute(_systemctl("list-jobs --full", user), timeout=None)
        return "No jobs" not in jobs

    def _show(self, unit: str, user: str | None, properties: Sequence[str]) -> dict[str, str]:
        chosen = "".join(f"--property={shlex.quote(prop)} " for prop in properties)
        # No time limit: it would be one more process to start in the machine.
        status, lines = self.execute(
            _systemctl(f"--no-pager show {chosen}{shlex.quote(unit)}", user), timeout=None
        )
        if status != 0:
            of_user = "" if user is None else f' of user "{user}"'
            raise AssertionFailedError(
                f'retrieving systemctl info for unit "{unit}"{of_user} failed with exit code {status}'
            )
        return dict(re.findall(r"^([^=\n]+)=(.*)$", lines, re.MULTILINE))


def _systemctl(arguments: str, user: str | None) -> str:
    if user is None:
        return f"systemctl {arguments}"
    as_user = f"XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user {arguments}"
    return f"su -l {shlex.quote(user)} --shell /bin/sh -c {shlex.quote(as_user)}"
