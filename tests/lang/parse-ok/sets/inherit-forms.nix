x: y: z: { inherit; inherit x y; inherit (z) a "b" ${"c"} or; inherit (x) ; }
