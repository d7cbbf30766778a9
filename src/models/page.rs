//! The list of changes for people: text for a terminal, Markdown for a ticket.

use std::fmt::Write as _;

use indexmap::IndexMap;

use super::{Change, Changes, Effect};

/// What has the same answer: what to write instead (without its arguments), why, and what happens otherwise.
type Group<'a> = ((String, &'a str, String), Vec<&'a Change>);

fn groups(changes: &[Change]) -> Vec<Group<'_>> {
    let mut found: IndexMap<(String, &str, String), Vec<&Change>> = IndexMap::new();
    for change in changes {
        let mut effects = change.effects.clone();
        effects.sort_unstable();
        let effects: Vec<&str> = effects.iter().map(|e| e.words()).collect();
        let key = (
            family(&change.instead).to_owned(),
            change.why.as_str(),
            effects.join(", "),
        );
        found.entry(key).or_default().push(change);
    }
    let mut groups: Vec<_> = found.into_iter().collect();
    // The gravest first; among equals the order of the schema.
    groups.sort_by_key(|(_, list)| gravest(list));
    groups
}

/// `PortableArray(..)` of `PortableArray(sa.Text())`: types that take the column's own arguments are told together.
fn family(instead: &str) -> &str {
    match instead.split_once('(').map(|(name, _)| name) {
        Some("PortableArray") => "PortableArray(..)",
        Some("DecimalText") => "DecimalText(..)",
        Some("PgText") => "PgText(..)",
        Some("PortableRange") => "PortableRange(..)",
        _ => instead,
    }
}

fn gravest(list: &[&Change]) -> Effect {
    let effects = list.iter().flat_map(|c| &c.effects);
    effects.min().copied().unwrap_or(Effect::LookAt)
}

/// Columns of 80 characters at most, where words allow it.
fn wrap(out: &mut String, indent: &str, words: impl IntoIterator<Item = String>) {
    let mut line = indent.to_owned();
    for word in words {
        if line.len() + word.len() + 1 > 80 && line.len() > indent.len() {
            let _ = writeln!(out, "{}", line.trim_end());
            line = indent.to_owned();
        }
        line.push_str(&word);
        line.push(' ');
    }
    let _ = writeln!(out, "{}", line.trim_end());
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// Columns by their names, with what to write where that is more than the heading says.
fn names(list: &[&Change], heading: &str) -> Vec<String> {
    let last = list.len();
    let name = |(at, c): (usize, &&Change)| {
        let own = if heading.ends_with("(..)") && heading != c.instead {
            format!(" {}", c.instead)
        } else {
            String::new()
        };
        let comma = if at + 1 < last { "," } else { "" };
        format!("{}.{}{own}{comma}", c.table, c.column)
    };
    list.iter().enumerate().map(name).collect()
}

/// For a terminal: by what is to be written instead, the gravest first.
pub fn text(changes: &Changes) -> String {
    let mut out = String::new();
    let number = |effect: Effect| {
        let has = |c: &&Change| c.effects.iter().min() == Some(&effect);
        changes.changes.iter().filter(has).count()
    };
    let _ = writeln!(
        out,
        "{} of {} columns in {} tables need another model on SQLite",
        changes.changes.len(),
        changes.columns,
        changes.tables
    );
    for effect in [
        Effect::ReadsOtherwise,
        Effect::WriteFails,
        Effect::LookupsMiss,
        Effect::CreateAll,
        Effect::LookAt,
    ] {
        let n = number(effect);
        if n > 0 {
            let _ = writeln!(out, "{n:>6}  {}", effect.words());
        }
    }
    for ((instead, why, effects), list) in groups(&changes.changes) {
        let _ = writeln!(out, "\n{instead}   [{effects}]");
        wrap(&mut out, "  ", words(why));
        wrap(&mut out, "    ", names(&list, &instead));
    }
    let defaults: Vec<&Change> = changes
        .changes
        .iter()
        .filter(|c| c.default.is_some())
        .collect();
    if !defaults.is_empty() {
        let _ = writeln!(out, "\nserver defaults that the models spell otherwise");
        let mut by_text: IndexMap<(&str, &str), Vec<&Change>> = IndexMap::new();
        for change in defaults {
            if let Some((pg, lite)) = &change.default {
                by_text.entry((pg, lite)).or_default().push(change);
            }
        }
        for ((pg, lite), list) in by_text {
            let _ = writeln!(out, "  {pg}  becomes  {lite}");
            let names = names(&list, "");
            wrap(&mut out, "    ", names);
        }
    }
    if !changes.changes.is_empty() {
        out.push_str(
            "\nThe decorators and a check of your own models: decant verify --models DIR\n",
        );
    }
    out
}

/// For a ticket: a row per column, with the line that made it.
pub fn markdown(changes: &Changes) -> String {
    let mut out = format!(
        "# What changes in the models\n\n{} of {} columns in {} tables. Tables and columns keep their names; the types are in `portable_types.py`\n\
         (`sa` is `import sqlalchemy as sa`). `python check_models.py` compares both sides through your own models.\n\n",
        changes.changes.len(),
        changes.columns,
        changes.tables
    );
    if changes.changes.is_empty() {
        out.push_str("Nothing: every column reads and is found with the type that it has.\n");
        return out;
    }
    out.push_str("| column | PostgreSQL | model now | model then | otherwise | default | comes from |\n|---|---|---|---|---|---|---|\n");
    for change in &changes.changes {
        let effects: Vec<&str> = change.effects.iter().map(|e| e.words()).collect();
        let code = |text: &str| format!("`{}`", text.replace('|', "\\|"));
        let default = change
            .default
            .as_ref()
            .map(|(pg, lite)| format!("{} becomes {}", code(pg), code(lite)))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "| {}.{} | {} | {} | {} | {} | {default} | {} |",
            change.table,
            change.column,
            code(&change.type_),
            change.declared.as_deref().map(code).unwrap_or_default(),
            code(&change.instead),
            effects.join(", "),
            change
                .origin
                .as_ref()
                .map(|o| o.place.to_string())
                .unwrap_or_default(),
        );
    }
    out.push_str("\n## Why\n\n");
    for ((instead, why, _), list) in groups(&changes.changes) {
        let _ = writeln!(out, "- `{instead}` ({}): {why}", list.len());
    }
    out
}
