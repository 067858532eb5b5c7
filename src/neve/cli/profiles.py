"""Where a user's profiles, channels and default expressions are."""

from __future__ import annotations

import os

from neve.settings import home_dir, state_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve.settings import Settings


def user_state_dir(settings: Settings) -> str:
    """The user's own state folder."""
    environment = settings.environment
    found = environment.get("NIX_STATE_HOME")
    if found:
        return found
    base = environment.get("XDG_STATE_HOME") or f"{home_dir(environment)}/.local/state"
    return f"{base}/nix"


def profiles_dir(settings: Settings) -> str:
    """The folder of the user's profiles."""
    if os.geteuid() == 0:
        return f"{state_dir(settings.environment)}/profiles/per-user/root"
    return f"{user_state_dir(settings)}/profiles"


def profile_link(settings: Settings) -> str:
    """The link in the user's home that says which profile is theirs."""
    if settings.flag("use-xdg-base-directories"):
        return f"{user_state_dir(settings)}/profile"
    return f"{home_dir(settings.environment)}/.nix-profile"


def default_profile(settings: Settings) -> str:
    """The profile that the user's link leads to; makes the link when there is none."""
    link = profile_link(settings)
    profile = f"{profiles_dir(settings)}/profile"
    try:
        os.makedirs(os.path.dirname(profile), exist_ok=True)
        if not os.path.lexists(link):
            os.makedirs(os.path.dirname(link), exist_ok=True)
            os.symlink(profile, link)
        shared = f"{state_dir(settings.environment)}/profiles/default"
        if os.geteuid() == 0 and not os.path.lexists(shared):
            os.symlink(profile, shared)
        return os.path.abspath(os.path.join(os.path.dirname(link), os.readlink(link)))
    except OSError:
        return link


def chosen_profile(settings: Settings, profile: str | None) -> str:
    """The profile of a flag, else that of `NIX_PROFILE`, else the user's."""
    named = profile or settings.environment.get("NIX_PROFILE")
    return os.path.abspath(named) if named else default_profile(settings)


def channels_file(settings: Settings) -> str:
    """The list of the user's channels."""
    if settings.flag("use-xdg-base-directories"):
        return f"{user_state_dir(settings)}/channels"
    return f"{home_dir(settings.environment)}/.nix-channels"


def default_expression_dir(settings: Settings) -> str:
    """The folder of expressions that `nix-env` knows packages from."""
    if settings.flag("use-xdg-base-directories"):
        return f"{user_state_dir(settings)}/defexpr"
    return f"{home_dir(settings.environment)}/.nix-defexpr"


def prepare_default_expression(settings: Settings) -> str:
    """That folder, made with links to the user's and root's channels when it is missing."""
    folder = default_expression_dir(settings)
    if not os.path.lexists(folder):
        try:
            os.makedirs(folder)
            os.symlink(f"{profiles_dir(settings)}/channels", f"{folder}/channels")
            if os.geteuid() != 0:
                root = f"{state_dir(settings.environment)}/profiles/per-user/root/channels"
                os.symlink(root, f"{folder}/channels_root")
        except OSError:
            # A home that cannot be written has no default expressions.
            return folder
    return folder
