# What this tree needs of the program that evaluates it: `{ all; supported; missing; }`, lists of
# `{ description; condition; }`. Plain Nix without the library, which needs these itself.
let
  all = [
    {
      description = "the `nixVersion` builtin";
      condition = builtins ? nixVersion;
    }
    {
      description = "`builtins.nixVersion` reports at least 2.18";
      condition = builtins.compareVersions (builtins.nixVersion or "0") "2.18" >= 0;
    }
    {
      description = "the `warn` builtin";
      condition = builtins ? warn;
    }
  ];

  byCondition = builtins.partition (feature: feature.condition) all;
in
{
  inherit all;
  supported = byCondition.right;
  missing = byCondition.wrong;
}
