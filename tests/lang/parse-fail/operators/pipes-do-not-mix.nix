# flags: extra-experimental-features=pipe-operators
a: a |> a <| a
