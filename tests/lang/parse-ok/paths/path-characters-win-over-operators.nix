a: b: [ a-b/c a+b/c (-a/b) 1/2 a.b/c (a / b) (a /b) ]
