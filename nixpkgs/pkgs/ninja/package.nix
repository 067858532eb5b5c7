{
  lib,
  symlinkJoin,
  debianPackages,
}:
import ../build-support/with-hook.nix { inherit lib symlinkJoin debianPackages; } {
  name = "ninja-build";
  hook = ./setup-hook.sh;
}
