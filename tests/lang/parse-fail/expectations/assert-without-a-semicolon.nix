assert 1 in
