//! Our own small syntax tree of Python, with byte ranges: what migration scripts use of the language.
//!
//! It is free of the parser crate's types, so that only [`parse`](super::parse) knows that crate. Everything in it is
//! shared by [`Arc`]: functions outlive the walk that finds them.

use std::sync::Arc;

use num_bigint::BigInt;

use crate::diag::Place;

/// An identifier or a string constant.
pub type Name = Arc<str>;

/// A byte range of a source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

/// A source text that can tell lines and columns.
#[derive(Debug)]
pub struct Source {
    /// Path as shown to the user.
    pub path: String,
    /// The text.
    pub text: Arc<str>,
    /// Whether it belongs to the library models and not to the user: such places are never shown.
    pub model: bool,
    lines: Vec<u32>,
}

impl Source {
    /// Prepares a text of the user.
    pub fn new(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let mut lines = vec![0];
        for (i, byte) in text.bytes().enumerate() {
            if byte == b'\n' {
                lines.push(u32::try_from(i + 1).unwrap_or(u32::MAX));
            }
        }
        Self {
            path: path.into(),
            text,
            model: false,
            lines,
        }
    }

    /// Prepares a text of the library models.
    pub fn model(path: impl Into<String>, text: &'static str) -> Self {
        Self {
            model: true,
            ..Self::new(path, text)
        }
    }

    /// Line and column, with the line's text, of a span.
    pub fn place(&self, span: Span) -> Place {
        let line = self.lines.partition_point(|&start| start <= span.start);
        let start = line
            .checked_sub(1)
            .and_then(|i| self.lines.get(i))
            .map_or(0, |&s| s as usize);
        let rest = self.text.get(start..).unwrap_or_default();
        let text = rest.lines().next().unwrap_or_default();
        let before = self
            .text
            .get(start..span.start as usize)
            .map_or(0, |t| t.chars().count());
        let meant = self.slice(span);
        let meant = meant.lines().next().unwrap_or_default().chars().count();
        // A line of data can be very long; what is shown of it is not.
        let shown: String = text.chars().take(400).collect();
        Place {
            file: self.path.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(before + 1).unwrap_or(u32::MAX),
            text: shown,
            length: u32::try_from(meant).unwrap_or(u32::MAX),
        }
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        self.text
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }
}

/// A parsed file.
#[derive(Debug, Default)]
pub struct Module {
    /// Its statements.
    pub body: Vec<Stmt>,
}

impl Module {
    /// The string that stands first, if there is one.
    pub fn docstring(&self) -> Option<&str> {
        docstring(&self.body)
    }
}

/// The string that stands first in a body.
pub fn docstring(body: &[Stmt]) -> Option<&str> {
    match &body.first()?.kind {
        StmtKind::Expr(Expr {
            kind: ExprKind::Const(Const::Str(text)),
            ..
        }) => Some(text),
        _ => None,
    }
}

/// A statement.
#[derive(Debug)]
pub struct Stmt {
    /// Where it is.
    pub span: Span,
    /// What it is.
    pub kind: StmtKind,
}

/// The statements.
#[derive(Debug)]
pub enum StmtKind {
    /// `def`, `async def`.
    Def(Arc<Function>),
    /// `class`.
    Class(Arc<Class>),
    /// `return`.
    Return(Option<Expr>),
    /// `del`.
    Delete(Vec<Expr>),
    /// `a = b = value`.
    Assign(Vec<Expr>, Expr),
    /// `target op= value`.
    AugAssign(Expr, BinOp, Expr),
    /// `target: annotation [= value]`; of the annotation only its place is kept.
    AnnAssign(Expr, Span, Option<Expr>),
    /// `for`.
    For(Arc<For>),
    /// `while`, with its `else`.
    While(Expr, Vec<Stmt>, Vec<Stmt>),
    /// `if`, with its `else`.
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// `with`.
    With(Arc<With>),
    /// `match`.
    Match(Expr, Vec<Case>),
    /// `raise [exception]`.
    Raise(Option<Expr>),
    /// `try`.
    Try(Box<Try>),
    /// `assert`.
    Assert(Expr, Option<Expr>),
    /// `import a.b as c`.
    Import(Vec<(Name, Option<Name>)>),
    /// `from a import b as c`.
    ImportFrom(ImportFrom),
    /// An expression.
    Expr(Expr),
    /// `pass`, `global`, `nonlocal` (the names stand in [`Function`]) and type aliases.
    Pass,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
}

