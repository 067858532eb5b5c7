# What `make demo` takes for nixpkgs, until Neve has a package set of its own: just enough to show
# what the example files ask for. It builds nothing and knows no options.
{ ... }:

let
  # Any package is a set with its name.
  pkgs = builtins.listToAttrs (
    map
      (name: {
        inherit name;
        value = {
          inherit name;
        };
      })
      [
        "curl"
        "firefox"
        "linuxPackages_latest"
        "tree"
      ]
  );

  lib.mkForce = content: {
    _type = "override";
    inherit content;
  };

  # A module is a function of these, and its result is shown as it is.
  evaluateModule =
    module:
    module {
      config = { };
      modulesPath = "<nixpkgs/nixos/modules>";
      inherit lib pkgs;
    };
in
{
  inherit evaluateModule;

  testers.runNixOSTest = test: {
    inherit (test) name;
    machines = builtins.mapAttrs (_: evaluateModule) test.nodes;
    script =
      if builtins.isFunction test.testScript then test.testScript { nodes = { }; } else test.testScript;
  };
}
