//! A script's identifiers, read from its module level; without evaluating the rest of it where that does.

use indexmap::IndexMap;

use super::syntax::{BinOp, Const, Expr, ExprKind, FPart, Source, Span, Stmt, StmtKind};
use super::trees::Trees;
use crate::diag::{Code, Diagnostic, Diagnostics, Origin, Place, Severity};
use crate::history::{RevisionHeader, ScriptFile, field};

/// A value that identifiers are made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Simple {
    /// `None`.
    None,
    /// `str`.
    Text(String),
    /// A sequence or set.
    List(Vec<Simple>),
}

/// Reads `revision`, `down_revision`, `branch_labels`, `depends_on` and the docstring of a script.
///
/// Constants, names assigned before, concatenation, f-strings and sequences are followed; imports are not
/// ([`Evaluator::read_header`](super::Evaluator::read_header) follows them). What cannot be followed is a
/// `revision-id-unknown` diagnostic, a warning where it is a label; a file that is not Python gives a `python-syntax`
/// diagnostic.
pub fn read_header(script: &ScriptFile) -> (RevisionHeader, Diagnostics) {
    read_header_with(script, &mut Trees::default(), |_| None)
}

/// As [`read_header`]; the script's tree is kept for its evaluation, and `evaluate` is asked for the variables that cannot
/// be followed so.
pub(super) fn read_header_with(
    script: &ScriptFile,
    trees: &mut Trees,
    mut evaluate: impl FnMut(&str) -> Option<Simple>,
) -> (RevisionHeader, Diagnostics) {
    let mut header = RevisionHeader::for_file(&script.path);
    let mut diagnostics = Diagnostics::new();
    let source = Source::new(script.path.clone(), script.text.clone());
    let module = match trees.parse(script) {
        Ok(module) => module,
        Err(error) => {
            header.is_revision = true;
            diagnostics.push(syntax_diagnostic(&error, &source, ""));
            return (header, diagnostics);
        }
    };
    let first = module.body.first().map_or_else(Span::default, |s| s.span);
    header.stands_at(&source.place(first));
    if let Some(text) = module.docstring() {
        header.read_docstring(text);
        header.docstring_revises_place = docstring_line(&source, first, "revises");
        header.docstring_revision_place = docstring_line(&source, first, "revision id");
    }
    let mut reader = Reader {
        source: &source,
        names: IndexMap::new(),
        file: &script.path,
    };
    reader.block(&module.body);
    let names = std::mem::take(&mut reader.names);
    let mut take = |name: &str| -> (Option<Simple>, Option<Place>) {
        match names.get(name) {
            None => (None, None),
            Some((Some(value), place)) => (Some(value.clone()), Some(place.clone())),
            Some((None, place)) => {
                if let Some(value) = evaluate(name) {
                    return (Some(value), Some(place.clone()));
                }
                diagnostics.push(not_followed(name, place));
                (None, Some(place.clone()))
            }
        }
    };
    let (revision, place) = take("revision");
    header.is_revision = place.is_some();
    if let Some(place) = place {
        header.stands_at(&place);
    }
    let (down, place) = take("down_revision");
    header.down_revisions = texts(down);
    header.no_down_revision = header.is_revision && place.is_none();
    if let Some(place) = place {
        header.down_revision_place = place;
    }
    let (labels, place) = take("branch_labels");
    header.branch_labels = texts(labels);
    if let Some(place) = place {
        header.branch_labels_place = place;
    }
    let (depends, place) = take("depends_on");
    header.depends_on = texts(depends);
    if let Some(place) = place {
        header.depends_on_place = place;
    }
    match revision {
        Some(Simple::Text(id)) if !id.is_empty() => header.revision = Some(id),
        Some(_) => diagnostics.push(
            Diagnostic::new(
                Code::NoRevisionId,
                format!("`revision` of {} is no text", script.path),
            )
            .at(Origin {
                place: header.revision_place.clone(),
                ..Origin::default()
            })
            .help("a revision's identifier is a literal string that is not empty"),
        ),
        None => {}
    }
    (header, diagnostics)
}

/// The line of the docstring that has a field (`Revises: ..`).
fn docstring_line(source: &Source, docstring: Span, name: &str) -> Option<Place> {
    let mut start = docstring.start;
    for line in source.slice(docstring).split_inclusive('\n') {
        let length = u32::try_from(line.len()).ok()?;
        let blank = u32::try_from(line.len() - line.trim_start().len()).ok()?;
        if field(line.trim(), name).is_some() {
            let end = start + u32::try_from(line.trim_end().len()).ok()?;
            return Some(source.place(Span {
                start: start + blank,
                end,
            }));
        }
        start += length;
    }
    None
}

