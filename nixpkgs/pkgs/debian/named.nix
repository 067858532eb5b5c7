# The packages under nixpkgs' names: reads names.nix.
{
  lib,
  packages,
  joinPackages,
  runCommandLocal,
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

  # A package's tree of links, and what `script` changes in it.
  withChanges =
    attr: script: package:
    runCommandLocal "${attr}-${package.version}"
      {
        inherit package;
        inherit (package) version meta;
        pname = attr;
        passthru.unwrapped = package;
      }
      (
        ''
          cp -rs --no-preserve=mode "$package"/. $out
          rm -rf $out/nix-support
          mkdir -p $out/nix-support
          ! [[ -e $package/nix-support/debian.json ]] || cp "$package/nix-support/debian.json" $out/nix-support
        ''
        + script
      );

  # Programs have the names that they have everywhere else, too.
  withLinks =
    attr: links:
    withChanges attr (
      lib.concatStrings (
        lib.mapAttrsToList (link: program: ''
          ln -s "$package/bin/${program}" "$out/bin/${link}"
        '') links
      )
    );

  # Programs that Debian keeps in a folder of their own are where programs are.
  withPrograms =
    attr: folder:
    withChanges attr ''
      mkdir -p $out/bin
      ln -s "$package/${folder}"/* $out/bin
    '';

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
        inPlace = if spec ? programs then withPrograms attr spec.programs main else main;
        linked = if spec ? links then withLinks attr spec.links inPlace else inPlace;
        named = if spec ? program then withProgram spec.program linked else linked;
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
