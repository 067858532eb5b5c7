# Avahi's daemon with its tools, and descriptions of services where configurations look for examples to publish.
{ symlinkJoin, debianPackages }:
let
  inherit (debianPackages) avahi-daemon avahi-utils;
in
symlinkJoin {
  pname = "avahi";
  inherit (avahi-daemon) version;
  paths = [
    avahi-daemon
    avahi-utils
  ];
  postBuild = ''
    mkdir -p $out/etc/avahi/services
    cp ${avahi-daemon}/share/doc/avahi-daemon/examples/{ssh,sftp-ssh}.service $out/etc/avahi/services
  '';
  meta = avahi-daemon.meta // {
    mainProgram = "avahi-daemon";
  };
}
