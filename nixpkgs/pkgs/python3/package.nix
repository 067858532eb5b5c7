# Python with the functions that nixpkgs gives it: `python3.withPackages (p: [ p.requests ])`.
{
  lib,
  system,
  debianPackages,
  runCommandLocal,
  python3Packages,
  python3,
}:
let
  interpreter = debianPackages.python3;
  named = import ../debian/relink.nix {
    inherit system;
    packages = debianPackages;
  } {
    inherit (interpreter) name;
    package = interpreter;
    script = ''ln -s python3 "$out/bin/python"'';
  };
  version = builtins.head (builtins.match "([0-9]+\\.[0-9]+).*" interpreter.version);

  # A virtual environment: its interpreter finds the modules of these packages and of all that they depend on.
  buildEnv =
    packages:
    runCommandLocal "python3-${interpreter.version}-env"
      {
        inherit packages;
        python = interpreter;
        inherit version;
        passthru = {
          inherit interpreter;
          pythonVersion = version;
        };
        meta = interpreter.meta // {
          mainProgram = "python3";
        };
      }
      ''
        source ${../build-support/debian-closure.sh}
        source ${./python-path.sh}
        mkdir -p $out/bin
        for program in $python/bin/python3 $python/bin/python$version; do
          ln -s "$program" $out/bin/
        done
        ln -s python3 $out/bin/python
        printf 'home = %s\ninclude-system-site-packages = false\n' $python/bin > $out/pyvenv.cfg
        linkPythonModules $out/lib/python$version/site-packages $packages
        for package in $packages; do
          for program in $package/bin/*; do
            [ ! -x "$program" ] || [ -e "$out/bin/''${program##*/}" ] || ln -s "$program" $out/bin/
          done
        done
      '';

  self =
    named
    // {
      withPackages = choose: buildEnv (choose python3Packages);
      buildEnv = {
        override = { extraLibs ? [ ], ... }: buildEnv extraLibs;
      };
      pkgs = python3Packages;
      interpreter = "${named}/bin/python3";
      pythonVersion = version;
      sitePackages = "lib/python3/dist-packages";
      executable = "python3";
      libPrefix = "python${version}";
      implementation = "cpython";
      isPy3 = true;
      meta = interpreter.meta // {
        mainProgram = "python3";
      };
    };
in
self
// {
  override = _: self;
  dev = debianPackages.libpython3-dev;
}
