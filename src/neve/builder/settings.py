"""The settings that builds obey, as values: named as in `nix.conf` with `-` for `_`."""

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from neve.sandbox.identity import IdentitySettings
from neve.settings import Settings


@dataclass(frozen=True)
class BuildSettings:
    """How things are built."""

    max_jobs: int = 1
    cores: int = 0
    """0 is all."""
    keep_going: bool = False
    keep_failed: bool = False
    fallback: bool = False
    substitute: bool = True
    always_allow_substitutes: bool = False
    max_substitution_jobs: int = 16
    timeout: int = 0
    """Seconds, 0 for no limit; so for the next."""
    max_silent_time: int = 0
    max_build_log_size: int = 0
    """Bytes; 0 for no limit."""
    build_poll_interval: int = 5
    log_lines: int = 25
    keep_build_log: bool = True
    compress_build_log: bool = True
    sandbox: str = "true"
    """`true`, `relaxed` or `false`."""
    sandbox_paths: Mapping[str, str] = field(default_factory=dict)
    """Place in the sandbox → file of the host, with `?` at its end when it may be missing."""
    sandbox_build_dir: str = "/build"
    sandbox_dev_shm_size: str = "50%"
    sandbox_fallback: bool = True
    filter_syscalls: bool = True
    allow_new_privileges: bool = False
    require_drop_supplementary_groups: bool = False
    impersonate_linux_26: bool = False
    build_dir: str = ""
    system: str = "x86_64-linux"
    extra_platforms: tuple[str, ...] = ()
    system_features: tuple[str, ...] = ()
    allowed_impure_host_deps: tuple[str, ...] = ()
    impure_env: Mapping[str, str] = field(default_factory=dict)
    hashed_mirrors: tuple[str, ...] = ()
    debian_mirror: str = ""
    debian_snapshot: str = ""
    ssl_cert_file: str = ""
    pre_build_hook: str = ""
    post_build_hook: str = ""
    diff_hook: str = ""
    run_diff_hook: bool = False
    secret_key_files: tuple[str, ...] = ()
    experimental_features: tuple[str, ...] = ()
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of this process, for `impureEnvVars`."""
    configuration: str = ""
    """All settings in the form of `nix.conf`, for hooks."""
    shows_logs: bool = True
    """Whether the user saw the build's output already, so that an error need not repeat its end."""

    @classmethod
    def load(cls, settings: Settings, *, shows_logs: bool = True) -> Self:
        """The values that are in force."""
        values: dict[str, Any] = {}
        for item in dataclasses.fields(cls):
            if item.name in {"identity", "environment", "configuration", "shows_logs"}:
                continue
            value = settings.value(item.name.replace("_", "-"))
            default = item.default if value is None else value
            values[item.name] = tuple(value) if isinstance(value, list) else default
        identity = IdentitySettings(
            build_users_group=settings.text("build-users-group"),
            must_have_group=settings.is_set("build-users-group"),
            auto_allocate_uids=settings.flag("auto-allocate-uids"),
            start_id=settings.number("start-id"),
            id_count=settings.number("id-count"),
        )
        return cls(
            **values,
            identity=identity,
            environment=settings.environment,
            shows_logs=shows_logs,
        )

    @property
    def build_cores(self) -> int:
        """What `NIX_BUILD_CORES` is."""
        return self.cores or len(os.sched_getaffinity(0))

    def has_feature(self, name: str) -> bool:
        """Whether an experimental feature is on."""
        return name in self.experimental_features
