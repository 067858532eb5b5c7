# VLC with its plugins in one folder, which it is told of.
{
  symlinkJoin,
  debianPackages,
  makeWrapper,
}:
let
  inherit (debianPackages) vlc;
in
symlinkJoin {
  pname = "vlc";
  inherit (vlc) version;
  inherit (vlc) meta;
  paths = map (name: debianPackages.${name}) [
    "vlc-bin"
    "vlc"
    "vlc-data"
    "vlc-plugin-base"
    "vlc-plugin-qt"
    "vlc-plugin-video-output"
    "libvlc-bin"
  ];
  nativeBuildInputs = [ makeWrapper ];
  postBuild = ''
    for program in "$out"/bin/*; do
      target=$(readlink -f "$program")
      rm "$program"
      makeWrapper "$target" "$program" --set-default VLC_PLUGIN_PATH "$out/lib/vlc/plugins"
    done
  '';
}