/// `for`.
#[derive(Debug)]
pub struct For {
    /// Loop variables.
    pub target: Expr,
    /// What is gone over.
    pub iter: Expr,
    /// Body.
    pub body: Vec<Stmt>,
    /// `else`.
    pub orelse: Vec<Stmt>,
}

/// `with`.
#[derive(Debug)]
pub struct With {
    /// Context managers, and what they are bound to.
    pub items: Vec<(Expr, Option<Expr>)>,
    /// Body.
    pub body: Vec<Stmt>,
}

/// `try`.
#[derive(Debug)]
pub struct Try {
    /// Body.
    pub body: Vec<Stmt>,
    /// `except` clauses.
    pub handlers: Vec<Handler>,
    /// `else`.
    pub orelse: Vec<Stmt>,
    /// `finally`.
    pub finally: Vec<Stmt>,
}

/// `except`.
#[derive(Debug)]
pub struct Handler {
    /// Classes; none catches all.
    pub class: Option<Expr>,
    /// `as`.
    pub name: Option<Name>,
    /// Body.
    pub body: Vec<Stmt>,
}

/// `from module import names`.
#[derive(Debug)]
pub struct ImportFrom {
    /// Module, after the dots.
    pub module: Name,
    /// How many dots.
    pub level: usize,
    /// Names and their aliases; `*` for all.
    pub names: Vec<(Name, Option<Name>)>,
}

/// `case`.
#[derive(Debug)]
pub struct Case {
    /// Pattern.
    pub pattern: Pattern,
    /// `if`.
    pub guard: Option<Expr>,
    /// Body.
    pub body: Vec<Stmt>,
}

/// The patterns that are understood.
#[derive(Debug)]
pub enum Pattern {
    /// A value that is compared.
    Value(Expr),
    /// `None`, `True`, `False`.
    Const(Const),
    /// `a | b`.
    Or(Vec<Pattern>),
    /// `pattern as name`, `name`, `_`.
    Capture(Option<Box<Pattern>>, Option<Name>),
    /// `[a, b]`; a star pattern is not understood.
    Sequence(Vec<Pattern>),
    /// `Class()` without arguments.
    Class(Expr),
    /// Anything else.
    Other,
}

/// A function or a lambda.
#[derive(Debug)]
pub struct Function {
    /// Name; `<lambda>` for a lambda.
    pub name: Name,
    /// Where the `def` is.
    pub span: Span,
    /// Parameters.
    pub params: Params,
    /// Body of a `def`.
    pub body: Vec<Stmt>,
    /// Body of a lambda.
    pub expr: Option<Expr>,
    /// Decorators, outermost first.
    pub decorators: Vec<Expr>,
    /// Names declared `global`.
    pub globals: Vec<Name>,
    /// Names declared `nonlocal`.
    pub nonlocals: Vec<Name>,
    /// Whether it has a `yield`.
    pub generator: bool,
    /// Where the annotation of what it returns is.
    pub returns: Option<Span>,
}

/// Parameters of a function.
#[derive(Debug, Default)]
pub struct Params {
    /// Positional ones: the first `positional_only` may not be given by name.
    pub positional: Vec<Param>,
    /// How many are positional only.
    pub positional_only: usize,
    /// `*args`.
    pub star: Option<Name>,
    /// After the star.
    pub keyword: Vec<Param>,
    /// `**kwargs`.
    pub double_star: Option<Name>,
}

/// One parameter.
#[derive(Debug)]
pub struct Param {
    /// Name.
    pub name: Name,
    /// Default.
    pub default: Option<Expr>,
}

/// A class.
#[derive(Debug)]
pub struct Class {
    /// Name.
    pub name: Name,
    /// Bases.
    pub bases: Vec<Arg>,
    /// Body.
    pub body: Vec<Stmt>,
    /// Decorators, outermost first.
    pub decorators: Vec<Expr>,
}

