//! Python text to [`syntax`](super::syntax): the only file that names the parser crate.

use std::collections::HashMap;
use std::sync::Arc;

use num_traits::ToPrimitive;
use rustpython_parser::ast::{self, Constant, Ranged};
use rustpython_parser::{Mode, parse as parse_python};

use super::fstring::{Part, lift};
use super::syntax::{
    Arg, BinOp, Case, Class, Clause, CmpOp, CompKind, Comprehension, Const, Expr, ExprKind, FPart,
    For, Function, Handler, ImportFrom, Module, Name, Param, Params, Pattern, Span, Stmt, StmtKind,
    Try, UnaryOp, With,
};

/// Longest text that is parsed, in bytes.
const MAX_TEXT: usize = 8 << 20;
/// Deepest nesting of expressions and statements; CPython's own parser stops near it, too.
const MAX_DEPTH: usize = 400;
/// Stack for the parser beside what the length of the text asks for, in bytes.
const STACK: usize = 32 << 20;
/// Stack per byte of text: a tree of a deeply nested text is dropped recursively.
const STACK_PER_BYTE: usize = 120;

/// Why a text is not Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong, as a sentence without its end.
    pub message: String,
    /// Where.
    pub span: Span,
}

/// Stack that lets all files of an ordinary length be parsed without taking a new one for each, in bytes. It is memory
/// only where it is used.
const DEEP_STACK: usize = 64 << 20;

/// Runs something that parses many files, on a stack that is large enough for each of them.
pub fn with_deep_stack<T>(f: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(DEEP_STACK, DEEP_STACK, f)
}

/// Parses a file.
///
/// # Errors
/// The text is not Python, or is nested more deeply or longer than the bounds of this module.
pub fn parse(text: &str) -> Result<Module, SyntaxError> {
    if text.len() > MAX_TEXT {
        return Err(error("the file is longer than 8 MB", Span::default()));
    }
    let stack = STACK + text.len().saturating_mul(STACK_PER_BYTE);
    stacker::maybe_grow(stack, stack, || {
        let mut converter = Converter {
            text,
            ..Converter::default()
        };
        let tree = match parse_python(text, Mode::Module, "") {
            Ok(tree) => tree,
            Err(e) => converter
                .without_fstrings(text, 0)
                .and_then(|text| parse_python(&text, Mode::Module, "").ok())
                .ok_or_else(|| syntax_error(&e))?,
        };
        let ast::Mod::Module(module) = tree else {
            return Ok(Module::default());
        };
        let body = converter.block(&module.body)?;
        Ok(Module { body })
    })
}

fn syntax_error(e: &rustpython_parser::ParseError) -> SyntaxError {
    let start = u32::from(e.offset);
    let end = start.saturating_add(1);
    error(&e.error.to_string(), Span { start, end })
}

fn error(message: &str, span: Span) -> SyntaxError {
    SyntaxError {
        message: message.to_owned(),
        span,
    }
}

type Result<T, E = SyntaxError> = std::result::Result<T, E>;

/// What a function's body declares, gathered while it is converted.
#[derive(Default)]
struct Scope {
    globals: Vec<Name>,
    nonlocals: Vec<Name>,
    generator: bool,
}

#[derive(Default)]
struct Converter<'t> {
    text: &'t str,
    depth: usize,
    scopes: Vec<Scope>,
    /// F-strings that the parser crate does not read, by the name that stands for them.
    lifted: HashMap<String, Vec<Part>>,
}

fn span(node: &impl Ranged) -> Span {
    let range = node.range();
    Span {
        start: range.start().into(),
        end: range.end().into(),
    }
}

fn name(identifier: &ast::Identifier) -> Name {
    Arc::from(identifier.as_str())
}

