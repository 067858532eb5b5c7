let alpha = 1; in with { }; alhpa
