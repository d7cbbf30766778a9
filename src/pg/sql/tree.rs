//! Small helpers over the parser's concrete syntax tree, so that the readers of statements stay short.

use squawk_syntax::ast::{self, AstNode};
use squawk_syntax::{SyntaxElement, SyntaxKind, SyntaxNode, SyntaxToken};

use crate::ir::QualName;
use crate::pg::names::truncate_identifier;

/// Access to children by kind.
pub(super) trait NodeExt {
    /// First child node of a kind.
    fn child(&self, kind: SyntaxKind) -> Option<SyntaxNode>;
    /// All child nodes of a kind.
    fn all(&self, kind: SyntaxKind) -> Vec<SyntaxNode>;
    /// First node of a kind anywhere below.
    fn find(&self, kind: SyntaxKind) -> Option<SyntaxNode>;
    /// Whether a child node or token of a kind is there.
    fn has(&self, kind: SyntaxKind) -> bool;
    /// Child expressions.
    fn exprs(&self) -> Vec<SyntaxNode>;
    /// First child that is an expression.
    fn expr(&self) -> Option<SyntaxNode>;
    /// Text without comments and without blanks around it.
    fn sql(&self) -> String;
    /// Like [`NodeExt::sql`], without parentheses around the whole of it.
    fn bare_sql(&self) -> String;
    /// First identifier below, folded as PostgreSQL does.
    fn name(&self) -> Option<String>;
    /// The dotted name of the first path below.
    fn path(&self) -> Vec<String>;
    /// The possibly qualified name of the first path below.
    fn qual_name(&self) -> Option<QualName>;
    /// Value of the first string literal among the children (or of the node itself).
    fn string(&self) -> Option<String>;
    /// First child that is a type.
    fn type_node(&self) -> Option<SyntaxNode>;
}

impl NodeExt for SyntaxNode {
    fn child(&self, kind: SyntaxKind) -> Option<SyntaxNode> {
        self.children().find(|c| c.kind() == kind)
    }

    fn all(&self, kind: SyntaxKind) -> Vec<SyntaxNode> {
        self.children().filter(|c| c.kind() == kind).collect()
    }

    fn find(&self, kind: SyntaxKind) -> Option<SyntaxNode> {
        self.descendants().find(|c| c.kind() == kind)
    }

    fn has(&self, kind: SyntaxKind) -> bool {
        self.children_with_tokens().any(|c| c.kind() == kind)
    }

    fn exprs(&self) -> Vec<SyntaxNode> {
        self.children().filter(|c| is_expr(c.kind())).collect()
    }

    fn expr(&self) -> Option<SyntaxNode> {
        self.children().find(|c| is_expr(c.kind()))
    }

    fn sql(&self) -> String {
        text_of(self.descendants_with_tokens())
    }

    fn bare_sql(&self) -> String {
        let mut inner = self.clone();
        while inner.kind() == SyntaxKind::PAREN_EXPR {
            match inner.expr() {
                Some(expr) => inner = expr,
                None => break,
            }
        }
        inner.sql()
    }

    fn name(&self) -> Option<String> {
        first_word(self).map(|t| identifier(t.text()))
    }

    fn path(&self) -> Vec<String> {
        let root = self.descendants().find(|n| {
            matches!(
                n.kind(),
                SyntaxKind::PATH | SyntaxKind::PATH_REF | SyntaxKind::FIELD_EXPR
            )
        });
        let Some(root) = root else {
            return self.name().into_iter().collect();
        };
        root.descendants()
            .filter(|n| {
                matches!(
                    n.kind(),
                    SyntaxKind::PATH_SEGMENT | SyntaxKind::PATH_SEGMENT_REF | SyntaxKind::NAME_REF
                )
            })
            .filter_map(|n| n.name())
            .collect()
    }

    fn qual_name(&self) -> Option<QualName> {
        qual_name_of(self.path())
    }

    fn string(&self) -> Option<String> {
        let literal = if self.kind() == SyntaxKind::LITERAL {
            Some(self.clone())
        } else {
            self.child(SyntaxKind::LITERAL)
        };
        let literal = literal?;
        let quoted = matches!(
            literal.first_token()?.kind(),
            SyntaxKind::STRING
                | SyntaxKind::ESC_STRING
                | SyntaxKind::UNICODE_ESC_STRING
                | SyntaxKind::NATIONAL_STRING
                | SyntaxKind::DOLLAR_QUOTED_STRING
        );
        if !quoted {
            return None;
        }
        ast::Literal::cast(literal)?.string_value()
    }

