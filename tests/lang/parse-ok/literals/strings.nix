# Escapes and interpolation in both kinds of strings.
[ "a\n\t\"\${x}$$" "${"b"}c" ''
    two
      three ${"x"} ''${y} ''\n ''' $
  '' ]
