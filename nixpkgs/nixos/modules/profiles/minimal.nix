# Small systems: without documentation, and without what only desktops use.
{ lib, options, ... }:
{
  documentation = lib.optionalAttrs (options ? documentation) {
    enable = lib.mkDefault false;
  };
  environment.defaultPackages = lib.mkIf (options.environment ? defaultPackages) (lib.mkDefault [ ]);
  xdg = lib.optionalAttrs (options ? xdg && options.xdg ? mime) {
    mime.enable = lib.mkDefault false;
  };
}
