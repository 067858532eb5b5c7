# Integers, floats in all spellings.
[ 0 007 1. .5 0.5 1.5e10 ]
