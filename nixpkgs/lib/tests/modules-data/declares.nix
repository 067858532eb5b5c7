{ lib, ... }:
{
  options = {
    # The tests know this line.
    answer = lib.mkOption { default = 42; };
  };
}