impl Converter<'_> {
    /// A text, which begins at `base`, with stand-ins for the f-strings that the parser crate does not read.
    fn without_fstrings(&mut self, text: &str, base: usize) -> Option<String> {
        let (text, lifted) = lift(text, self.lifted.len())?;
        for (name, mut parts) in lifted {
            shift(&mut parts, base);
            self.lifted.insert(name, parts);
        }
        Some(text)
    }

    /// The parts of an f-string that was lifted.
    fn lifted(&mut self, parts: &[Part], at: Span) -> Result<Vec<FPart>> {
        self.deeper(at, |c| {
            let mut out = Vec::with_capacity(parts.len());
            for part in parts {
                out.push(match part {
                    Part::Literal(text) => match parse_python(text, Mode::Expression, "") {
                        Ok(ast::Mod::Expression(e)) => match c.expr(&e.body)?.kind {
                            ExprKind::Const(Const::Str(text)) => FPart::Text(text),
                            _ => return Err(error("an f-string that cannot be read", at)),
                        },
                        _ => return Err(error("an f-string that cannot be read", at)),
                    },
                    Part::Field {
                        expr,
                        conversion,
                        spec,
                    } => FPart::Value {
                        value: c.lifted_expr(*expr, at)?,
                        conversion: *conversion,
                        spec: c.lifted(spec, at)?,
                    },
                });
            }
            Ok(out)
        })
    }

    /// An expression inside of a lifted f-string.
    fn lifted_expr(&mut self, (start, end): (usize, usize), at: Span) -> Result<Expr> {
        let text = self.text.get(start..end).unwrap_or_default();
        let offset = u32::try_from(start.saturating_sub(1)).unwrap_or(0).into();
        // In parentheses, line ends are no matter.
        let read = |text: &str| {
            let text = format!("({text})");
            rustpython_parser::parse_starts_at(&text, Mode::Expression, "", offset)
        };
        let tree = match read(text) {
            Ok(tree) => tree,
            Err(e) => self
                .without_fstrings(text, start)
                .and_then(|text| read(&text).ok())
                .ok_or_else(|| syntax_error(&e))?,
        };
        match tree {
            ast::Mod::Expression(e) => self.expr(&e.body),
            _ => Err(error("an f-string that cannot be read", at)),
        }
    }

    fn deeper<T>(&mut self, at: Span, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return Err(error("the code is nested too deeply", at));
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }

    fn block(&mut self, body: &[ast::Stmt]) -> Result<Vec<Stmt>> {
        body.iter().map(|s| self.stmt(s)).collect()
    }

    fn stmt(&mut self, stmt: &ast::Stmt) -> Result<Stmt> {
        let at = span(stmt);
        let kind = self.deeper(at, |c| c.stmt_kind(stmt, at))?;
        Ok(Stmt { span: at, kind })
    }

    fn stmt_kind(&mut self, stmt: &ast::Stmt, at: Span) -> Result<StmtKind> {
        Ok(match stmt {
            ast::Stmt::FunctionDef(f) => self.def(
                &f.name,
                &f.args,
                &f.body,
                &f.decorator_list,
                f.returns.as_deref(),
                at,
            )?,
            ast::Stmt::AsyncFunctionDef(f) => self.def(
                &f.name,
                &f.args,
                &f.body,
                &f.decorator_list,
                f.returns.as_deref(),
                at,
            )?,
            ast::Stmt::ClassDef(c) => self.class(c)?,
            ast::Stmt::Return(r) => StmtKind::Return(self.option(r.value.as_deref())?),
            ast::Stmt::Delete(d) => StmtKind::Delete(self.exprs(&d.targets)?),
            ast::Stmt::Assign(a) => StmtKind::Assign(self.exprs(&a.targets)?, self.expr(&a.value)?),
            ast::Stmt::AugAssign(a) => {
                StmtKind::AugAssign(self.expr(&a.target)?, operator(a.op), self.expr(&a.value)?)
            }
            ast::Stmt::AnnAssign(a) => StmtKind::AnnAssign(
                self.expr(&a.target)?,
                span(&*a.annotation),
                self.option(a.value.as_deref())?,
            ),
            ast::Stmt::For(f) => self.for_loop(&f.target, &f.iter, &f.body, &f.orelse)?,
            ast::Stmt::AsyncFor(f) => self.for_loop(&f.target, &f.iter, &f.body, &f.orelse)?,
            ast::Stmt::While(w) => StmtKind::While(
                self.expr(&w.test)?,
                self.block(&w.body)?,
                self.block(&w.orelse)?,
            ),
            ast::Stmt::If(i) => StmtKind::If(
                self.expr(&i.test)?,
                self.block(&i.body)?,
                self.block(&i.orelse)?,
            ),
            ast::Stmt::With(w) => self.with(&w.items, &w.body)?,
            ast::Stmt::AsyncWith(w) => self.with(&w.items, &w.body)?,
            ast::Stmt::Match(m) => {
                let subject = self.expr(&m.subject)?;
                let cases = m
                    .cases
                    .iter()
                    .map(|c| self.case(c))
                    .collect::<Result<_>>()?;
                StmtKind::Match(subject, cases)
            }
            ast::Stmt::Raise(r) => StmtKind::Raise(self.option(r.exc.as_deref())?),
            ast::Stmt::Try(t) => self.try_block(&t.body, &t.handlers, &t.orelse, &t.finalbody)?,
            ast::Stmt::TryStar(t) => {
                self.try_block(&t.body, &t.handlers, &t.orelse, &t.finalbody)?
            }
            ast::Stmt::Assert(a) => {
                StmtKind::Assert(self.expr(&a.test)?, self.option(a.msg.as_deref())?)
            }
            ast::Stmt::Import(i) => StmtKind::Import(aliases(&i.names)),
            ast::Stmt::ImportFrom(i) => StmtKind::ImportFrom(ImportFrom {
                module: i.module.as_ref().map_or_else(|| Arc::from(""), name),
                level: i.level.map_or(0, |l| l.to_usize()),
                names: aliases(&i.names),
            }),
            ast::Stmt::Global(g) => {
                if let Some(scope) = self.scopes.last_mut() {
                    scope.globals.extend(g.names.iter().map(name));
                }
                StmtKind::Pass
            }
            ast::Stmt::Nonlocal(n) => {
                if let Some(scope) = self.scopes.last_mut() {
                    scope.nonlocals.extend(n.names.iter().map(name));
                }
                StmtKind::Pass
            }
            ast::Stmt::Expr(e) => StmtKind::Expr(self.expr(&e.value)?),
            ast::Stmt::Pass(_) | ast::Stmt::TypeAlias(_) => StmtKind::Pass,
            ast::Stmt::Break(_) => StmtKind::Break,
            ast::Stmt::Continue(_) => StmtKind::Continue,
        })
    }

    fn def(
        &mut self,
        identifier: &ast::Identifier,
        arguments: &ast::Arguments,
        body: &[ast::Stmt],
        decorators: &[ast::Expr],
        returns: Option<&ast::Expr>,
        at: Span,
    ) -> Result<StmtKind> {
        let params = self.params(arguments)?;
        let decorators = self.exprs(decorators)?;
        self.scopes.push(Scope::default());
        let body = self.block(body);
        let scope = self.scopes.pop().unwrap_or_default();
        Ok(StmtKind::Def(Arc::new(Function {
            name: name(identifier),
            span: at,
            params,
            body: body?,
            expr: None,
            decorators,
            globals: scope.globals,
            nonlocals: scope.nonlocals,
            generator: scope.generator,
            returns: returns.map(span),
        })))
    }

    fn params(&mut self, arguments: &ast::Arguments) -> Result<Params> {
        let mut params = Params {
            positional_only: arguments.posonlyargs.len(),
            star: arguments.vararg.as_ref().map(|a| name(&a.arg)),
            double_star: arguments.kwarg.as_ref().map(|a| name(&a.arg)),
            ..Params::default()
        };
        for arg in arguments.posonlyargs.iter().chain(&arguments.args) {
            params.positional.push(self.param(arg)?);
        }
        for arg in &arguments.kwonlyargs {
            params.keyword.push(self.param(arg)?);
        }
        Ok(params)
    }

    fn param(&mut self, arg: &ast::ArgWithDefault) -> Result<Param> {
        Ok(Param {
            name: name(&arg.def.arg),
            default: self.option(arg.default.as_deref())?,
        })
    }

    fn class(&mut self, class: &ast::StmtClassDef) -> Result<StmtKind> {
        let mut bases = self.arguments(&class.bases)?;
        bases.extend(self.keywords(&class.keywords)?);
        let decorators = self.exprs(&class.decorator_list)?;
        self.scopes.push(Scope::default());
        let body = self.block(&class.body);
        self.scopes.pop();
        Ok(StmtKind::Class(Arc::new(Class {
            name: name(&class.name),
            bases,
            body: body?,
            decorators,
        })))
    }

    fn for_loop(
        &mut self,
        target: &ast::Expr,
        iter: &ast::Expr,
        body: &[ast::Stmt],
        orelse: &[ast::Stmt],
    ) -> Result<StmtKind> {
        Ok(StmtKind::For(Arc::new(For {
            target: self.expr(target)?,
            iter: self.expr(iter)?,
            body: self.block(body)?,
            orelse: self.block(orelse)?,
        })))
    }

    fn with(&mut self, items: &[ast::WithItem], body: &[ast::Stmt]) -> Result<StmtKind> {
        let mut converted = Vec::with_capacity(items.len());
        for item in items {
            let value = self.expr(&item.context_expr)?;
            converted.push((value, self.option(item.optional_vars.as_deref())?));
        }
        Ok(StmtKind::With(Arc::new(With {
            items: converted,
            body: self.block(body)?,
        })))
    }

    fn try_block(
        &mut self,
        body: &[ast::Stmt],
        handlers: &[ast::ExceptHandler],
        orelse: &[ast::Stmt],
        finally: &[ast::Stmt],
    ) -> Result<StmtKind> {
        let mut converted = Vec::with_capacity(handlers.len());
        for handler in handlers {
            let ast::ExceptHandler::ExceptHandler(h) = handler;
            converted.push(Handler {
                class: self.option(h.type_.as_deref())?,
                name: h.name.as_ref().map(name),
                body: self.block(&h.body)?,
            });
        }
        Ok(StmtKind::Try(Box::new(Try {
            body: self.block(body)?,
            handlers: converted,
            orelse: self.block(orelse)?,
            finally: self.block(finally)?,
        })))
    }

    fn case(&mut self, case: &ast::MatchCase) -> Result<Case> {
        Ok(Case {
            pattern: self.pattern(&case.pattern)?,
            guard: self.option(case.guard.as_deref())?,
            body: self.block(&case.body)?,
        })
    }

    fn pattern(&mut self, pattern: &ast::Pattern) -> Result<Pattern> {
        self.deeper(span(pattern), |c| {
            Ok(match pattern {
                ast::Pattern::MatchValue(v) => Pattern::Value(c.expr(&v.value)?),
                ast::Pattern::MatchSingleton(s) => Pattern::Const(constant(&s.value)),
                ast::Pattern::MatchOr(o) => Pattern::Or(c.patterns(&o.patterns)?),
                ast::Pattern::MatchSequence(s) => Pattern::Sequence(c.patterns(&s.patterns)?),
                ast::Pattern::MatchAs(a) => Pattern::Capture(
                    match &a.pattern {
                        Some(p) => Some(Box::new(c.pattern(p)?)),
                        None => None,
                    },
                    a.name.as_ref().map(name),
                ),
                ast::Pattern::MatchClass(k) if k.patterns.is_empty() && k.kwd_attrs.is_empty() => {
                    Pattern::Class(c.expr(&k.cls)?)
                }
                _ => Pattern::Other,
            })
        })
    }

    fn patterns(&mut self, patterns: &[ast::Pattern]) -> Result<Vec<Pattern>> {
        patterns.iter().map(|p| self.pattern(p)).collect()
    }

    fn exprs(&mut self, exprs: &[ast::Expr]) -> Result<Vec<Expr>> {
        exprs.iter().map(|e| self.expr(e)).collect()
    }

    fn option(&mut self, expr: Option<&ast::Expr>) -> Result<Option<Expr>> {
        expr.map(|e| self.expr(e)).transpose()
    }

    fn boxed(&mut self, expr: &ast::Expr) -> Result<Box<Expr>> {
        Ok(Box::new(self.expr(expr)?))
    }

    fn optional_box(&mut self, expr: Option<&ast::Expr>) -> Result<Option<Box<Expr>>> {
        expr.map(|e| self.boxed(e)).transpose()
    }

    fn expr(&mut self, expr: &ast::Expr) -> Result<Expr> {
        let at = span(expr);
        let kind = self.deeper(at, |c| c.expr_kind(expr, at))?;
        Ok(Expr { span: at, kind })
    }

    fn expr_kind(&mut self, expr: &ast::Expr, at: Span) -> Result<ExprKind> {
        Ok(match expr {
            ast::Expr::Constant(c) => ExprKind::Const(constant(&c.value)),
            ast::Expr::Name(n) => ExprKind::Name(name(&n.id)),
            ast::Expr::Attribute(a) => ExprKind::Attr(self.boxed(&a.value)?, name(&a.attr)),
            ast::Expr::Subscript(s) => {
                ExprKind::Subscript(self.boxed(&s.value)?, self.boxed(&s.slice)?)
            }
            ast::Expr::Slice(s) => ExprKind::Slice(
                self.optional_box(s.lower.as_deref())?,
                self.optional_box(s.upper.as_deref())?,
                self.optional_box(s.step.as_deref())?,
            ),
            ast::Expr::Call(c) => {
                let func = self.boxed(&c.func)?;
                let mut args = self.arguments(&c.args)?;
                args.extend(self.keywords(&c.keywords)?);
                ExprKind::Call(func, args)
            }
            ast::Expr::BinOp(_) => self.binary(expr)?,
            ast::Expr::UnaryOp(u) => ExprKind::Unary(unary(u.op), self.boxed(&u.operand)?),
            ast::Expr::BoolOp(b) => {
                let values = self.exprs(&b.values)?;
                match b.op {
                    ast::BoolOp::And => ExprKind::And(values),
                    ast::BoolOp::Or => ExprKind::Or(values),
                }
            }
            ast::Expr::Compare(c) => {
                let left = self.boxed(&c.left)?;
                let mut rest = Vec::with_capacity(c.ops.len());
                for (op, right) in c.ops.iter().zip(&c.comparators) {
                    rest.push((comparison(*op), self.expr(right)?));
                }
                ExprKind::Compare(left, rest)
            }
            ast::Expr::IfExp(i) => ExprKind::Conditional(
                self.boxed(&i.test)?,
                self.boxed(&i.body)?,
                self.boxed(&i.orelse)?,
            ),
            ast::Expr::Lambda(l) => ExprKind::Lambda(Arc::new(Function {
                name: Arc::from("<lambda>"),
                span: at,
                params: self.params(&l.args)?,
                body: Vec::new(),
                expr: Some(self.expr(&l.body)?),
                decorators: Vec::new(),
                globals: Vec::new(),
                nonlocals: Vec::new(),
                generator: false,
                returns: None,
            })),
            ast::Expr::List(l) => ExprKind::List(self.exprs(&l.elts)?),
            ast::Expr::Tuple(t) => ExprKind::Tuple(self.exprs(&t.elts)?),
            ast::Expr::Set(s) => ExprKind::Set(self.exprs(&s.elts)?),
            ast::Expr::Dict(d) => {
                let mut items = Vec::with_capacity(d.values.len());
                for (key, value) in d.keys.iter().zip(&d.values) {
                    items.push((self.option(key.as_ref())?, self.expr(value)?));
                }
                ExprKind::Dict(items)
            }
            ast::Expr::ListComp(c) => {
                self.comprehension(CompKind::List, &c.elt, None, &c.generators)?
            }
            ast::Expr::SetComp(c) => {
                self.comprehension(CompKind::Set, &c.elt, None, &c.generators)?
            }
            ast::Expr::GeneratorExp(c) => {
                self.comprehension(CompKind::Generator, &c.elt, None, &c.generators)?
            }
            ast::Expr::DictComp(c) => {
                self.comprehension(CompKind::Dict, &c.key, Some(&c.value), &c.generators)?
            }
            ast::Expr::JoinedStr(j) => ExprKind::FString(self.fstring(&j.values)?),
            ast::Expr::FormattedValue(_) => {
                ExprKind::FString(self.fstring(std::slice::from_ref(expr))?)
            }
            ast::Expr::Starred(s) => ExprKind::Star(self.boxed(&s.value)?),
            ast::Expr::NamedExpr(n) => match &*n.target {
                ast::Expr::Name(target) => {
                    ExprKind::Walrus(name(&target.id), self.boxed(&n.value)?)
                }
                _ => return Err(error("a walrus needs a name", at)),
            },
            ast::Expr::Await(a) => ExprKind::Await(self.boxed(&a.value)?),
            ast::Expr::Yield(y) => {
                self.mark_generator();
                ExprKind::Yield(self.optional_box(y.value.as_deref())?)
            }
            ast::Expr::YieldFrom(y) => {
                self.mark_generator();
                ExprKind::YieldFrom(self.boxed(&y.value)?)
            }
        })
    }

    fn mark_generator(&mut self) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.generator = true;
        }
    }

    /// Flattens `a + b + c`, so that long chains of string pieces nest no deeper than their pieces.
    fn binary(&mut self, expr: &ast::Expr) -> Result<ExprKind> {
        let mut rest = Vec::new();
        let mut left = expr;
        while let ast::Expr::BinOp(b) = left {
            rest.push((operator(b.op), self.expr(&b.right)?));
            left = &b.left;
        }
        rest.reverse();
        Ok(ExprKind::Binary(self.boxed(left)?, rest))
    }

    fn arguments(&mut self, args: &[ast::Expr]) -> Result<Vec<Arg>> {
        args.iter()
            .map(|arg| {
                Ok(match arg {
                    ast::Expr::Starred(s) => Arg::Star(self.expr(&s.value)?),
                    other => Arg::Pos(self.expr(other)?),
                })
            })
            .collect()
    }

    fn keywords(&mut self, keywords: &[ast::Keyword]) -> Result<Vec<Arg>> {
        keywords
            .iter()
            .map(|k| {
                let value = self.expr(&k.value)?;
                Ok(match &k.arg {
                    Some(arg) => Arg::Keyword(name(arg), value),
                    None => Arg::DoubleStar(value),
                })
            })
            .collect()
    }

    fn comprehension(
        &mut self,
        kind: CompKind,
        item: &ast::Expr,
        value: Option<&ast::Expr>,
        generators: &[ast::Comprehension],
    ) -> Result<ExprKind> {
        let mut clauses = Vec::with_capacity(generators.len());
        for generator in generators {
            clauses.push(Clause {
                target: self.expr(&generator.target)?,
                iter: self.expr(&generator.iter)?,
                conditions: self.exprs(&generator.ifs)?,
            });
        }
        Ok(ExprKind::Comprehension(Box::new(Comprehension {
            kind,
            item: self.expr(item)?,
            value: self.option(value)?,
            clauses,
        })))
    }

    fn fstring(&mut self, values: &[ast::Expr]) -> Result<Vec<FPart>> {
        let mut parts = Vec::with_capacity(values.len());
        for value in values {
            match value {
                ast::Expr::Constant(c) => {
                    if let Constant::Str(text) = &c.value {
                        parts.push(FPart::Text(Arc::from(text.as_str())));
                    }
                }
                ast::Expr::FormattedValue(f)
                    if let ast::Expr::Name(n) = &*f.value
                        && let Some(lifted) = self.lifted.get(n.id.as_str()).cloned() =>
                {
                    parts.extend(self.lifted(&lifted, span(value))?);
                }
                ast::Expr::FormattedValue(f) => parts.push(FPart::Value {
                    value: self.expr(&f.value)?,
                    conversion: match f.conversion {
                        ast::ConversionFlag::None => None,
                        ast::ConversionFlag::Str => Some('s'),
                        ast::ConversionFlag::Ascii => Some('a'),
                        ast::ConversionFlag::Repr => Some('r'),
                    },
                    spec: match f.format_spec.as_deref() {
                        Some(ast::Expr::JoinedStr(j)) => {
                            self.deeper(span(value), |c| c.fstring(&j.values))?
                        }
                        _ => Vec::new(),
                    },
                }),
                other => parts.push(FPart::Value {
                    value: self.expr(other)?,
                    conversion: None,
                    spec: Vec::new(),
                }),
            }
        }
        Ok(parts)
    }
}

