# Debian's packages as derivations.
#
# A *unit* is what becomes one store object: one package, or several that only work together. Its derivation has the
# builder `builtin:debian`, which unpacks the package files and points everything in them at store paths. Package files
# are derivations of their own with a fixed output, so a binary cache can serve them and they are fetched in parallel.
{
  lib,
  system,
  config,
  index,
}:
let
  wrappers = builtins.fromTOML (builtins.readFile ./wrappers.toml);

  makePackage = import ./package.nix { inherit lib config; };

  storeName = builtins.replaceStrings [ "~" ":" "%" ] [ "_" "_" "_" ];

  # The version without its epoch, as far as it may stand in a store path.
  cleanVersion = version: storeName (lib.last (lib.splitString ":" version));

  fetchDeb =
    name:
    let
      entry = index.entry name;
    in
    derivation {
      name = storeName (baseNameOf entry.path);
      builder = "builtin:fetchurl";
      system = "builtin";
      # The mirror is the machine's affair; the file is the same everywhere.
      url = "mirror://${entry.archive or "debian"}/${entry.path}";
      outputHash = entry.sha256;
      outputHashAlgo = "sha256";
      outputHashMode = "flat";
      preferLocalBuild = true;
    };

  # Whether programs are for people, who start them from the store; the others run in systems, where /usr may have more.
  isApplication =
    described:
    builtins.elem (lib.last (lib.splitString "/" (described.section or ""))) [
      "editors"
      "education"
      "electronics"
      "games"
      "gnome"
      "graphics"
      "hamradio"
      "kde"
      "math"
      "science"
      "sound"
      "tex"
      "text"
      "video"
      "xfce"
    ];

  layout = 8; # counts changes of the builder that change its outputs

  # Who depends on one of these may have programs that ask whose certificates to believe.
  librariesOfTLS = [
    "libcurl3t64-gnutls"
    "libcurl4t64"
    "libgnutls30t64"
    "libssl3t64"
  ];

  # Debian's certificates alone: what the package's own scripts need has programs that speak TLS.
  certificates = derivation {
    name = "ca-certificates-${cleanVersion (index.entry "ca-certificates").version}";
    pname = "ca-certificates";
    version = cleanVersion (index.entry "ca-certificates").version;
    builder = "builtin:debian";
    debs = [ (fetchDeb "ca-certificates") ];
    inherit system layout;
  };

  makeUnit =
    unit: entry:
    let
      members = entry.members or [ unit ];
      # A named group is described by the package that carries its name, or else by its first member.
      described = if entry ? version then entry else index.entry (builtins.head members);
      isCore = entry.core or false;
      speaksTLS = lib.any (library: builtins.elem library librariesOfTLS) entry.depends;
      # What programs in a language import without their packages saying so, unless it needs this unit itself.
      assumed = lib.concatMap (
        dependency:
        let
          modules = index.meta.assumed.${dependency} or null;
        in
        lib.optionals (modules != null && !builtins.elem unit modules.without) modules.units
      ) entry.depends;
      pname = described.name or (if entry ? version then unit else lib.head (lib.splitString "/" unit));
    in
    makePackage {
      inherit pname described;
      version = cleanVersion described.version;
      unsatisfied = entry.unsatisfied or [ ];
      passthru.debian = {
        inherit unit members;
        inherit (described) version;
        component = described.component or "main";
        source = described.source or pname;
        section = described.section or "";
        inherit (entry) depends;
        dependencies = map (dependency: packages.${dependency}) entry.depends;
      };
      derivationArgs = {
        inherit system;
        builder = "builtin:debian";
        inherit layout;
        debs = map fetchDeb members;
        dependencies = map (dependency: packages.${dependency}) entry.depends;
        interpreters = if isCore then [ ] else map (name: packages.${name}) index.meta.interpreters;
      }
      // lib.optionalAttrs (speaksTLS && index.names ? ca-certificates) { inherit certificates; }
      // lib.optionalAttrs (assumed != [ ]) { modules = map (name: packages.${name}) assumed; }
      // lib.optionalAttrs (isApplication described) { compiledPaths = true; }
      // lib.optionalAttrs (wrappers ? ${unit}) { wrappers = builtins.toJSON wrappers.${unit}; };
    };

  makeByName =
    name:
    let
      entry = index.entry name;
    in
    if entry ? unit then packages.${entry.unit} else makeUnit name entry;

  stable = lib.mapAttrs (name: _: makeByName name) index.names;
  beside = lib.mapAttrs (_: lib.mapAttrs (_: makeByName)) index.suites;
  besideByName = lib.concatMapAttrs (
    suite: names: lib.mapAttrs' (name: key: lib.nameValuePair key beside.${suite}.${name}) names
  ) index.suites;

  packages = stable // besideByName;
in
{
  # Package name → derivation, the packages of stable and its updates.
  packages = stable;

  # Suite → package name → derivation: `suites.trixie-backports.linux-image-amd64`.
  suites = beside;

  inherit (index) meta;
}
