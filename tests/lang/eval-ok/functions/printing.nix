# Nothing of a function is shown.
[ (x: x) map (map (x: x)) ]
