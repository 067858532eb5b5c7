# Firefox, with policies for all users.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.firefox;
  json = pkgs.formats.json { };
in
{
  options.programs.firefox = {
    enable = lib.mkEnableOption "Firefox";
    package = lib.mkPackageOption pkgs "firefox" { };
    policies = mkOption {
      inherit (json) type;
      default = { };
      example.DisableTelemetry = true;
      description = "Policies, as https://mozilla.github.io/policy-templates/ lists them.";
    };
    preferences = mkOption {
      type = types.attrsOf (
        types.oneOf [
          types.bool
          types.int
          types.str
        ]
      );
      default = { };
      example."browser.tabs.tabmanager.enabled" = false;
      description = "Preferences, as `about:config` lists them.";
    };
    preferencesStatus = mkOption {
      type = types.enum [
        "default"
        "locked"
        "user"
        "clear"
      ];
      default = "locked";
      description = "Whether users may change these preferences.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    programs.firefox.policies.Preferences = mkIf (cfg.preferences != { }) (
      lib.mapAttrs (_: value: {
        Value = value;
        Status = cfg.preferencesStatus;
      }) cfg.preferences
    );
    environment.etc."firefox/policies/policies.json" = mkIf (cfg.policies != { }) {
      source = json.generate "firefox-policies.json" { inherit (cfg) policies; };
    };
  };
}
