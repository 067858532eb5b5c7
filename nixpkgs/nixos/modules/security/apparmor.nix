# AppArmor: what programs may do, by profiles.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkEnableOption
    mkIf
    mkOption
    types
    ;
  cfg = config.security.apparmor;
  states = [
    "disable"
    "complain"
    "enforce"
  ];
  loaded = lib.filterAttrs (_: policy: policy.state != "disable") cfg.policies;
  fileOf =
    name: policy: if policy.path != null then policy.path else pkgs.writeText "apparmor-${name}" policy.profile;

  # Each profile's folder is searched for what it includes.
  arguments = lib.concatMapStringsSep " " (folder: "--Include ${folder}") (
    [ "/etc/apparmor.d" ] ++ map (package: "${package}/etc/apparmor.d") cfg.packages
  );
  parser = "${pkgs.apparmor}/bin/apparmor_parser ${arguments} ${
    if cfg.enableCache then "--write-cache --cache-loc /var/cache/apparmor" else "--skip-cache"
  }";
  load =
    name: policy:
    "${parser} --replace ${lib.optionalString (policy.state == "complain") "--Complain "}${fileOf name policy}";
in
{
  options.security.apparmor = {
    enable = mkEnableOption "AppArmor, which restricts programs by profiles";
    policies = mkOption {
      default = { };
      description = "Profiles by name.";
      type = types.attrsOf (
        types.submodule {
          options = {
            state = mkOption {
              type = types.enum states;
              default = "enforce";
              description = "Whether the profile restricts, only complains, or is not loaded.";
            };
            profile = mkOption {
              type = types.lines;
              default = "";
              description = "The profile's text: {manpage}`apparmor.d(5)`.";
            };
            path = mkOption {
              type = types.nullOr types.path;
              default = null;
              description = "A file with the profile, instead of the text.";
            };
          };
        }
      );
    };
    includes = mkOption {
      type = types.attrsOf types.lines;
      default = { };
      example."abstractions/mine" = "/etc/mine r,";
      description = "Files below {file}`/etc/apparmor.d` that profiles can include.";
    };
    packages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.apparmor-profiles ]";
      description = "Packages with files in `etc/apparmor.d` that profiles can include.";
    };
    enableCache = mkEnableOption "keeping compiled profiles in {file}`/var/cache/apparmor`";
    killUnconfinedConfinables = mkEnableOption "ending processes that a profile is for and that were started without it";
  };

  config = mkIf cfg.enable {
    assertions = lib.mapAttrsToList (name: policy: {
      assertion = (policy.path != null) != (policy.profile != "");
      message = "security.apparmor.policies.${name} needs either `profile' or `path'.";
    }) cfg.policies;

    boot.kernelParams = [
      "apparmor=1"
      "security=apparmor"
    ];
    environment.systemPackages = [
      pkgs.apparmor
      pkgs.apparmor-utils
    ];
    security.apparmor.packages = [ pkgs.apparmor ];
    environment.etc =
      lib.mapAttrs' (name: text: lib.nameValuePair "apparmor.d/${name}" { inherit text; }) cfg.includes
      // lib.mapAttrs' (
        name: policy: lib.nameValuePair "apparmor.d/${name}" { source = fileOf name policy; }
      ) loaded
      // lib.genAttrs' [ "abstractions" "tunables" ] (
        folder:
        lib.nameValuePair "apparmor.d/${folder}" {
          enable = !lib.any (lib.hasPrefix "${folder}/") (lib.attrNames cfg.includes);
          source = "${pkgs.apparmor}/etc/apparmor.d/${folder}";
        }
      )
      // {
        "apparmor/parser.conf".source = "${pkgs.apparmor}/etc/apparmor/parser.conf";
        "apparmor/logprof.conf".source = "${pkgs.apparmor-utils}/etc/apparmor/logprof.conf";
      };

    systemd.services.apparmor = {
      description = "AppArmor's profiles";
      wantedBy = [ "multi-user.target" ];
      before = [ "sysinit.target" ];
      after = [
        "local-fs.target"
        "systemd-journald-audit.socket"
      ];
      unitConfig = {
        DefaultDependencies = "no";
        ConditionSecurity = "apparmor";
      };
      restartTriggers = lib.mapAttrsToList fileOf loaded;
      # Profiles that are gone stay in the kernel until they are removed.
      reloadIfChanged = true;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        CacheDirectory = "apparmor";
        ExecStart = pkgs.writeShellScript "apparmor-load" (
          "set -e\n"
          + lib.concatLines (lib.mapAttrsToList load loaded)
          + lib.optionalString cfg.killUnconfinedConfinables ''
            ${pkgs.apparmor}/bin/aa-status --json | ${pkgs.jq}/bin/jq -r \
              '.processes[][] | select(.status == "unconfined").pid' | ${pkgs.findutils}/bin/xargs -r kill
          ''
        );
        ExecReload = pkgs.writeShellScript "apparmor-reload" (
          lib.concatLines (lib.mapAttrsToList load loaded)
        );
        ExecStop = "${pkgs.apparmor}/bin/aa-teardown";
      };
    };
  };
}
