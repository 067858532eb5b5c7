''
    a
      b

    c
''
