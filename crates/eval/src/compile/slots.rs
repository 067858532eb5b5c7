//! Which expressions take slots of the frame they run in.

use syntax::ast::{AttrName, Attrs, Expr, ExprKind, ExprRef};

/// Whether running the expression takes slots.
///
/// Chains of operators lean to the left and can be very long: that side is followed by a loop, the others by recursion.
pub(super) fn are_needed(expr: &Expr<'_>) -> bool {
    let mut next = Some(expr);
    while let Some(expr) = next {
        if takes_slots(expr) || others(expr) {
            return true;
        }
        next = leftmost(expr);
    }
    false
}

/// Whether the expression takes slots, whatever its parts do.
fn takes_slots(expr: &Expr<'_>) -> bool {
    match &expr.kind {
        ExprKind::Let { .. } | ExprKind::With { .. } => true,
        ExprKind::Attrs(attrs) => set_takes_slots(attrs),
        _ => false,
    }
}

fn set_takes_slots(attrs: &Attrs<'_>) -> bool {
    let is_simple = |from: &ExprRef<'_>| matches!(from.kind, ExprKind::Var(_));
    attrs.is_recursive || !attrs.inherit_from.iter().all(is_simple)
}

/// The part that runs first, of those that run in the same frame.
fn leftmost<'e, 'a>(expr: &'e Expr<'a>) -> Option<&'e Expr<'a>> {
    match &expr.kind {
        ExprKind::Select(select) => Some(select.base),
        ExprKind::HasAttr { base: first, .. }
        | ExprKind::Call {
            function: first, ..
        }
        | ExprKind::If {
            condition: first, ..
        }
        | ExprKind::Assert {
            condition: first, ..
        }
        | ExprKind::Not(first)
        | ExprKind::Binary { left: first, .. } => Some(first),
        ExprKind::Concat { parts, .. } => parts.first().map(|(_, first)| *first),
        _ => None,
    }
}

/// Whether any of the other parts that run in the same frame needs slots.
fn others(expr: &Expr<'_>) -> bool {
    let need = |expr: &ExprRef<'_>| are_needed(expr);
    match &expr.kind {
        ExprKind::Attrs(attrs) => attrs.dynamic.iter().any(|attr| need(&attr.name)),
        ExprKind::Select(select) => names(select.path) || select.default.as_ref().is_some_and(need),
        ExprKind::HasAttr { path, .. } => names(path),
        // Two arguments may turn out to be the operands of an operator, which run in place.
        ExprKind::Call { args, .. } => args.len() == 2 && args.iter().any(need),
        ExprKind::If {
            consequence,
            alternative,
            ..
        } => need(consequence) || need(alternative),
        ExprKind::Assert { body, .. } => need(body),
        ExprKind::Binary { right, .. } => need(right),
        ExprKind::Concat { parts, .. } => parts.iter().skip(1).any(|(_, part)| need(part)),
        _ => false,
    }
}

fn names(path: &[AttrName<'_>]) -> bool {
    path.iter()
        .any(|name| matches!(name, AttrName::Dynamic(_, expr) if are_needed(expr)))
}
