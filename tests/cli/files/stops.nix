let
  double = x: let y = x + x; in builtins.break y;
  outer = { a, b ? 3 }: with { c = 5; }; double (a + b + c);
in {
  result = outer { a = 1; };
  fails = { why }: throw why;
  caught = builtins.tryEval (throw "caught");
  said = builtins.trace "said" 1;
}
