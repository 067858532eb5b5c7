{
  lib,
  symlinkJoin,
  debianPackages,
}:
import ../build-support/with-hook.nix { inherit lib symlinkJoin debianPackages; } {
  name = "cmake";
  hook = ./setup-hook.sh;
}
