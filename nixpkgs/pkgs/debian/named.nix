# The packages under nixpkgs' names: reads names.nix.
{
  lib,
  packages,
  joinPackages,
}:
let
  table = import ./names.nix;

  outputsOf =
    spec: main:
    lib.mapAttrs (_: name: packages.${name}) (
      lib.filterAttrs (output: _: output == "dev" || output == "lib") spec
    );

  withProgram =
    program: package:
    package
    // {
      meta = package.meta // {
        mainProgram = program;
      };
    };

  resolve =
    attr: spec:
    if builtins.isString spec then
      packages.${spec}
    else
      let
        main =
          if spec ? join then
            let
              first = packages.${builtins.head spec.join};
            in
            joinPackages {
              name = "${attr}-${first.version}";
              packages = map (name: packages.${name}) spec.join;
              inherit (first) meta;
              passthru = {
                pname = attr;
              };
            }
          else
            packages.${spec.package};
        named = if spec ? program then withProgram spec.program main else main;
      in
      named
      // outputsOf spec named
      // {
        bin = named;
        out = named;
        man = named;
        doc = named;
      };
in
lib.mapAttrs resolve table
