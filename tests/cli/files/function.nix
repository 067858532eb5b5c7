{ x ? 1, y }: {
  sum = x + y;
  nested.list = [ "a" { b = 2; } ];
}
