# Integers stay integers, a float anywhere makes a float.
[ (1 + 2) (7 / 2) (-7 / 2) (7 - 10) (3 * 4) (1 + 2.5) (7 / 2.0) (1.0 * 3) (0 - 0.0) ]
