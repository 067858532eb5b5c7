a: n: a.${n}."x".${"y"}."z${n}".or
