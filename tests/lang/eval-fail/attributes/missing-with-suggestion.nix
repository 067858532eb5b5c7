let set = { first = 1; second = 2; }; in set.frist
