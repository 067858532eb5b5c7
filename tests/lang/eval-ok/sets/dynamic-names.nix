# A null name drops the attribute.
let n = "x y"; in { ${n} = 1; ${null} = throw "dropped"; "${n}z" = 2; a.${n}.b = 3; }
