let f = x: throw "bad ${x}"; in f "luck"
