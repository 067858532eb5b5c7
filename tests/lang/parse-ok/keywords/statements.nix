a: if a then assert a; with a; let b = a; in b else rec { }
