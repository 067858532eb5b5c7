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
    plan = builtins.toJSON plan;
    passAsFile = [ "plan" ];
    preferLocalBuild = true;
    allowSubstitutes = false;
  }
  // arguments
)
