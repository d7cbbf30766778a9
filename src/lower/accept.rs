//! The team's decisions from `decant.toml`: type overrides, and losses that are accepted.

use super::encoding::Encoding;
use super::loss::Rule;
use super::options::TypeOverride;
use super::types::{self, Stored};
use super::work::{Work, column_map, column_object};
use crate::pg::schema::Column;
use crate::pg::types::{BaseType, PgType};

/// Changes how a column is stored, where `[columns]`, `[types]` or an accepted `decimal-text` say so, in this order.
pub(super) fn override_type(
    work: &mut Work<'_>,
    object: &str,
    column: &Column,
    pg_type: &PgType,
    stored: &mut Stored,
) {
    let options = work.options;
    let by_column = options
        .columns
        .get(object)
        .map(|o| (format!("columns.{object}"), o));
    let bare = |t: &PgType| {
        PgType {
            modifiers: Vec::new(),
            ..t.clone()
        }
        .to_string()
    };
    let mut keys: Vec<String> = Vec::new();
    let mut declared = column.declared.as_ref();
    while let Some(d) = declared {
        keys.push(d.path.clone());
        declared = d.inner.as_deref();
    }
    keys.extend([
        column.type_.to_string(),
        bare(&column.type_),
        pg_type.to_string(),
        bare(pg_type),
    ]);
    let by_type = || {
        keys.iter().find_map(|k| {
            let found = options.types.get(k)?;
            Some((format!("types.{k}"), found))
        })
    };
    let Some((key, chosen)) = by_column.or_else(by_type) else {
        if pg_type.base == BaseType::Numeric
            && !pg_type.array
            && accepts(options.accept.as_slice(), object, Rule::DecimalText)
        {
            replace(stored, Encoding::DecimalText, pg_type);
        }
        return;
    };
    work.used_overrides.insert(key.clone());
    apply_override(work, &key, chosen, pg_type, stored);
}

fn apply_override(
    work: &mut Work<'_>,
    key: &str,
    chosen: &TypeOverride,
    pg_type: &PgType,
    stored: &mut Stored,
) {
    if let Some(name) = &chosen.encoding {
        match Encoding::parse(name, Some(types::numeric_scale(pg_type))) {
            Some(encoding) if encoding == stored.encoding => {}
            Some(encoding) => {
                let encoding = match encoding {
                    Encoding::Real { .. } => Encoding::Real {
                        single: pg_type.base == BaseType::Real,
                    },
                    other => other,
                };
                replace(stored, encoding, pg_type);
            }
            None => {
                let problem = format!("{key}: no encoding is called `{name}`");
                if !work.out.unused_accepts.contains(&problem) {
                    work.out.unused_accepts.push(problem);
                }
            }
        }
    }
    if let Some(declared) = &chosen.declared {
        stored.declared.clone_from(declared);
    }
    // Whoever chose the form knows about it: what the default form would need is not said.
    stored
        .remarks
        .retain(|r| !matches!(r.rule, Rule::TypeForm | Rule::Nearest));
}

fn replace(stored: &mut Stored, encoding: Encoding, pg_type: &PgType) {
    stored.declared = types::declared_for(&encoding, pg_type);
    stored.encoding = encoding;
    stored.remarks.retain(|r| r.rule == Rule::TimeZone);
}

/// An entry of `accept`: the object and the rule; `None` where it is not of that form.
fn parse(entry: &str) -> Option<(&str, Rule)> {
    let (object, rule) = entry.rsplit_once(':')?;
    Some((object.trim(), Rule::parse(rule.trim())?))
}

fn accepts(entries: &[String], object: &str, rule: Rule) -> bool {
    entries
        .iter()
        .filter_map(|e| parse(e))
        .any(|(o, r)| o == object && r == rule)
}

