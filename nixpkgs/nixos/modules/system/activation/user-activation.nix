# What happens for users who are logged in when a system becomes the running one.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  scripts = config.system.userActivationScripts;

  entryType = types.either types.str (
    types.submodule {
      options = {
        text = mkOption {
          type = types.lines;
          description = "The commands.";
        };
        deps = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Snippets that run before.";
        };
      };
    }
  );

  entries = lib.mapAttrs (
    _: entry: if builtins.isString entry then lib.noDepEntry entry else { inherit (entry) text deps; }
  ) scripts;
in
{
  options.system.userActivationScripts = mkOption {
    type = types.attrsOf entryType;
    default = { };
    example = {
      cache.text = "rm -rf ~/.cache/my-program";
    };
    description = "Shell commands that run for every user at login and at every switch.";
  };

  config = lib.mkIf (scripts != { }) {
    systemd.user.services.nixos-activation = {
      description = "Activation for the user";
      wantedBy = [ "default.target" ];
      unitConfig.ConditionUser = "!@system";
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = ''
        set +e
        ${lib.textClosureMap lib.id entries (lib.attrNames entries)}
      '';
    };
  };
}
