# Inner beats outer, and what is written beats both.
let a = 1; in with { a = 2; b = 3; c = 4; }; with { b = 5; }; [ a b c ]
