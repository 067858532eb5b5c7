# Kitty has Python in it, which finds its library from a file beside the program.
{
  runCommandLocal,
  debianPackages,
  python3,
}:
let
  inherit (debianPackages) kitty;
in
runCommandLocal kitty.name
  {
    inherit kitty;
    inherit (kitty) pname version meta;
    passthru.unwrapped = kitty;
  }
  ''
    cp -rs --no-preserve=mode "$kitty"/. $out
    rm -r $out/nix-support $out/bin/kitty $out/lib/kitty
    cp "$kitty"/bin/kitty $out/bin
    cp -r "$kitty"/lib/kitty $out/lib
    printf 'home = %s\n' ${python3}/bin > $out/bin/pyvenv.cfg
  ''
