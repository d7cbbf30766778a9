//! Views, in the order of their creation; materialized views become views.

use super::expr::{Place, Scope, Translator};
use super::loss::{Grade, Loss, Rule};
use super::work::Work;
use crate::ir::QualName;
use crate::pg::schema::View;
use crate::sqlite::schema as sqlite;

/// Translates every view.
pub(super) fn lower_views(work: &mut Work<'_>) {
    for (name, view) in &work.pg.views {
        lower_view(work, name, view);
    }
}

fn lower_view(work: &mut Work<'_>, name: &QualName, view: &View) {
    let object = name.to_string();
    let origin = view.origin.as_ref();
    let Some(sqlite_name) = work.names.relation(name).map(str::to_owned) else {
        return;
    };
    let translator = Translator::new(work.catalog(), Place::View, Scope::default());
    let text = view.query.trim().trim_end_matches(';');
    let (query, mut columns, notes) =
        match crate::pg::sql::parse_query(text).and_then(|query| translator.query(&query)) {
            Ok(done) => done,
            Err(reason) => {
                let loss = Loss::new(
                    Rule::ViewDropped,
                    Grade::Dropped,
                    object,
                    format!("The view has no equal: {reason}."),
                )
                .remedy("Write it by hand in a migration after the baseline, or query the tables.");
                work.lose(loss.at(origin));
                return;
            }
        };
    for note in notes {
        let loss = Loss::new(Rule::ViewDropped, note.grade, object.clone(), note.text);
        work.lose(loss.at(origin));
    }
    for (column, given) in columns.iter_mut().zip(&view.columns) {
        column.0.clone_from(given);
    }
    work.views.insert(name.clone(), columns);
    if view.materialized {
        let loss = Loss::new(
            Rule::MaterializedView,
            Grade::Widened,
            object.clone(),
            "A materialized view becomes a view: always fresh, computed at each read, and REFRESH is gone.",
        )
        .remedy("Where it is slow, keep its rows in a table that the application fills.");
        work.lose(loss.at(origin));
    }
    for index in &view.indexes {
        let loss = Loss::new(
            Rule::IndexDropped,
            Grade::Widened,
            index.name(),
            format!("A view has no indexes: `{object}` is computed at each read."),
        );
        work.lose(loss.at(index.origin.as_ref()));
    }
    work.out.sqlite.views.push(sqlite::View {
        name: sqlite_name,
        columns: view.columns.clone(),
        query,
        origin: view.origin.clone(),
    });
}