/// Marks accepted losses, hands accepted value rules to their columns, and lists what matched nothing. The last pass.
pub(super) fn apply(work: &mut Work<'_>) {
    for entry in &work.options.accept {
        let Some((object, rule)) = parse(entry) else {
            work.out.unused_accepts.push(format!(
                "accept \"{entry}\": expected `object: rule`, for instance `invoices.total: decimal-text`"
            ));
            continue;
        };
        let mut used = false;
        for loss in &mut work.out.losses {
            if loss.rule == rule && loss.object == object {
                loss.accepted = true;
                used = true;
            }
        }
        used |= accept_values(work, object, rule);
        if !used {
            work.out
                .unused_accepts
                .push(format!("accept \"{entry}\": nothing is lost that way"));
        }
    }
    if work.options.accept_lossy {
        for loss in &mut work.out.losses {
            loss.accepted = true;
        }
        accept_all_values(work);
    }
    unused_overrides(work);
}

/// Values without a form take the first of the forms that they may have, where nothing was decided for their column.
fn accept_all_values(work: &mut Work<'_>) {
    let columns = work.out.tables.iter_mut().flat_map(|t| &mut t.columns);
    for column in columns.filter(|c| c.accepted.is_empty()) {
        column.accepted = vec![Rule::Nearest, Rule::Null, Rule::Clamp, Rule::Text];
    }
}

/// Hands a rule about values to its column. True when there is such a column.
fn accept_values(work: &mut Work<'_>, object: &str, rule: Rule) -> bool {
    if !matches!(
        rule,
        Rule::DecimalText | Rule::Nearest | Rule::Null | Rule::Clamp | Rule::Text
    ) {
        return false;
    }
    let mut found = false;
    for table in &mut work.out.tables {
        let name = table.pg.clone();
        for column in &mut table.columns {
            if column_object(&name, &column.pg) != object {
                continue;
            }
            let suits = rule != Rule::DecimalText || column.encoding == Encoding::DecimalText;
            if suits && !column.accepted.contains(&rule) {
                column.accepted.push(rule);
            }
            found |= suits;
        }
    }
    found
}

fn unused_overrides(work: &mut Work<'_>) {
    let types = work.options.types.keys().map(|k| format!("types.{k}"));
    let columns = work.options.columns.keys().map(|k| format!("columns.{k}"));
    let unused: Vec<String> = types
        .chain(columns)
        .filter(|k| !work.used_overrides.contains(k))
        .map(|k| format!("{k}: no column has it"))
        .collect();
    work.out.unused_accepts.extend(unused);
    for table in &work.options.no_autoincrement {
        let known = work.out.tables.iter().any(|t| t.pg.to_string() == *table);
        if !known {
            work.out
                .unused_accepts
                .push(format!("no-autoincrement \"{table}\": no such table"));
        }
    }
}

/// Gives a column the form of the column that it refers to, since keys compare stored values.
pub(super) fn adopt_form(
    work: &mut Work<'_>,
    child: (&crate::ir::QualName, &str),
    parent: (&crate::ir::QualName, &str),
) -> bool {
    let find = |work: &Work<'_>, (table, column): (&crate::ir::QualName, &str)| {
        work.map(table)
            .and_then(|t| column_map(t, column))
            .map(|c| (c.encoding.clone(), c.declared_type.clone()))
    };
    let (Some(own), Some(wanted)) = (find(work, child), find(work, parent)) else {
        return false;
    };
    if super::tables::same_form(&own.0, &wanted.0) {
        return false;
    }
    let Some(map) = work.out.tables.iter_mut().find(|t| t.pg == *child.0) else {
        return false;
    };
    let Some(column) = map.columns.iter_mut().find(|c| c.pg == child.1) else {
        return false;
    };
    column.encoding = wanted.0;
    column.declared_type.clone_from(&wanted.1);
    let name = column.sqlite.clone();
    if let Some(table) = work.sqlite_table(child.0)
        && let Some(column) = table.columns.iter_mut().find(|c| c.name == name)
    {
        column.declared_type = wanted.1;
    }
    true
}
