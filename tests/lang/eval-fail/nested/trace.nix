let
  inner = x: x.missing;
  middle = x: { value = inner x; };
in
(middle { present = 1; }).value
