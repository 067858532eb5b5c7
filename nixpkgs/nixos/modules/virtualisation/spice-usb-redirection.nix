# USB devices of users for virtual machines.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.virtualisation.spiceUSBRedirection;
in
{
  options.virtualisation.spiceUSBRedirection.enable = lib.mkEnableOption "giving USB devices to virtual machines by users without privileges";

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.spice-client-glib-usb-acl-helper ];
    security.wrappers.spice-client-glib-usb-acl-helper = {
      owner = "root";
      group = "root";
      capabilities = "cap_fowner+ep";
      source = "${pkgs.spice-client-glib-usb-acl-helper}/libexec/spice-client-glib-usb-acl-helper";
    };
  };
}
