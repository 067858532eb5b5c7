# flags: extra-experimental-features=pipe-operators
a: b: c: [ (a |> b |> c) (a <| b <| c) (a |> b c) (a b <| c) (a + b |> c) (a -> b <| c) ]
