//! A source with each of its mutants behind a switch. `a < b` becomes
//! `(if on(7) { a <= b } else { a < b })`, so that one build holds all of them, and a test binary
//! becomes any of them by its environment.

use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, Pat, ReturnType};

use crate::list::{Genre, Lines, Mutant};

/// A source with switches.
pub struct Switched {
    /// The source.
    pub text: String,
    /// Where in it each mutant's own code stands, with the mutant's number.
    pub variants: Vec<(Range<usize>, usize)>,
    /// Mutants that have no switch, by number: operators next to `let`, which no other operator may
    /// join, and values of what returns `impl Trait`, which has one type only; iterators aside.
    pub unplaced: Vec<usize>,
}

/// Puts mutants, given with their numbers, behind switches.
///
/// # Errors
/// The source cannot be read.
pub fn switched(source: &str, mutants: &[(usize, &Mutant)]) -> syn::Result<Switched> {
    let lines = Lines::of(source);
    let waiting = mutants.iter().map(|(number, mutant)| Waiting {
        number: *number,
        genre: mutant.genre,
        replaces: mutant.range(&lines),
        by: mutant.replacement.clone(),
    });
    let waiting = waiting.collect();
    let mut switches =
        Switches { source, lines, waiting, insertions: Vec::new(), groups: 0, chain: None };
    switches.visit_file(&syn::parse_file(source)?);
    Ok(switches.written())
}

/// A mutant that has no switch yet.
struct Waiting {
    number: usize,
    genre: Genre,
    replaces: Range<usize>,
    by: String,
}

/// Text that comes into the source at a place; a mutant's own where it has a number.
struct Insertion {
    at: usize,
    /// At one place what closes comes before what opens; the inner closes first, the outer opens
    /// first. Inner expressions are visited before outer ones.
    order: (bool, isize),
    text: String,
    mutant: Option<usize>,
}

/// Operators and values that only their precedence holds together, and the variants of the whole.
/// cargo-mutants replaces an operator in the text, so another precedence binds other values.
struct Chain {
    whole: Range<usize>,
    variants: Vec<(usize, String)>,
}

struct Switches<'t> {
    source: &'t str,
    lines: Lines<'t>,
    waiting: Vec<Waiting>,
    insertions: Vec<Insertion>,
    groups: isize,
    chain: Option<Chain>,
}

impl Switches<'_> {
    fn range(&self, of: &impl Spanned) -> Range<usize> {
        let (start, end) = (of.span().start(), of.span().end());
        let byte = |at: proc_macro2::LineColumn| self.lines.byte(at.line, at.column + 1);
        byte(start)..byte(end)
    }

    /// The mutants of a kind that replace this.
    fn take(&mut self, genre: Genre, this: impl Fn(&Range<usize>) -> bool) -> Vec<Waiting> {
        self.waiting.extract_if(.., |one| one.genre == genre && this(&one.replaces)).collect()
    }

    fn insert(&mut self, at: usize, opens: bool, pieces: Vec<(String, Option<usize>)>) {
        self.groups += 1;
        let order = (opens, if opens { -self.groups } else { self.groups });
        let insertions =
            pieces.into_iter().map(|(text, mutant)| Insertion { at, order, text, mutant });
        self.insertions.extend(insertions);
    }

    /// A choice between an expression and its variants.
    fn choice(&mut self, of: Range<usize>, variants: Vec<(usize, String)>) {
        if variants.is_empty() {
            return;
        }
        let mut pieces = vec![("(".to_owned(), None)];
        pieces.extend(variants.into_iter().map(|(number, text)| {
            (format!("if crate::mutants::on({number}) {{ {text} }} else "), Some(number))
        }));
        pieces.push(("{ ".to_owned(), None));
        self.insert(of.start, true, pieces);
        self.insert(of.end, false, vec![(" })".to_owned(), None)]);
    }

    /// A function that may return at once.
    fn function(&mut self, output: &ReturnType, block: &syn::Block) {
        let body = self.range(block);
        let inside = |it: &Range<usize>| body.start <= it.start && it.end <= body.end;
        let output = &self.source[self.range(output)];
        if output.contains("impl Iterator") {
            let values = self.take(Genre::FnValue, inside);
            return self.iterator(&body, values);
        }
        if output.contains("impl ") {
            return;
        }
        let returns = self.take(Genre::FnValue, inside).into_iter().map(|value| {
            let Waiting { number, by, .. } = value;
            (format!(" if crate::mutants::on({number}) {{ return {by}; }}"), Some(number))
        });
        let returns = returns.collect();
        self.insert(body.start + 1, true, returns);
    }

    /// A function of one type that nobody can name: it has to give nothing, or one thing, by the
    /// iterator that it has.
    fn iterator(&mut self, body: &Range<usize>, values: Vec<Waiting>) {
        if values.is_empty() {
            return;
        }
        let off = values.iter().map(|value| format!("!crate::mutants::on({})", value.number));
        let off = off.collect::<Vec<_>>().join(" && ");
        let mut pieces = vec![(format!("}}; let all = all.filter(|_| {off});"), None)];
        pieces.extend(values.into_iter().filter_map(|Waiting { number, by, .. }| {
            let one = by.strip_prefix("::std::iter::once")?;
            let one = format!("crate::mutants::on({number}).then(|| {one})");
            Some((format!(" let all = crate::mutants::and(all, {one});"), Some(number)))
        }));
        pieces.push((" all ".to_owned(), None));
        self.insert(body.start + 1, true, vec![(" let all = {".to_owned(), None)]);
        self.insert(body.end - 1, false, pieces);
    }

    /// An operand of a chain: a part of it, or an expression with chains of its own.
    fn operand(&mut self, operand: &Expr) {
        if matches!(operand, Expr::Binary(_)) {
            return self.visit_expr(operand);
        }
        let chain = self.chain.take();
        self.visit_expr(operand);
        self.chain = chain;
    }

    fn written(mut self) -> Switched {
        self.insertions.sort_by_key(|insertion| (insertion.at, insertion.order));
        let (mut text, mut variants, mut done) = (String::new(), Vec::new(), 0);
        for Insertion { at, text: inserted, mutant, .. } in self.insertions {
            text.push_str(&self.source[done..at]);
            done = at;
            let start = text.len();
            text.push_str(&inserted);
            variants.extend(mutant.map(|number| (start..text.len(), number)));
        }
        text.push_str(&self.source[done..]);
        let unplaced = self.waiting.into_iter().map(|one| one.number).collect();
        Switched { text, variants, unplaced }
    }
}

