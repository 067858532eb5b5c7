# What makes a derivation look and behave like a package: `meta`, `override`, `overrideAttrs` and so on.
{ lib, config }:
let
  licenseOf =
    component:
    {
      main = {
        shortName = "dfsg";
        fullName = "Free according to the Debian Free Software Guidelines";
        free = true;
        redistributable = true;
      };
      contrib = {
        shortName = "dfsg";
        fullName = "Free, but depends on software that is not";
        free = true;
        redistributable = true;
      };
      non-free = {
        shortName = "unfree";
        fullName = "Unfree";
        free = false;
        redistributable = true;
      };
      non-free-firmware = {
        shortName = "unfreeRedistributableFirmware";
        fullName = "Unfree redistributable firmware";
        free = true;
        redistributable = true;
      };
    }
    .${component};

  allowsUnfree = config.allowUnfree or false || builtins.getEnv "NIXPKGS_ALLOW_UNFREE" == "1";
  unfreePredicate = config.allowUnfreePredicate or (_: false);

  # What `overrideAttrs` can change about a package that is not compiled here.
  changeable = [
    "debs"
    "dependencies"
    "meta"
    "name"
    "passthru"
    "pname"
    "version"
    "wrappers"
  ];

  refuse =
    name: reason: hint:
    throw "Package ‘${name}’ ${reason}, refusing to evaluate.\n\n${hint}";

  check =
    package:
    let
      inherit (package) name meta;
    in
    if package.unsatisfied != [ ] then
      refuse name "needs what Debian's archive does not have (${lib.concatStringsSep ", " package.unsatisfied})"
        "The archive may be in the middle of a change; update the channel later."
    else if !meta.license.free && !allowsUnfree && !(unfreePredicate package.self) then
      refuse name "has an unfree license (‘${meta.license.shortName}’)" ''
        a) To allow unfree packages for one command, set an environment variable:
             export NIXPKGS_ALLOW_UNFREE=1

        b) To allow them in a NixOS configuration:
             { nixpkgs.config.allowUnfree = true; }

        c) To allow them for nix-env, nix-build and nix-shell, put this into ~/.config/nixpkgs/config.nix:
             { allowUnfree = true; }
      ''
    else
      true;

  make =
    {
      pname,
      version,
      described,
      unsatisfied,
      passthru,
      derivationArgs,
      name ? "${pname}-${version}",
      meta ? { },
    }@args:
    let
      drvAttrs = derivationArgs // {
        inherit name pname version;
      };
      drv = derivation drvAttrs;
      checked =
        assert check {
          inherit name unsatisfied self;
          meta = self.meta;
        };
        drv;
      component = described.component or "main";
      self =
        drvAttrs
        // passthru
        // {
          inherit drvAttrs passthru;
          type = "derivation";
          outputs = [ "out" ];
          outputName = "out";
          out = self;
          all = [ self ];
          inherit (checked) drvPath outPath;
          meta = {
            inherit name;
            description = described.description or "";
            homepage = described.homepage or "https://packages.debian.org/${pname}";
            license = licenseOf component;
            mainProgram = pname;
            platforms = [ drvAttrs.system ];
            outputsToInstall = [ "out" ];
            maintainers = [ ];
            broken = false;
            insecure = false;
            unfree = !(licenseOf component).free;
            unsupported = false;
            available = true;
          }
          // meta;
          override = overrideArguments;
          overrideAttrs = overrideAttrs;
          overrideDerivation = overrideAttrs;
        };

      overrideArguments =
        arguments:
        let
          names = builtins.attrNames (
            if builtins.isFunction arguments then arguments { } else arguments
          );
        in
        if names == [ ] then
          self
        else
          lib.warn "‘${name}’ comes from Debian as it was built there: the overrides ${lib.concatStringsSep ", " names} have no effect" self;

      overrideAttrs =
        change:
        let
          # Both `old: { … }` and `final: old: { … }`.
          applied = if builtins.isFunction change then change old else change;
          changes = if builtins.isFunction applied then change changed old else applied;
          old = self // {
            inherit (args) passthru;
            patches = [ ];
            buildInputs = [ ];
            nativeBuildInputs = [ ];
          };
          impossible = builtins.attrNames (builtins.removeAttrs changes changeable);
          changed = make (
            args
            // lib.optionalAttrs (changes ? pname) { inherit (changes) pname; }
            // lib.optionalAttrs (changes ? version) { inherit (changes) version; }
            // lib.optionalAttrs (changes ? name) { inherit (changes) name; }
            // {
              meta = meta // changes.meta or { };
              passthru = passthru // changes.passthru or { };
              derivationArgs =
                derivationArgs
                // builtins.removeAttrs changes [
                  "pname"
                  "version"
                  "name"
                  "meta"
                  "passthru"
                ];
            }
          );
        in
        if impossible != [ ] then
          throw ''
            ‘${name}’ comes from Debian as it was built there, so ${lib.concatStringsSep ", " impossible} cannot be changed.
            Build it from source with stdenv.mkDerivation, or take it from upstream nixpkgs (setting nixpkgs-provider = upstream).''
        else
          changed;
    in
    self;
in
make
