# The packages that everybody on the system has: /run/current-system/sw.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkOption types;
  cfg = config.environment;

  # What scripts and people expect of any Linux system.
  corePackages = map lib.lowPrio [
    pkgs.acl
    pkgs.attr
    pkgs.bash
    pkgs.bzip2
    pkgs.coreutils
    pkgs.curl
    pkgs.diffutils
    pkgs.findutils
    pkgs.gawk
    pkgs.getent
    pkgs.gnugrep
    pkgs.gnused
    pkgs.gnutar
    pkgs.gzip
    pkgs.iproute2
    pkgs.iputils
    pkgs.less
    pkgs.ncurses
    pkgs.procps
    pkgs.shadow
    pkgs.util-linux
    pkgs.which
    pkgs.xz
    pkgs.zstd
  ];
in
{
  options = {
    environment = {
      systemPackages = mkOption {
        type = types.listOf types.package;
        default = [ ];
        example = literalExpression "[ pkgs.firefox pkgs.thunderbird ]";
        description = "Packages for all users.";
      };

      corePackages = mkOption {
        type = types.listOf types.package;
        default = corePackages;
        defaultText = literalExpression "what scripts and people expect of any Linux system";
        description = "Packages that {option}`environment.systemPackages` has by itself.";
      };

      defaultPackages = mkOption {
        type = types.listOf types.package;
        default = [ ];
        example = literalExpression "[ pkgs.strace ]";
        description = "Packages that are handy but not needed: set it to `[ ]` for a system without any.";
      };

      pathsToLink = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "/share/zsh" ];
        description = "Folders of packages that the system's profile has.";
      };

      extraOutputsToInstall = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "dev" ];
        description = "More outputs of packages in the system's profile.";
      };

      extraSetup = mkOption {
        type = types.lines;
        default = "";
        description = "Shell commands that complete the system's profile, which is in {env}`out`.";
      };
    };

    system.path = mkOption {
      internal = true;
      type = types.package;
      description = "The system's profile.";
    };
  };

  config = {
    environment.systemPackages = cfg.corePackages ++ cfg.defaultPackages;

    environment.pathsToLink = [
      "/bin"
      "/etc/xdg"
      "/etc/gtk-2.0"
      "/etc/gtk-3.0"
      "/lib"
      "/sbin"
      "/share/emacs"
      "/share/hunspell"
      "/share/org"
      "/share/terminfo"
      "/share/themes"
      "/share/vulkan"
      "/share/thumbnailers"
    ];

    system.path = pkgs.buildEnv {
      name = "system-path";
      paths = cfg.systemPackages;
      inherit (cfg) pathsToLink extraOutputsToInstall;
      ignoreCollisions = true;
      postBuild =
        lib.optionalString (cfg.binsh != null) ''
          [ -e $out/bin/sh ] || ln -s ${cfg.binsh} $out/bin/sh
        ''
        + cfg.extraSetup;
    };
  };
}
