# QEMU's agent in the guest: the host asks it to freeze file systems, to shut down, and so on.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.qemuGuest;
in
{
  options.services.qemuGuest = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = false;
      example = true;
      description = "Whether QEMU's guest agent runs when the host offers its channel.";
    };
    package = lib.mkOption {
      type = lib.types.package;
      default = pkgs.qemu-guest-agent;
      defaultText = lib.literalExpression "pkgs.qemu-guest-agent";
      description = "The package with the agent.";
    };
  };

  config = lib.mkIf cfg.enable {
    # Started by its device: a machine without the channel runs nothing.
    services.udev.extraRules = ''
      SUBSYSTEM=="virtio-ports", ATTR{name}=="org.qemu.guest_agent.0", TAG+="systemd" ENV{SYSTEMD_WANTS}="qemu-guest-agent.service"
    '';

    systemd.services.qemu-guest-agent = {
      description = "QEMU Guest Agent";
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/qemu-ga --statedir /run/qemu-ga";
        RuntimeDirectory = "qemu-ga";
        Restart = "always";
        RestartSec = 0;
      };
    };
  };
}
