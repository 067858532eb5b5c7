# Deprecated, and still there.
rec { a = b; b = 1; __overrides = { b = 2; }; }