/// An expression.
#[derive(Debug)]
pub struct Expr {
    /// Where it is.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// The expressions.
#[derive(Debug)]
pub enum ExprKind {
    /// A constant.
    Const(Const),
    /// A variable.
    Name(Name),
    /// `value.name`.
    Attr(Box<Expr>, Name),
    /// `value[index]`.
    Subscript(Box<Expr>, Box<Expr>),
    /// `a:b:c` inside an index.
    Slice(Option<Box<Expr>>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `f(..)`.
    Call(Box<Expr>, Vec<Arg>),
    /// A chain of binary operators, from left to right.
    Binary(Box<Expr>, Vec<(BinOp, Expr)>),
    /// A unary operator.
    Unary(UnaryOp, Box<Expr>),
    /// `a and b and c`.
    And(Vec<Expr>),
    /// `a or b or c`.
    Or(Vec<Expr>),
    /// `a < b <= c`.
    Compare(Box<Expr>, Vec<(CmpOp, Expr)>),
    /// `a if test else b`: test, a, b.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `lambda`.
    Lambda(Arc<Function>),
    /// `[..]`.
    List(Vec<Expr>),
    /// `(..,)`.
    Tuple(Vec<Expr>),
    /// `{..}`.
    Set(Vec<Expr>),
    /// `{k: v, **m}`.
    Dict(Vec<(Option<Expr>, Expr)>),
    /// A comprehension or generator expression.
    Comprehension(Box<Comprehension>),
    /// An f-string.
    FString(Vec<FPart>),
    /// `*value` in a list, a call or a target.
    Star(Box<Expr>),
    /// `name := value`.
    Walrus(Name, Box<Expr>),
    /// `await value`.
    Await(Box<Expr>),
    /// `yield`.
    Yield(Option<Box<Expr>>),
    /// `yield from`.
    YieldFrom(Box<Expr>),
}

/// A constant.
#[derive(Debug, Clone)]
pub enum Const {
    /// `None`.
    None,
    /// `True`, `False`.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// A larger integer.
    Big(BigInt),
    /// A float.
    Float(f64),
    /// A string.
    Str(Name),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// `...`.
    Ellipsis,
}

/// An argument of a call.
#[derive(Debug)]
pub enum Arg {
    /// By position.
    Pos(Expr),
    /// `*value`.
    Star(Expr),
    /// By name.
    Keyword(Name, Expr),
    /// `**value`.
    DoubleStar(Expr),
}

/// What a comprehension makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompKind {
    /// A list.
    List,
    /// A set.
    Set,
    /// A dictionary.
    Dict,
    /// A generator.
    Generator,
}

/// A comprehension.
#[derive(Debug)]
pub struct Comprehension {
    /// What it makes.
    pub kind: CompKind,
    /// Item, or key.
    pub item: Expr,
    /// Value of a dictionary.
    pub value: Option<Expr>,
    /// `for .. in .. if ..`.
    pub clauses: Vec<Clause>,
}

/// One `for` of a comprehension.
#[derive(Debug)]
pub struct Clause {
    /// Variables.
    pub target: Expr,
    /// What is gone over.
    pub iter: Expr,
    /// Conditions.
    pub conditions: Vec<Expr>,
}

/// A part of an f-string.
#[derive(Debug)]
pub enum FPart {
    /// Text.
    Text(Name),
    /// `{value!r:spec}`.
    Value {
        /// The value.
        value: Expr,
        /// `r`, `s` or `a`.
        conversion: Option<char>,
        /// The format specification, itself an f-string.
        spec: Vec<FPart>,
    },
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `@`
    MatMul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `**`
    Pow,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `&`
    And,
}

impl BinOp {
    /// The method that implements it, without its underscores: `add`.
    pub fn method(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Sub => "sub",
            Self::Mul => "mul",
            Self::MatMul => "matmul",
            Self::Div => "truediv",
            Self::FloorDiv => "floordiv",
            Self::Mod => "mod",
            Self::Pow => "pow",
            Self::Shl => "lshift",
            Self::Shr => "rshift",
            Self::Or => "or",
            Self::Xor => "xor",
            Self::And => "and",
        }
    }
}

/// Unary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Neg,
    /// `+`
    Pos,
    /// `~`
    Invert,
}

/// Comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CmpOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `is`
    Is,
    /// `is not`
    IsNot,
    /// `in`
    In,
    /// `not in`
    NotIn,
}
