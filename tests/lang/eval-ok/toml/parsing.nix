builtins.fromTOML ''
  a = 1
  b = [ 1.5, true, "x" ]
  [c.d]
  e = 'f'
  [[g]]
  h = 0x1F
  [[g]]
  h = 1_000
''
