{
  a = "b
  c
