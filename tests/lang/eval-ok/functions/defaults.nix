# A default may use another argument, and the name of the whole does not see defaults.
let f = { a, b ? a + 1, ... }@all: [ a b (all ? b) ]; in [ (f { a = 1; }) (f { a = 1; b = 5; c = 6; }) ]
