''
    a
 
    b
      
    c
    ''
