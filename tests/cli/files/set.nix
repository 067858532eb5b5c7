{
  a = 1;
  b.c = [ 1 2 { d = 3; } ];
  bad = throw "no value";
  path = ./text.txt;
}
