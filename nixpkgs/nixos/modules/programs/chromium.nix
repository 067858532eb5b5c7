# Rules for Chromium and its kin.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.programs.chromium;
  json = pkgs.formats.json { };
  policies =
    lib.filterAttrs (_: value: value != null) {
      HomepageLocation = cfg.homepageLocation;
      DefaultSearchProviderEnabled = cfg.defaultSearchProviderEnabled;
      DefaultSearchProviderSearchURL = cfg.defaultSearchProviderSearchURL;
      DefaultSearchProviderSuggestURL = cfg.defaultSearchProviderSuggestURL;
      ExtensionInstallForcelist = cfg.extensions;
    }
    // cfg.extraOpts;
  text = description: mkOption {
    type = types.nullOr types.str;
    default = null;
    inherit description;
  };
in
{
  options.programs.chromium = {
    enable = lib.mkEnableOption "rules for Chromium, Chrome and Brave; it installs none of them";
    extensions = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [ "cjpalhdlnbpafiamejdnhcphjbkeiagm" ];
      description = "Extensions that are always installed, by their identifiers.";
    };
    homepageLocation = text "Page that the home button leads to.";
    defaultSearchProviderEnabled = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description = "Whether what is typed is searched for.";
    };
    defaultSearchProviderSearchURL = text "Address of the search.";
    defaultSearchProviderSuggestURL = text "Address that suggestions come from.";
    extraOpts = mkOption {
      inherit (json) type;
      default = { };
      example.BrowserSignin = 0;
      description = "Further rules by their names.";
    };
    initialPrefs = mkOption {
      inherit (json) type;
      default = { };
      description = "Preferences of new profiles.";
    };
  };

  config = mkIf cfg.enable {
    environment.etc =
      lib.listToAttrs (
        map (
          folder:
          lib.nameValuePair "${folder}/policies/managed/default.json" { source = json.generate "policies.json" policies; }
        ) [
          "chromium"
          "opt/chrome"
          "brave"
        ]
      )
      // lib.optionalAttrs (cfg.initialPrefs != { }) {
        "chromium/initial_preferences".source = json.generate "initial_preferences" cfg.initialPrefs;
      };
  };
}
