"""The evaluator's face: settings and lookup path in, values out, and the effects that expressions may have."""
