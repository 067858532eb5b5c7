# Variables that sessions have from their start, by way of PAM.
{
  config,
  lib,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.environment;

  value =
    name: text:
    lib.concatStringsSep ":" (map toString (lib.toList text));

  # Folders below each profile, in which the profiles' variables are known to pam_env.
  fromProfiles = lib.mapAttrs (
    _: suffixes: lib.concatMap (profile: map (suffix: "${profile}${suffix}") suffixes) cfg.profiles
  ) cfg.profileRelativeSessionVariables;

  all = lib.zipAttrsWith (_: lib.concatLists) [
    (lib.mapAttrs (_: lib.toList) (lib.filterAttrs (_: text: text != null) cfg.sessionVariables))
    fromProfiles
  ];

  forPam = text: lib.replaceStrings [ "$HOME" "$USER" ] [ "@{HOME}" "@{PAM_USER}" ] text;
in
{
  options.environment = {
    sessionVariables = mkOption {
      type = types.attrsOf (
        types.nullOr (
          types.coercedTo (types.oneOf [ types.int types.path types.str ]) toString (
            types.either types.str (types.listOf types.str)
          )
        )
      );
      default = { };
      example = {
        EDITOR = "nano";
      };
      description = ''
        Variables of sessions from their start, also of those without a shell. `$HOME` and `$USER` in a value are replaced;
        lists are joined with colons, null leaves one out.
      '';
    };

    profileRelativeSessionVariables = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      example = {
        XCURSOR_PATH = [ "/share/icons" ];
      };
      description = "Variables that list folders of each profile in {option}`environment.profiles`.";
    };
  };

  config = {
    environment.etc."pam/environment".text = lib.concatStrings (
      lib.mapAttrsToList (name: text: "${name}   DEFAULT=\"${forPam (value name text)}\"\n") (
        all
        // {
          PATH = [ "/run/wrappers/bin" ] ++ lib.concatMap (profile: [ "${profile}/bin" ]) cfg.profiles;
        }
      )
    );

    # Shells repeat what is not in place where no PAM session was opened.
    environment.variables = lib.mapAttrs (_: lib.mkDefault) (
      lib.filterAttrs (_: text: builtins.isString text) cfg.sessionVariables
    );
  };
}
