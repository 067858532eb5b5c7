let
  make = name: extra: derivation ({
    inherit name;
    system = "x86_64-linux";
    builder = "/bin/sh";
    args = [ "-c" "echo ${name} > $out" ];
  } // extra);
in
rec {
  hello = make "hello" { src = ./text.txt; };
  user = make "user" { needs = [ hello ]; };
  several = make "several" { outputs = [ "lib" "out" ]; };
  alias = hello;
  nested.hidden = make "hidden" { };
  group = {
    recurseForDerivations = true;
    inner = make "inner" { };
  };
  not-a-package = 5;
}
