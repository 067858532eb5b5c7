# Recursion, inheritance, dynamic and nested names.
let x = 1; s = { y = 2; }; in rec { a = 1; "b c" = a; inherit x; inherit (s) y; d.e.f = 3; d.g = 4; ${"h"} = 5; "i${"j"}" = 6; or = 7; }
