"""`builtin:debian`: unpacks packages of Debian and points everything in them at the store."""

from neve.builder.builtin import BuiltinContext
from neve.debian.package import PackageRecipe, build_package


def build(context: BuiltinContext) -> None:
    """Makes the output `out`; libraries that nothing provides go into the build log."""
    derivation = context.derivation
    recipe = PackageRecipe.from_environment(derivation.env, derivation.system)
    context.check_stop()
    package = build_package(recipe, context.outputs["out"], context.store.layout.real_path)
    for file, libraries in sorted(package.missing_libraries.items()):
        context.say(f"{file}: no dependency has {', '.join(libraries)}")
    for file, mode in sorted(package.tree.set_id.items()):
        context.say(f"{file}: set-id bits dropped ({mode})")
