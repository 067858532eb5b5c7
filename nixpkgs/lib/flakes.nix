# References to flakes.
{ ... }:
{
  inherit (builtins) flakeRefToString parseFlakeRef;
}
