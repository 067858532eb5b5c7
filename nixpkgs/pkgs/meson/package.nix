{
  lib,
  symlinkJoin,
  debianPackages,
}:
import ../build-support/with-hook.nix { inherit lib symlinkJoin debianPackages; } {
  name = "meson";
  hook = ./setup-hook.sh;
}
