# Manual pages and other documentation of packages.
{
  config,
  lib,
  noUserModules,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkIf mkOption types;
  cfg = config.documentation;

  # Of the module set alone, so that it is made once for all configurations.
  reference = import ../../lib/make-options-doc {
    inherit lib pkgs;
    inherit
      (noUserModules.extendModules {
        modules = [ { nixpkgs.hostPlatform = lib.mkDefault config.nixpkgs.hostPlatform; } ];
      })
      options
      ;
  };
  help = pkgs.writeShellScriptBin "nixos-help" ''
    for browser in "$BROWSER" xdg-open w3m lynx; do
      if [ -n "$browser" ] && command -v "''${browser%% *}" > /dev/null; then
        exec $browser ${reference.optionsHTML}
      fi
    done
    echo "nixos-help: set BROWSER to a program that shows ${reference.optionsHTML}" >&2
    exit 1
  '';

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
in
{
  options.documentation = {
    enable = flag true "Whether the system has documentation of its packages at all.";
    man.enable = flag true "Whether it has manual pages, and {command}`man`.";
    man.man-db.enable = flag cfg.man.enable "Whether {command}`man` is that of man-db.";
    man.man-db.package = mkOption {
      type = types.package;
      default = pkgs.man-db;
      defaultText = literalExpression "pkgs.man-db";
      description = "The package of man-db.";
    };
    info.enable = flag false "Whether it has info pages, and {command}`info`.";
    doc.enable = flag false "Whether it has packages' folders {file}`share/doc`.";
    dev.enable = flag false "Whether it has documentation for programmers, such as manual pages of system calls.";
    nixos.enable = flag false "Whether it has the reference of all options, and {command}`nixos-help` to read it.";
  };

  config = lib.mkMerge [
    (mkIf (cfg.enable && cfg.nixos.enable) {
      environment.systemPackages = [
        reference.optionsJSON
        help
      ];
      environment.pathsToLink = [ "/share/doc/nixos" ];
    })
    (mkIf (cfg.enable && cfg.man.enable) {
      environment.pathsToLink = [ "/share/man" ];
      environment.extraOutputsToInstall = [ "man" ] ++ lib.optional cfg.dev.enable "devman";
    })
    (mkIf (cfg.enable && cfg.man.man-db.enable) {
      environment.systemPackages = [ cfg.man.man-db.package ];
      environment.etc."manpath.config".text = ''
        MANDATORY_MANPATH /run/current-system/sw/share/man
        MANPATH_MAP /run/current-system/sw/bin /run/current-system/sw/share/man
        MANPATH_MAP /run/wrappers/bin /run/current-system/sw/share/man
        SECTION 1 n l 8 3 2 3type 5 4 9 6 7
      '';
    })
    (mkIf (cfg.enable && cfg.info.enable) {
      environment.systemPackages = [ pkgs.texinfo ];
      environment.pathsToLink = [ "/share/info" ];
      environment.extraOutputsToInstall = [ "info" ];
    })
    (mkIf (cfg.enable && cfg.doc.enable) {
      environment.pathsToLink = [ "/share/doc" ];
      environment.extraOutputsToInstall = [ "doc" ] ++ lib.optional cfg.dev.enable "devdoc";
    })
    (mkIf (cfg.enable && cfg.dev.enable) {
      environment.systemPackages = [ pkgs.debianPackages.manpages-dev ];
    })
  ];
}
