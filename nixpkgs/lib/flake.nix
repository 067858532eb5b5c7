# The library alone as a flake.
{
  description = "The library of the channel: functions over plain values, and the module system";

  outputs =
    { self }:
    {
      lib = (import ./.).extend (import ./flake-version-info.nix self);
    };
}
