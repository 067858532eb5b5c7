# Common indentation goes, more stays; tabs are content.
[
  ''
    a
      b

    c
  ''
  ''x${"y
  z"}
   w''
  ''
    ''${a} ''' ''\t$$
  ''
  ''   one line''
]
