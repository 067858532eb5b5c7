# udev: what happens when devices come and go.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkIf
    mkOption
    types
    ;

  cfg = config.services.udev;

  # Later packages replace files of the same name.
  rules = pkgs.runCommandLocal "udev-rules" { inherit (cfg) extraRules; } ''
    mkdir $out
    for package in ${toString cfg.packages}; do
      for rule in "$package"/lib/udev/rules.d/*.rules "$package"/etc/udev/rules.d/*.rules; do
        [ -e "$rule" ] && ln -sf "$rule" $out/
      done
    done
    printf %s "$extraRules" > $out/99-local.rules
  '';

  hardwareDatabase = pkgs.runCommandLocal "hwdb.bin" { inherit (cfg) extraHwdb; } ''
    mkdir -p etc/udev/hwdb.d
    for package in ${toString cfg.packages}; do
      for source in "$package"/lib/udev/hwdb.d/*.hwdb "$package"/etc/udev/hwdb.d/*.hwdb; do
        [ -e "$source" ] && cp -f "$source" etc/udev/hwdb.d/
      done
    done
    printf %s "$extraHwdb" > etc/udev/hwdb.d/99-local.hwdb
    ${pkgs.udev}/bin/systemd-hwdb --root=$PWD update
    mv etc/udev/hwdb.bin $out
  '';
in
{
  options.services.udev = {
    enable = mkOption {
      type = types.bool;
      default = !config.boot.isContainer;
      defaultText = lib.literalExpression "!config.boot.isContainer";
      description = "Whether udev runs.";
    };

    packages = mkOption {
      type = types.listOf types.path;
      default = [ ];
      apply = list: lib.unique (map toString list);
      description = "Packages whose rules, in {file}`lib/udev/rules.d` and {file}`etc/udev/rules.d`, are used.";
    };

    path = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Packages whose programs rules start by name.";
    };

    extraRules = mkOption {
      type = types.lines;
      default = "";
      example = ''
        ACTION=="add", SUBSYSTEM=="net", ATTR{address}=="00:1D:60:B9:6D:4F", NAME="my_fast_network_card"
      '';
      description = "Rules of the machine's own, after all others.";
    };

    extraHwdb = mkOption {
      type = types.lines;
      default = "";
      example = ''
        evdev:input:b0003v05AFp8277*
          KEYBOARD_KEY_70039=leftalt
      '';
      description = "Entries of the machine's own for the hardware database.";
    };
  };

  config = mkIf cfg.enable {
    services.udev.packages = [ pkgs.udev ];

    environment.etc = {
      "udev/rules.d".source = rules;
      "udev/hwdb.bin".source = hardwareDatabase;
    };

    # The database is made when the system is built.
    systemd.suppressedSystemUnits = [ "systemd-hwdb-update.service" ];

    systemd.services.systemd-udevd = {
      restartTriggers = [ rules ];
      path = cfg.path;
      # It runs on: rules are read again when they change.
      stopIfChanged = false;
      notSocketActivated = true;
    };
  };
}
