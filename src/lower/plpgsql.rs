//! Bodies of trigger functions, as far as they do what a SQLite trigger can do: set columns of the new row, and refuse rows.

/// What a trigger function does.
#[derive(Debug, PartialEq)]
pub(super) struct Action {
    /// `IF .. THEN` around it.
    pub condition: Option<String>,
    /// What is done.
    pub kind: ActionKind,
}

#[derive(Debug, PartialEq)]
pub(super) enum ActionKind {
    /// `NEW.column := value`.
    Assign { column: String, value: String },
    /// `RAISE EXCEPTION 'message'`.
    Raise(String),
}

/// What a function body does, when it does nothing but set columns and refuse rows: `BEGIN NEW.a = ..; RETURN NEW; END`.
///
/// # Errors
/// Why there is no equal, as a part of a sentence.
pub(super) fn parse(body: &str) -> Result<Vec<Action>, String> {
    let text = without_comments(body);
    let text = text.trim().trim_end_matches(';').trim();
    let strip = |text: &str, word: &str, end: bool| -> Option<String> {
        let upper = text.to_ascii_uppercase();
        let found = if end {
            upper.ends_with(word)
        } else {
            upper.starts_with(word)
        };
        found.then(|| {
            let range = if end {
                0..text.len() - word.len()
            } else {
                word.len()..text.len()
            };
            text.get(range).unwrap_or_default().trim().to_owned()
        })
    };
    let inner = strip(text, "BEGIN", false)
        .and_then(|t| strip(&t, "END", true))
        .ok_or("its function does more than set columns")?;
    let mut out = Vec::new();
    let mut condition: Option<String> = None;
    for statement in split_statements(&inner) {
        let mut statement = statement.trim().to_owned();
        if let Some(rest) = strip(&statement, "IF ", false)
            .or_else(|| strip(&statement, "IF(", false).map(|r| format!("({r}")))
        {
            let upper = rest.to_ascii_uppercase();
            let at = upper.find("THEN").filter(|_| condition.is_none());
            let at = at.ok_or("its function has conditions within conditions")?;
            condition = rest.get(..at).map(|c| c.trim().to_owned());
            statement = rest.get(at + 4..).unwrap_or_default().trim().to_owned();
        }
        let upper = statement.to_ascii_uppercase();
        match upper
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .as_str()
        {
            "" => continue,
            "END IF" => condition = None,
            "RETURN NEW" | "RETURN OLD" | "RETURN NULL" if condition.is_none() => break,
            _ => {
                let kind = action(&statement).ok_or("its function does more than set columns")?;
                // An unconditional refusal ends the function.
                out.push(Action {
                    condition: condition.clone(),
                    kind,
                });
            }
        }
    }
    if out.is_empty() {
        return Err("its function does nothing".to_owned());
    }
    Ok(out)
}

/// A statement that has an equal.
fn action(statement: &str) -> Option<ActionKind> {
    if let Some(message) = raised(statement) {
        return Some(ActionKind::Raise(message));
    }
    let (column, value) = assignment(statement)?;
    Some(ActionKind::Assign { column, value })
}

/// The message of `RAISE EXCEPTION 'message', ..`; values in it stay `%`.
fn raised(statement: &str) -> Option<String> {
    let mut words = statement.split_whitespace();
    let raise = words.next()?.eq_ignore_ascii_case("RAISE");
    let exception = words.next()?.eq_ignore_ascii_case("EXCEPTION");
    if !raise || !exception {
        return None;
    }
    let (_, rest) = statement.split_once('\'')?;
    let mut message = String::new();
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' && chars.next_if_eq(&'\'').is_none() {
            return Some(message);
        }
        message.push(c);
    }
    None
}

/// `NEW.column := value` or with `=`.
fn assignment(statement: &str) -> Option<(String, String)> {
    let (target, value) = match statement.split_once(":=") {
        Some(parts) => parts,
        None => statement.split_once('=')?,
    };
    let target = target.trim();
    let (row, column) = target.split_once('.')?;
    if !row.trim().eq_ignore_ascii_case("new") {
        return None;
    }
    let column = column.trim();
    let column = match column.strip_prefix('"').and_then(|c| c.strip_suffix('"')) {
        Some(quoted) => quoted.to_owned(),
        None => column.to_ascii_lowercase(),
    };
    let plain = column
        .chars()
        .all(|c| c == '_' || c == '$' || c.is_alphanumeric());
    plain.then(|| (column, value.trim().to_owned()))
}

/// Statements between `;`, which strings may hold.
fn split_statements(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        quoted ^= c == '\'';
        if c == ';' && !quoted {
            out.push(String::new());
        } else if let Some(last) = out.last_mut() {
            last.push(c);
        }
    }
    out
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['-', '/', '\'']) {
        let (head, tail) = rest.split_at(at);
        out.push_str(head);
        let taken = if tail.starts_with("--") {
            out.push(' ');
            tail.find('\n').unwrap_or(tail.len())
        } else if tail.starts_with("/*") {
            out.push(' ');
            tail.find("*/").map_or(tail.len(), |e| e + 2)
        } else if tail.starts_with('\'') {
            let end = tail
                .char_indices()
                .skip(1)
                .find(|(_, c)| *c == '\'')
                .map_or(tail.len(), |(e, _)| e + 1);
            out.push_str(tail.get(..end).unwrap_or_default());
            end
        } else {
            out.push_str(tail.get(..1).unwrap_or_default());
            1
        };
        rest = tail.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_set_columns_are_understood() {
        let body = "\nBEGIN\n  -- stamp\n  IF OLD.* IS DISTINCT FROM NEW.* THEN\n    NEW.updated_at := now();\n  END IF;\n  RETURN NEW;\nEND;\n";
        assert_eq!(
            parse(body),
            Ok(vec![Action {
                condition: Some("OLD.* IS DISTINCT FROM NEW.*".to_owned()),
                kind: ActionKind::Assign {
                    column: "updated_at".to_owned(),
                    value: "now()".to_owned(),
                },
            }])
        );
        let body =
            "BEGIN IF NEW.a IS NULL THEN RAISE EXCEPTION 'it''s %', 1; END IF; RETURN NEW; END";
        assert_eq!(
            parse(body),
            Ok(vec![Action {
                condition: Some("NEW.a IS NULL".to_owned()),
                kind: ActionKind::Raise("it's %".to_owned()),
            }])
        );
        assert!(parse("BEGIN PERFORM pg_notify('a', 'b'); RETURN NEW; END").is_err());
    }
}