    fn type_node(&self) -> Option<SyntaxNode> {
        self.children().find(|c| is_type(c.kind()))
    }
}

/// The last two parts of a dotted name.
pub(super) fn qual_name_of(mut parts: Vec<String>) -> Option<QualName> {
    let name = parts.pop()?;
    Some(QualName::qualified(parts.pop().as_deref(), name))
}

/// An identifier as the catalog has it: unquoted, folded, cut at 63 bytes.
pub(super) fn identifier(text: &str) -> String {
    if let Some(escaped) = text
        .get(..3)
        .filter(|t| t.eq_ignore_ascii_case("u&\""))
        .and_then(|_| text.get(3..))
        .and_then(|t| t.strip_suffix('"'))
    {
        return truncate_identifier(&unicode_escapes(&escaped.replace("\"\"", "\""))).to_owned();
    }
    let name = match text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
        Some(inside) => inside.replace("\"\"", "\""),
        None => text.to_ascii_lowercase(),
    };
    truncate_identifier(&name).to_owned()
}

/// `\XXXX`, `\+XXXXXX` and `\\` of a `U&"..."` identifier.
fn unicode_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once('\\') {
        out.push_str(head);
        let (digits, skip) = match tail.strip_prefix('+') {
            Some(long) => (long.get(..6), 7),
            None => (tail.get(..4), 4),
        };
        let decoded = digits
            .and_then(|d| u32::from_str_radix(d, 16).ok())
            .and_then(char::from_u32);
        match decoded {
            Some(c) => {
                out.push(c);
                rest = tail.get(skip..).unwrap_or_default();
            }
            None => {
                out.push('\\');
                rest = tail.strip_prefix('\\').unwrap_or(tail);
            }
        }
    }
    out.push_str(rest);
    out
}

fn first_word(node: &SyntaxNode) -> Option<SyntaxToken> {
    node.descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .find(|t| {
            !t.kind().is_trivia()
                && t.text()
                    .starts_with(|c: char| c == '"' || c == '_' || c.is_alphabetic())
        })
}

/// Text of elements, comments left out.
fn text_of(elements: impl Iterator<Item = SyntaxElement>) -> String {
    let mut out = String::new();
    for token in elements.filter_map(SyntaxElement::into_token) {
        match token.kind() {
            SyntaxKind::COMMENT => out.push(' '),
            _ => out.push_str(token.text()),
        }
    }
    out.trim().trim_end_matches(';').trim_end().to_owned()
}

/// Text of the children of a node from one child on (used where a clause has no node of its own).
pub(super) fn text_from(node: &SyntaxNode, start: &SyntaxNode) -> String {
    let from = start.text_range().start();
    text_of(
        node.descendants_with_tokens()
            .filter(|e| e.text_range().start() >= from),
    )
}

/// Whether a kind of node is an expression.
pub(super) fn is_expr(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::CALL_EXPR
            | SyntaxKind::CAST_EXPR
            | SyntaxKind::COLLATE
            | SyntaxKind::ARRAY_EXPR
            | SyntaxKind::LITERAL
            | SyntaxKind::NAME_REF
            | SyntaxKind::BIN_EXPR
            | SyntaxKind::CASE_EXPR
            | SyntaxKind::FIELD_EXPR
            | SyntaxKind::INDEX_EXPR
            | SyntaxKind::SLICE_EXPR
            | SyntaxKind::BETWEEN_EXPR
            | SyntaxKind::PAREN_EXPR
            | SyntaxKind::TUPLE_EXPR
            | SyntaxKind::PREFIX_EXPR
            | SyntaxKind::POSTFIX_EXPR
    )
}

/// Whether a kind of node is a type.
pub(super) fn is_type(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::ARRAY_TYPE
            | SyntaxKind::PATH_TYPE
            | SyntaxKind::PERCENT_TYPE
            | SyntaxKind::VARCHAR_TYPE
            | SyntaxKind::CHARACTER_TYPE
            | SyntaxKind::BIT_TYPE
            | SyntaxKind::BIT_VARYING_TYPE
            | SyntaxKind::DOUBLE_TYPE
            | SyntaxKind::TIME_TYPE
            | SyntaxKind::TIMESTAMP_TYPE
            | SyntaxKind::INTERVAL_TYPE
    )
}

/// Whether a kind of node is a query.
pub(super) fn is_query(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        SyntaxKind::SELECT
            | SyntaxKind::SELECT_INTO
            | SyntaxKind::COMPOUND_SELECT
            | SyntaxKind::PAREN_SELECT
            | SyntaxKind::VALUES
            | SyntaxKind::TABLE
    )
}
