# `run-python.nix { pkgs; } { name; script; plan; }`: what `script PLAN` makes in $out. PLAN is a JSON file.
#
# A bare derivation: the script needs nothing of the standard environment.
{ pkgs }:
{
  name,
  script,
  plan,
  arguments ? { },
}:
derivation (
  {
    inherit name;
    inherit (pkgs.stdenv.hostPlatform) system;
    builder = "${pkgs.python3}/bin/python3";
    args = [
      "-I"
      "-S"
      "-B"
      script
    ];
    # Python finds its library from its own place, and that from the search path.
    PATH = "${pkgs.python3}/bin:${pkgs.coreutils}/bin";
    plan = builtins.toJSON plan;
    passAsFile = [ "plan" ];
    preferLocalBuild = true;
    allowSubstitutes = false;
  }
  // arguments
)
