"a\nb\rc\td\\e\"f\$g\qh"
