{ b }@c d
