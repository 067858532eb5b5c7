# The packages under nixpkgs' names: reads names.nix.
{
  lib,
  packages,
  system,
  joinPackages,
}:
let
  table = import ./names.nix;

  outputsOf =
    spec: main:
    lib.mapAttrs (_: name: packages.${name}) (
      lib.filterAttrs (output: _: output == "dev" || output == "lib") spec
    );

  withMeta =
    meta: package:
    package
    // {
      meta = package.meta // meta;
    };

  relink = import ./relink.nix { inherit system packages; };

  # Programs have the names that they have everywhere else, too.
  linkLines = lib.mapAttrsToList (link: program: ''ln -sf "$package/bin/${program}" "$out/bin/${link}"'');

  # Programs that Debian keeps in another package.
  borrowLines = lib.mapAttrsToList (program: owner: ''ln -sf "${packages.${owner}}/bin/${program}" "$out/bin"'');

  # Programs that Debian keeps in a folder of their own are where programs are.
  folderLines = folder: [ ''ln -s "$package/${folder}"/* "$out/bin"'' ];

  withPrograms =
    attr: spec: package:
    let
      lines =
        lib.optionals (spec ? programs) (folderLines spec.programs)
        ++ linkLines spec.links or { }
        ++ borrowLines spec.borrowed or { };
    in
    if lines == [ ] then
      package
    else
      relink {
        name = "${attr}-${package.version}";
        inherit package;
        script = lib.concatStringsSep "\n" lines;
      }
      // {
        pname = attr;
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
        linked = withPrograms attr spec main;
        named = withMeta (
          lib.optionalAttrs (spec ? program) { mainProgram = spec.program; }
          // lib.optionalAttrs (spec ? priority) { inherit (spec) priority; }
        ) linked;
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