fn not_followed(name: &str, place: &Place) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::RevisionIdUnknown,
        format!("the value of {name} is computed in a way that could not be followed"),
    )
    .at(Origin {
        place: place.clone(),
        ..Origin::default()
    });
    if name == "branch_labels" {
        // A label is another name for what the identifiers say; who needs it is told that it is not there.
        diagnostic
            .severity(Severity::Warning)
            .help("name the folder of the modules that it comes from with --root")
    } else {
        diagnostic.help("write the identifier as a literal string")
    }
}

/// The diagnostic for a text that is not Python.
pub(super) fn syntax_diagnostic(
    error: &super::parse::SyntaxError,
    source: &Source,
    revision: &str,
) -> Diagnostic {
    Diagnostic::new(
        Code::PythonSyntax,
        format!("this is not Python that can be read: {}", error.message),
    )
    .at(Origin {
        revision: revision.to_owned(),
        place: source.place(error.span),
        ..Origin::default()
    })
    .help("mend the script, or remove it from the versions folder if it is no revision")
}

fn texts(value: Option<Simple>) -> Vec<String> {
    match value {
        None | Some(Simple::None) => Vec::new(),
        Some(Simple::Text(text)) => vec![text],
        Some(Simple::List(items)) => items.into_iter().flat_map(|i| texts(Some(i))).collect(),
    }
}

struct Reader<'s> {
    source: &'s Source,
    file: &'s str,
    names: IndexMap<String, (Option<Simple>, Place)>,
}

impl Reader<'_> {
    fn block(&mut self, body: &[Stmt]) {
        for stmt in body {
            match &stmt.kind {
                StmtKind::Assign(targets, value) => {
                    for target in targets {
                        self.assign(target, value, stmt);
                    }
                }
                StmtKind::AnnAssign(target, _, Some(value)) => self.assign(target, value, stmt),
                _ => {}
            }
        }
    }

    fn assign(&mut self, target: &Expr, value: &Expr, stmt: &Stmt) {
        match (&target.kind, &value.kind) {
            (ExprKind::Name(name), _) => {
                let known = self.value(value, 0);
                let place = self.source.place(stmt.span);
                self.names.insert(name.to_string(), (known, place));
            }
            (ExprKind::Tuple(targets), ExprKind::Tuple(values))
                if targets.len() == values.len() =>
            {
                for (target, value) in targets.iter().zip(values) {
                    self.assign(target, value, stmt);
                }
            }
            _ => {}
        }
    }

    fn value(&self, expr: &Expr, depth: usize) -> Option<Simple> {
        if depth > 50 {
            return None;
        }
        let deeper = |e: &Expr| self.value(e, depth + 1);
        Some(match &expr.kind {
            ExprKind::Const(Const::None) => Simple::None,
            ExprKind::Const(Const::Str(text)) => Simple::Text(text.to_string()),
            ExprKind::Name(name) if &**name == "__file__" => Simple::Text(self.file.to_owned()),
            ExprKind::Name(name) => self.names.get(&**name)?.0.clone()?,
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => {
                Simple::List(items.iter().map(deeper).collect::<Option<_>>()?)
            }
            ExprKind::Binary(first, rest) => {
                let mut value = deeper(first)?;
                for (op, right) in rest {
                    value = match (op, value, deeper(right)?) {
                        (BinOp::Add, Simple::Text(a), Simple::Text(b)) => Simple::Text(a + &b),
                        (BinOp::Add, Simple::List(mut a), Simple::List(b)) => {
                            a.extend(b);
                            Simple::List(a)
                        }
                        _ => return None,
                    };
                }
                value
            }
            ExprKind::FString(parts) => {
                let mut out = String::new();
                for part in parts {
                    match part {
                        FPart::Text(text) => out.push_str(text),
                        FPart::Value { value, spec, .. } if spec.is_empty() => {
                            match deeper(value)? {
                                Simple::Text(text) => out.push_str(&text),
                                _ => return None,
                            }
                        }
                        FPart::Value { .. } => return None,
                    }
                }
                Simple::Text(out)
            }
            _ => return None,
        })
    }
}
