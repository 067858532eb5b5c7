# The test driver's Python package, with its byte code, and what mypy knows of it: so a script is checked in a second.
{ pkgs }:
let
  inherit (pkgs) lib;

  source = lib.fileset.toSource {
    root = ./.;
    fileset = ./test_driver;
  };
  types = pkgs.python3.withPackages (packages: [
    packages.jeepney
    packages.mypy
    packages.pyflakes
    packages.typing-extensions
  ]);
  package =
    pkgs.runCommandLocal "nixos-test-driver"
      {
        passthru = { inherit checkScript; };
        meta.description = "Boots the machines of a NixOS test and runs its script on them";
      }
      ''
        mkdir -p $out
        cp -r ${source}/test_driver $out/
        chmod -R u+w $out
        ${pkgs.python3.interpreter} -m compileall -q --invalidation-mode unchecked-hash $out/test_driver
      '';

  # mypy's memory of the package, made once.
  memory = pkgs.runCommandLocal "nixos-test-driver-types" { } ''
    echo 'from test_driver.prelude import *' > script.py
    MYPYPATH=${package} ${types}/bin/python3 -m mypy --ignore-missing-imports --cache-dir=$out script.py
  '';

  # Shell code that fails, with words, when the script in `file` has faults.
  checkScript =
    {
      machines,
      hostNames,
      vlans,
      file,
      skipTypeCheck,
      skipLint,
    }:
    ''
      cp -r --no-preserve=mode ${memory} mypy-cache
      MYPY_CACHE_DIR=$PWD/mypy-cache MYPYPATH=${package} PYTHONPATH=${package} \
        ${types}/bin/python3 -m test_driver.check ${
          lib.escapeShellArgs (
            lib.concatMap (name: [
              "--machine"
              name
            ]) machines
            ++ lib.concatMap (name: [
              "--host-name"
              name
            ]) hostNames
            ++ lib.concatMap (nr: [
              "--vlan"
              (toString nr)
            ]) vlans
            ++ lib.optional skipTypeCheck "--skip-type-check"
            ++ lib.optional skipLint "--skip-lint"
          )
        } ${file}
    '';
in
package
