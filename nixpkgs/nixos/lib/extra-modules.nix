# The module that $NIXOS_EXTRA_MODULE_PATH names, for sites that add to every configuration.
let
  path = builtins.getEnv "NIXOS_EXTRA_MODULE_PATH";
in
if path == "" then [ ] else [ (import (/. + path)) ]