/// Moves the places of expressions from a piece of text to the whole.
fn shift(parts: &mut [Part], base: usize) {
    for part in parts {
        if let Part::Field { expr, spec, .. } = part {
            *expr = (expr.0 + base, expr.1 + base);
            shift(spec, base);
        }
    }
}

fn aliases(names: &[ast::Alias]) -> Vec<(Name, Option<Name>)> {
    names
        .iter()
        .map(|a| (name(&a.name), a.asname.as_ref().map(name)))
        .collect()
}

fn constant(value: &Constant) -> Const {
    match value {
        Constant::None => Const::None,
        Constant::Bool(b) => Const::Bool(*b),
        Constant::Str(s) => Const::Str(Arc::from(s.as_str())),
        Constant::Bytes(b) => Const::Bytes(Arc::from(b.as_slice())),
        Constant::Int(i) => match i.to_i64() {
            Some(small) => Const::Int(small),
            None => Const::Big(i.clone()),
        },
        Constant::Float(f) => Const::Float(*f),
        Constant::Complex { real, .. } => Const::Float(*real),
        Constant::Tuple(_) | Constant::Ellipsis => Const::Ellipsis,
    }
}

fn operator(op: ast::Operator) -> BinOp {
    match op {
        ast::Operator::Add => BinOp::Add,
        ast::Operator::Sub => BinOp::Sub,
        ast::Operator::Mult => BinOp::Mul,
        ast::Operator::MatMult => BinOp::MatMul,
        ast::Operator::Div => BinOp::Div,
        ast::Operator::Mod => BinOp::Mod,
        ast::Operator::Pow => BinOp::Pow,
        ast::Operator::LShift => BinOp::Shl,
        ast::Operator::RShift => BinOp::Shr,
        ast::Operator::BitOr => BinOp::Or,
        ast::Operator::BitXor => BinOp::Xor,
        ast::Operator::BitAnd => BinOp::And,
        ast::Operator::FloorDiv => BinOp::FloorDiv,
    }
}

fn unary(op: ast::UnaryOp) -> UnaryOp {
    match op {
        ast::UnaryOp::Invert => UnaryOp::Invert,
        ast::UnaryOp::Not => UnaryOp::Not,
        ast::UnaryOp::UAdd => UnaryOp::Pos,
        ast::UnaryOp::USub => UnaryOp::Neg,
    }
}

fn comparison(op: ast::CmpOp) -> CmpOp {
    match op {
        ast::CmpOp::Eq => CmpOp::Eq,
        ast::CmpOp::NotEq => CmpOp::Ne,
        ast::CmpOp::Lt => CmpOp::Lt,
        ast::CmpOp::LtE => CmpOp::Le,
        ast::CmpOp::Gt => CmpOp::Gt,
        ast::CmpOp::GtE => CmpOp::Ge,
        ast::CmpOp::Is => CmpOp::Is,
        ast::CmpOp::IsNot => CmpOp::IsNot,
        ast::CmpOp::In => CmpOp::In,
        ast::CmpOp::NotIn => CmpOp::NotIn,
    }
}