/// `let` is among its operands, as in `if ready && let Some(group) = group`.
fn binds(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(binary) => binds(&binary.left) || binds(&binary.right),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Switches<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        visit::visit_item_fn(self, function);
        self.function(&function.sig.output, &function.block);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        visit::visit_impl_item_fn(self, function);
        self.function(&function.sig.output, &function.block);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        if binds(&binary.left) || binds(&binary.right) {
            self.visit_expr(&binary.left);
            return self.visit_expr(&binary.right);
        }
        let whole = self.range(binary);
        let outermost = self.chain.is_none();
        self.chain.get_or_insert(Chain { whole, variants: Vec::new() });
        self.operand(&binary.left);
        self.operand(&binary.right);
        let operator = self.range(&binary.op);
        let others = self.take(Genre::BinaryOperator, |it| *it == operator);
        let Some(chain) = &mut self.chain else { return };
        let (before, after) = (
            &self.source[chain.whole.start..operator.start],
            &self.source[operator.end..chain.whole.end],
        );
        let others = others.into_iter();
        chain.variants.extend(others.map(|it| (it.number, format!("{before}{}{after}", it.by))));
        if outermost && let Some(Chain { whole, variants }) = self.chain.take() {
            self.choice(whole, variants);
        }
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        visit::visit_expr_unary(self, unary);
        let operator = self.range(&unary.op);
        let others = self.take(Genre::UnaryOperator, |it| *it == operator).into_iter();
        let operand = &self.source[self.range(&unary.expr)];
        let variants = others.map(|it| (it.number, format!("{}{operand}", it.by))).collect();
        self.choice(self.range(unary), variants);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        visit::visit_arm(self, arm);
        let whole = self.range(arm);
        // With the comma after it, or without.
        let this = |it: &Range<usize>| it.start == whole.start && it.end.abs_diff(whole.end) <= 1;
        let gone = self.take(Genre::MatchArm, this).into_iter().map(|one| one.number);
        let stays: Vec<_> =
            gone.map(|number| (format!("!crate::mutants::on({number})"), number)).collect();
        if let Pat::Guard(guarded) = &arm.pat {
            let guard = self.range(&guarded.guard);
            let set = self.take(Genre::MatchArmGuard, |it| *it == guard);
            let (always, never): (Vec<_>, Vec<_>) = set.into_iter().partition(|it| it.by == "true");
            let mut pieces = vec![("(".to_owned(), None)];
            pieces.extend(stays.into_iter().map(|(on, it)| (format!("{on} && "), Some(it))));
            pieces.push(("(".to_owned(), None));
            let on = |one: &Waiting| format!("crate::mutants::on({})", one.number);
            pieces.extend(always.iter().map(|it| (format!("{} || ", on(it)), Some(it.number))));
            pieces.extend(never.iter().map(|it| (format!("!{} && ", on(it)), Some(it.number))));
            pieces.push(("(".to_owned(), None));
            self.insert(guard.start, true, pieces);
            self.insert(guard.end, false, vec![(")))".to_owned(), None)]);
        } else {
            let end = self.range(&arm.pat).end;
            let guards = stays.into_iter().map(|(on, it)| (format!(" if {on}"), Some(it)));
            self.insert(end, false, guards.collect());
        }
    }

    fn visit_expr_struct(&mut self, value: &'ast syn::ExprStruct) {
        visit::visit_expr_struct(self, value);
        let whole = self.range(value);
        let mut variants = Vec::new();
        for field in &value.fields {
            let place = self.range(field);
            let gone = self.take(Genre::StructField, |it| it.start == place.start);
            let rest = self.source[place.end..whole.end].trim_start_matches(',');
            let without = format!("{}{rest}", &self.source[whole.start..place.start]);
            variants.extend(gone.into_iter().map(|it| (it.number, without.clone())));
        }
        self.choice(whole, variants);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The source with one mutant, number 7, of what stands in it first.
    fn with(source: &str, genre: &str, replaces: &str, by: &str) -> Switched {
        let before = &source[..source.find(replaces).unwrap()];
        let place = |text: &str| {
            let column = text.chars().rev().take_while(|it| *it != '\n').count() + 1;
            json!({"line": text.matches('\n').count() + 1, "column": column})
        };
        let mutant = json!({
            "name": "a.rs:1:1: a change", "file": "a.rs", "genre": genre, "replacement": by,
            "span": {"start": place(before), "end": place(&format!("{before}{replaces}"))},
        });
        switched(source, &[(7, &serde_json::from_value(mutant).unwrap())]).unwrap()
    }

    #[track_caller]
    fn becomes(source: &str, genre: &str, (replaces, by): (&str, &str), expected: &str) {
        let switched = with(source, genre, replaces, by);
        assert_eq!(switched.text.replace("crate::mutants::", ""), expected);
        assert!(switched.unplaced.is_empty());
        assert!(switched.variants.iter().all(|(range, number)| {
            *number == 7 && switched.text[range.clone()].contains("on(7)")
        }));
    }

    #[test]
    fn an_operator_is_replaced_in_the_text_of_all_that_precedence_binds() {
        let chain = "fn f() -> bool { a && b == c || d }";
        let expected =
            "fn f() -> bool { (if on(7) { a || b == c || d } else { a && b == c || d }) }";
        becomes(chain, "BinaryOperator", ("&&", "||"), expected);
        let inner = "fn f() -> bool { é && !(b < c) }";
        let expected = "fn f() -> bool { é && !((if on(7) { b <= c } else { b < c })) }";
        becomes(inner, "BinaryOperator", ("<", "<="), expected);
        let not = "fn f() -> bool { a && !b }";
        let expected = "fn f() -> bool { a && (if on(7) { b } else { !b }) }";
        becomes(not, "UnaryOperator", ("!", ""), expected);
    }

    #[test]
    fn an_operator_next_to_let_has_no_switch_and_one_beside_it_has() {
        let lets = "fn f() { if a && let Some(b) = c && b < d {} }";
        assert_eq!(with(lets, "BinaryOperator", "&&", "||").unplaced, [7]);
        let expected =
            "fn f() { if a && let Some(b) = c && (if on(7) { b > d } else { b < d }) {} }";
        becomes(lets, "BinaryOperator", ("<", ">"), expected);
    }

    #[test]
    fn an_arm_is_gone_by_a_guard_and_a_guard_is_always_or_never_true() {
        let arms = "fn f() { match a { B => c, _ => d } }";
        let expected = "fn f() { match a { B if !on(7) => c, _ => d } }";
        becomes(arms, "MatchArm", ("B => c,", ""), expected);
        let guarded = "fn f() { match a { B if g => c, _ => d } }";
        let gone = "fn f() { match a { B if (!on(7) && ((g))) => c, _ => d } }";
        becomes(guarded, "MatchArm", ("B if g => c,", ""), gone);
        let always = "fn f() { match a { B if ((on(7) || (g))) => c, _ => d } }";
        becomes(guarded, "MatchArmGuard", ("g", "true"), always);
        let never = "fn f() { match a { B if ((!on(7) && (g))) => c, _ => d } }";
        becomes(guarded, "MatchArmGuard", ("g", "false"), never);
    }

    #[test]
    fn a_function_returns_at_once_and_an_iterator_gives_nothing_or_one_thing() {
        let function = "fn f() -> u8 { 1 }";
        let expected = "fn f() -> u8 { if on(7) { return 0; } 1 }";
        becomes(function, "FnValue", ("1", "0"), expected);
        let iterator = "fn f() -> impl Iterator<Item = u8> { x }";
        let nothing = concat!(
            "fn f() -> impl Iterator<Item = u8> { let all = { x };",
            " let all = all.filter(|_| !on(7)); all }"
        );
        becomes(iterator, "FnValue", ("x", "::std::iter::empty()"), nothing);
        let one = concat!(
            "fn f() -> impl Iterator<Item = u8> { let all = { x };",
            " let all = all.filter(|_| !on(7)); let all = and(all, on(7).then(|| (1))); all }"
        );
        becomes(iterator, "FnValue", ("x", "::std::iter::once(1)"), one);
    }

    #[test]
    fn a_field_is_gone_and_has_the_value_of_the_rest() {
        let value = "fn f() -> A { A { b: 1, c: 2, ..d } }";
        let expected =
            "fn f() -> A { (if on(7) { A {  c: 2, ..d } } else { A { b: 1, c: 2, ..d } }) }";
        becomes(value, "StructField", ("b: 1", ""), expected);
    }
}
