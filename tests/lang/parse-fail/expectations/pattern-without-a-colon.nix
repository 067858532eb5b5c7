a@{ b } c
