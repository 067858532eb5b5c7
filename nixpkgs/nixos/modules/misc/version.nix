# What version of the system this is, and how it calls itself.
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkOption
    trivial
    types
    ;
  cfg = config.system.nixos;

  needsQuotes = text: builtins.match "[A-Za-z0-9_.:/-]*" text == null;
  line =
    name: value:
    "${name}=${
      if needsQuotes value then "\"${lib.escape [ "$" "\"" "\\" "`" ] value}\"" else value
    }\n";
  toRelease = set: lib.concatStrings (lib.mapAttrsToList line (lib.filterAttrs (_: value: value != "") set));

  readOnly =
    text: description:
    mkOption {
      type = types.str;
      internal = true;
      readOnly = true;
      default = text;
      inherit description;
    };

  osRelease = {
    NAME = cfg.distroName;
    ID = cfg.distroId;
    ID_LIKE = lib.optionalString (cfg.distroId != "nixos") "nixos";
    VERSION = "${cfg.release} (${cfg.codeName})";
    VERSION_CODENAME = lib.toLower cfg.codeName;
    VERSION_ID = cfg.release;
    BUILD_ID = cfg.version;
    PRETTY_NAME = "${cfg.distroName} ${cfg.release} (${cfg.codeName})";
    VARIANT = lib.optionalString (cfg.variantName != null) cfg.variantName;
    VARIANT_ID = lib.optionalString (cfg.variant_id != null) cfg.variant_id;
    DEFAULT_HOSTNAME = config.networking.fqdnOrHostName;
    VENDOR_NAME = cfg.vendorName;
    IMAGE_ID = lib.optionalString (config.system.image.id != null) config.system.image.id;
  }
  // cfg.extraOSReleaseArgs;
in
{
  options.system = {
    nixos = {
      version = mkOption {
        type = types.str;
        internal = true;
        default = cfg.release + cfg.versionSuffix;
        description = "The full version, such as `26.05.1234.abcdef`.";
      };
      release = readOnly trivial.release "The release, such as `26.05`.";
      versionSuffix = mkOption {
        type = types.str;
        internal = true;
        default = trivial.versionSuffix;
        description = "What follows the release in the full version.";
      };
      revision = mkOption {
        type = types.nullOr types.str;
        internal = true;
        default = trivial.revisionWithDefault null;
        description = "The commit of the channel's source, where it is known.";
      };
      codeName = readOnly trivial.codeName "The name of the release.";
      distroId = mkOption {
        type = types.str;
        internal = true;
        default = "nixos";
        description = "The identifier of the distribution in {file}`/etc/os-release`.";
      };
      distroName = mkOption {
        type = types.str;
        internal = true;
        default = "NixOS";
        description = "The name of the distribution.";
      };
      vendorName = mkOption {
        type = types.str;
        internal = true;
        default = "Neve";
        description = "Who makes the distribution.";
      };
      variant_id = mkOption {
        type = types.nullOr (types.strMatching "[a-z0-9._-]+");
        default = null;
        example = "installer";
        description = "The identifier of this variant of the distribution.";
      };
      variantName = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "Installer";
        description = "The name of this variant of the distribution.";
      };
      extraOSReleaseArgs = mkOption {
        type = types.attrsOf types.str;
        internal = true;
        default = { };
        example = {
          ANSI_COLOR = "1;34";
        };
        description = "More lines of {file}`/etc/os-release`, or other values for those that are there.";
      };
    };

    image.id = mkOption {
      type = types.nullOr (types.strMatching "[a-z0-9._-]+");
      default = null;
      description = "The name of the image that the system is in.";
    };

    stateVersion = mkOption {
      type = types.strMatching "[0-9]{2}[.][0-9]{2}";
      default = trivial.release;
      defaultText = literalExpression "lib.trivial.release";
      example = "25.11";
      description = ''
        The release that the system was first installed with. Modules keep data in the form it had then, so leave it
        as it is when you upgrade.
      '';
    };

    configurationRevision = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = literalExpression "self.rev or null";
      description = "The commit of the configuration, which `nixos-version --configuration-revision` prints.";
    };
  };

  config = {
    warnings = lib.optional (options.system.stateVersion.highestPrio == (lib.mkOptionDefault { }).priority) ''
      system.stateVersion is not set, so the data of this system follows the release ${trivial.release}.
      Write the release it was installed with into the configuration: system.stateVersion = "${trivial.release}";'';

    environment.etc = {
      os-release.text = toRelease osRelease;
      lsb-release.text = toRelease {
        DISTRIB_ID = cfg.distroId;
        DISTRIB_RELEASE = cfg.release;
        DISTRIB_CODENAME = lib.toLower cfg.codeName;
        DISTRIB_DESCRIPTION = "${cfg.distroName} ${cfg.release} (${cfg.codeName})";
      };
    };
  };
}
