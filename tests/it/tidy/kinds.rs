//! No match over a kind of ours catches all the rest, so that the compiler names every place that a new kind touches.
//!
//! Enters: the sources of `lang`. Leaves: the arms that would let a new kind pass in silence.
//!
//! A *kind* says what something is in the system that is checked, or what was found of it: a concept, a fault, a step, a
//! verdict, a command. What a new one means has to be thought of at each place. Not so what programs and machine code are
//! made of (expressions, statements, types, tokens, operations), where most places treat a few and share one answer for
//! all others, nor members and clauses of the tree, of which each pass takes its own; for those a catch-all is right.
//! To ask for one member is fine everywhere: `matches!`, `if let`, a match with one arm beside the rest.

use super::{files, none, relative};
use std::fs;
use syn::visit::{self, Visit};

const KINDS: &[&str] = &[
    // concepts
    "ConceptKind",
    "ConceptType",
    "OrderType",
    "InvariantType",
    "ResolutionType",
    "ReconcilerType",
    "Fault",
    "StepKind",
    "Topic",
    // what is written
    "WriteRole",
    "FairnessWord",
    "Quantity",
    "CommandKind",
    "CheckOptionKind",
    "LineKind",
    "RunUntil",
    // the program
    "ActionKind",
    "FormKind",
    "Fairness",
    "SymbolKind",
    // what is judged
    "PropertyKind",
    "ProbeCondition",
    "Checked",
    "CheckedProbe",
    "Judged",
    "Settled",
    // what happens
    "InstanceKind",
    "VariableKind",
    "LinkPlace",
    "StepClass",
    "Strength",
    "Plan",
    "Pattern",
    "Wanted",
    "Event",
    // what was found
    "Outcome",
    "Why",
    "Stop",
    "Verdict",
    "ExpectedVerdict",
    "Divergence",
    "Standing",
    "LineOutcome",
    "Report",
    "Glyph",
];

/// The kinds that a pattern names: `Fault::Crash`, in whatever it stands.
#[derive(Default)]
struct Named(Vec<String>);

impl<'ast> Visit<'ast> for Named {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let owner = path.segments.iter().rev().nth(1).map(|segment| segment.ident.to_string());
        self.0.extend(owner.filter(|name| KINDS.contains(&name.as_str())));
    }

    fn visit_expr(&mut self, _: &'ast syn::Expr) {}
}

/// Matches everything, and has no name that asks for more: `_`, `other`.
fn catches_all(pattern: &syn::Pat) -> bool {
    match pattern {
        syn::Pat::Wild(_) => true,
        syn::Pat::Ident(name) => {
            name.subpat.is_none() && name.ident.to_string().starts_with(|c: char| c.is_lowercase())
        }
        syn::Pat::Paren(inner) => catches_all(&inner.pat),
        syn::Pat::Reference(inner) => catches_all(&inner.pat),
        syn::Pat::Tuple(parts) => parts.elems.iter().all(catches_all),
        syn::Pat::Or(cases) => cases.cases.iter().any(catches_all),
        _ => false,
    }
}

struct Matches<'a> {
    file: &'a str,
    found: Vec<String>,
}

impl<'ast> Visit<'ast> for Matches<'_> {
    fn visit_expr_match(&mut self, all: &'ast syn::ExprMatch) {
        let mut named = Named::default();
        all.arms.iter().for_each(|arm| named.visit_pat(&arm.pat));
        named.0.sort();
        named.0.dedup();
        let rest = all.arms.iter().find(|arm| arm.guard.is_none() && catches_all(&arm.pat));
        if let (Some(rest), false, 3..) = (rest, named.0.is_empty(), all.arms.len()) {
            let line = rest.fat_arrow_token.spans[0].start().line;
            self.found.push(format!("{}:{line}: of {}", self.file, named.0.join(", ")));
        }
        visit::visit_expr_match(self, all);
    }
}

#[test]
fn no_match_over_a_kind_catches_the_rest() {
    let mut found = Vec::new();
    for path in files("lang/src", "rs") {
        let file = relative(&path);
        let tree = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut matches = Matches { file: &file, found: Vec::new() };
        matches.visit_file(&tree);
        found.append(&mut matches.found);
    }
    none("each kind is matched member by member", found);
}
