//! Operations applied to the schema model exactly as PostgreSQL 15 would apply them.
//!
//! [`Replay`] is where the evaluator sends ops and what answers its guards. Each family of ops has a file; this one
//! holds the state, the dispatch and how failures are told. What PostgreSQL refuses is an `Err` with its sentence, and a
//! diagnostic unless the script would catch it.

mod base;
mod cascade;
mod column;
mod column_use;
mod constraint;
mod data;
mod index;
mod lookup;
mod namespace;
mod object;
mod other;
mod prior;
mod routine;
mod row_loop;
mod script;
mod search_path;
mod table;
mod types;
mod uses;
mod view;
mod visit;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::diag::{Code, Diagnostic, Diagnostics, Origin};
use crate::ir::{Caught, DataKind, Op, OpKind, OpSink, QualName, QueryAnswer};
use crate::pg::names::truncate_identifier;
use crate::pg::rows::{AppRows, Row};
use crate::pg::schema::{Schema, Sequence, Table};
use crate::pg::shape::Temporary;
use crate::pg::sql::{DOES_NOT_PARSE, foreign, foreign_tables, reserved_name};
use base::{Base, Object};

pub use uses::{DataRecord, DataUse};

/// The schema as built so far, the ops that built it, and what there is to say about them.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    /// The schema.
    pub schema: Schema,
    /// Every op in order, raw SQL with its statements filled in.
    pub ops: Vec<Op>,
    /// What replay and evaluation found.
    pub diagnostics: Diagnostics,
    /// Rows that the history itself wrote.
    rows: AppRows,
    /// Data statements so far.
    data: Vec<DataRecord>,
    /// Numbers of the tables that they are on.
    identities: BTreeMap<QualName, usize>,
    next_identity: usize,
    /// What the history expects to be there before its first revision.
    base: Base,
    /// Rows that the data statement at hand put in, changed or took away.
    touched: Vec<Row>,
    /// Why it is not known which.
    touched_unknown: Option<String>,
    /// What the last data statement gave back.
    returned: Option<QueryAnswer>,
    /// The last failure that was left to the script.
    refused: Option<Failure>,
    /// Temporary tables, which are not part of the schema.
    temporary: BTreeSet<QualName>,
    /// Their columns, where they are known.
    temporary_columns: Temporary,
    /// Schemas where names are looked up, where that is not PostgreSQL's default.
    search_path: Option<Vec<String>>,
    /// Objects that the statement at hand drops together: they do not hold one another.
    dropping: BTreeSet<QualName>,
    /// Origin of the op that is being applied.
    origin: Origin,
    /// Whether the failure of the op that is being applied would be caught.
    lenient: bool,
    /// Raw SQL is being run: an opaque statement is told here rather than by the evaluator.
    sql_running: bool,
}

/// Why PostgreSQL would refuse an operation.
#[derive(Debug, Clone, PartialEq)]
struct Failure {
    code: Code,
    /// PostgreSQL's sentence.
    message: String,
    help: Option<String>,
    /// What is missing.
    missing: Option<Box<Object>>,
}

/// What operations did to a schema that was put back afterwards. The schemas hold the tables and sequences that were
/// touched since [`Replay::watch`], and all other objects.
#[derive(Debug, Clone, Default)]
pub struct Aside {
    /// The schema when watching began.
    pub before: Schema,
    /// The schema before the operations, and again after them.
    pub after: Schema,
    /// The schema that they left.
    pub left: Schema,
    /// The operations.
    pub ops: Vec<Op>,
    /// What was found on the way.
    pub diagnostics: Diagnostics,
}

type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: None,
            missing: None,
        }
    }

    fn missing(message: impl Into<String>) -> Self {
        Self::new(Code::MissingObject, message)
    }

    fn duplicate(message: impl Into<String>) -> Self {
        Self::new(Code::DuplicateObject, message)
    }

    fn bad(message: impl Into<String>) -> Self {
        Self::new(Code::BadOperation, message)
    }

    fn diagnostic(&self) -> Diagnostic {
        let message = if self.code == Code::MissingBase {
            format!(
                "{}: no revision creates it, so the history does not begin at nothing",
                self.message
            )
        } else {
            self.message.clone()
        };
        let diagnostic = Diagnostic::new(self.code, message);
        match &self.help {
            Some(help) => diagnostic.help(help.clone()),
            None => diagnostic,
        }
    }
}

/// A name as the catalog has it: cut at 63 bytes, the default schema not said.
pub(crate) fn catalog_name(name: &QualName) -> QualName {
    QualName::qualified(
        name.schema.as_deref().map(truncate_identifier),
        truncate_identifier(&name.name),
    )
}

/// An identifier as the catalog has it.
fn ident(name: &str) -> String {
    truncate_identifier(name).to_owned()
}

/// Identifiers as the catalog has them.
fn idents(names: &[String]) -> Vec<String> {
    names.iter().map(|n| ident(n)).collect()
}

impl Replay {
    /// An empty database.
    pub fn new() -> Self {
        Self::default()
    }

    /// A database that has a schema already: what a history that does not begin at nothing starts from.
    pub fn with_base(schema: Schema) -> Self {
        Self {
            base: Base::of(&schema),
            schema,
            ..Self::default()
        }
    }

    /// Runs SQL text (a `--base` file, the schema part of a dump): its statements change the schema, and what is not
    /// understood becomes a diagnostic at `origin`.
    pub fn execute_script(&mut self, sql: &str, origin: &Origin) {
        let statements = Vec::new();
        let op = Op {
            kind: OpKind::ExecuteSql(crate::ir::ExecuteSql {
                sql: sql.to_owned(),
                statements,
            }),
            origin: origin.clone(),
        };
        // Its failures are diagnostics already.
        let _ = self.apply(op, Caught::No);
        // What runs next has a connection of its own.
        self.search_path = None;
    }

    /// Begins to watch what changes; gives the schema at this point, but for tables and sequences.
    pub fn watch(&mut self) -> Schema {
        self.schema.tables.watch();
        self.schema.sequences.watch();
        self.others()
    }

    /// The schema without tables and sequences.
    fn others(&self) -> Schema {
        Schema {
            schemas: self.schema.schemas.clone(),
            extensions: self.schema.extensions.clone(),
            enums: self.schema.enums.clone(),
            domains: self.schema.domains.clone(),
            composites: self.schema.composites.clone(),
            views: self.schema.views.clone(),
            functions: self.schema.functions.clone(),
            triggers: self.schema.triggers.clone(),
            policies: self.schema.policies.clone(),
            others: self.schema.others.clone(),
            ..Schema::default()
        }
    }

    /// Lets something happen to the schema and takes it back: what would a downgrade leave? `before` is what
    /// [`Replay::watch`] gave.
    pub fn aside(&mut self, mut before: Schema, happens: impl FnOnce(&mut Self)) -> Aside {
        self.schema.tables.mark();
        self.schema.sequences.mark();
        let mut after = self.others();
        let aside = (
            self.base.clone(),
            self.temporary.clone(),
            self.temporary_columns.clone(),
            self.rows.clone(),
            self.identities.clone(),
            self.next_identity,
            self.search_path.clone(),
        );
        let records = self.data.len();
        let ops = std::mem::take(&mut self.ops);
        let diagnostics = std::mem::take(&mut self.diagnostics);
        happens(self);
        (
            self.base,
            self.temporary,
            self.temporary_columns,
            self.rows,
            self.identities,
            self.next_identity,
            self.search_path,
        ) = aside;
        self.data.truncate(records);
        let mut left = self.others();
        let tables = self.schema.tables.touched();
        let sequences = self.schema.sequences.touched();
        self.touched_into(&mut left, &tables, &sequences);
        self.schema.tables.undo();
        self.schema.sequences.undo();
        let restored = after.clone();
        self.schema = Schema {
            tables: std::mem::take(&mut self.schema.tables),
            sequences: std::mem::take(&mut self.schema.sequences),
            ..restored
        };
        self.touched_into(&mut after, &tables, &sequences);
        for (name, was) in tables {
            was.and_then(|was| before.tables.insert(name, was));
        }
        for (name, was) in sequences {
            was.and_then(|was| before.sequences.insert(name, was));
        }
        Aside {
            before,
            after,
            left,
            ops: std::mem::replace(&mut self.ops, ops),
            diagnostics: std::mem::replace(&mut self.diagnostics, diagnostics),
        }
    }

    /// Copies tables and sequences of these names into a schema.
    fn touched_into(
        &self,
        schema: &mut Schema,
        tables: &IndexMap<QualName, Option<Table>>,
        sequences: &IndexMap<QualName, Option<Sequence>>,
    ) {
        for name in tables.keys() {
            if let Some(table) = self.schema.tables.get(name) {
                schema.tables.insert(name.clone(), table.clone());
            }
        }
        for name in sequences.keys() {
            if let Some(sequence) = self.schema.sequences.get(name) {
                schema.sequences.insert(name.clone(), sequence.clone());
            }
        }
    }

    /// Says a failure, each missing object of the base once: where it is first needed.
    fn report(&mut self, failure: &Failure) {
        if let Some(object) = &failure.missing
            && failure.code == Code::MissingBase
            && !self.base.tell(object)
        {
            return;
        }
        let diagnostic = failure.diagnostic().at(self.origin.clone());
        self.diagnostics.push(diagnostic);
    }

    /// Something that PostgreSQL would refuse, and after which the rest of the operation can be done all the same: a run
    /// that passed shows that the model, not the script, is behind.
    fn tolerate(&mut self, failure: Failure) -> Outcome {
        if self.lenient {
            return Err(failure);
        }
        self.report(&failure);
        Ok(())
    }

    fn missing_relation(&self, name: &QualName) -> Failure {
        let sentence = format!("relation \"{name}\" does not exist");
        self.missing(Object::Relation(name.clone()), sentence)
    }

    /// Whether an op is about Alembic's own version table, which is not part of the schema.
    fn is_version_table(name: &QualName) -> bool {
        name.name == "alembic_version"
    }

    /// Applies one op that is not raw SQL.
    fn perform(&mut self, kind: &OpKind) -> Outcome {
        let outcome = self.perform_kind(kind);
        if let Err(failure) = &outcome
            && failure.code == Code::MissingBase
        {
            self.owe_what_it_makes(kind);
        }
        outcome
    }

    fn perform_kind(&mut self, kind: &OpKind) -> Outcome {
        match kind {
            OpKind::CreateTable(op) => self.create_table(op),
            OpKind::DropTable(op) => self.drop_table(op),
            OpKind::RenameTable(op) => self.rename_table(op),
            OpKind::SetTableSchema(op) => self.set_table_schema(op),
            OpKind::AlterTable(op) => self.alter_table(op),
            OpKind::SetTableComment(op) => self.set_table_comment(op),
            OpKind::AddColumn(op) => self.add_column(op),
            OpKind::DropColumn(op) => self.drop_column(op),
            OpKind::AlterColumn(op) => self.alter_column(op),
            OpKind::AddConstraint(op) => self.add_constraint_op(op),
            OpKind::DropConstraint(op) => self.drop_constraint(op),
            OpKind::RenameConstraint(op) => self.rename_constraint(op),
            OpKind::AlterConstraint(op) => self.alter_constraint(op),
            OpKind::CreateIndex(op) => self.create_index(op),
            OpKind::DropIndex(op) => self.drop_index(op),
            OpKind::RenameIndex(op) => self.rename_index(op),
            OpKind::CreateEnum(op) => self.create_enum(op),
            OpKind::AlterEnum(op) => self.alter_enum(op),
            OpKind::DropType(op) => self.drop_type(op),
            OpKind::RenameType(op) => self.rename_type(op),
            OpKind::CreateComposite(op) => self.create_composite(op),
            OpKind::CreateDomain(op) => self.create_domain(op),
            OpKind::AlterDomain(op) => self.alter_domain(op),
            OpKind::CreateSchema(op) => self.create_schema(op),
            OpKind::DropSchema(op) => self.drop_schema(op),
            OpKind::CreateExtension(op) => self.create_extension(op),
            OpKind::DropExtension(op) => self.drop_extension(op),
            OpKind::CreateSequence(op) => self.create_sequence(op),
            OpKind::AlterSequence(op) => self.alter_sequence(op),
            OpKind::DropSequence(op) => self.drop_sequence(op),
            OpKind::CreateView(op) => self.create_view(op),
            OpKind::DropView(op) => self.drop_view(op),
            OpKind::CreateFunction(op) => self.create_function(op),
            OpKind::DropFunction(op) => self.drop_function(op),
            OpKind::CreateTrigger(op) => self.create_trigger(op),
            OpKind::DropTrigger(op) => self.drop_trigger(op),
            OpKind::SetComment(op) => self.set_comment(op),
            OpKind::Policy(op) => self.policy(op),
            OpKind::AlterPolicy(op) => self.alter_policy(op),
            OpKind::AlterComposite(op) => self.alter_composite(op),
            OpKind::RenameSchema(op) => self.rename_schema(op),
            OpKind::AlterFunction(op) => self.alter_function(op),
            OpKind::RenameTrigger(op) => self.rename_trigger(op),
            OpKind::OtherObject(op) => self.other_object(op),
            OpKind::BulkInsert(op) => {
                self.data_target(Some(&op.table))?;
                self.note_data(&catalog_name(&op.table), DataKind::Insert);
                self.record_bulk_insert(op);
                Ok(())
            }
            OpKind::Data(op) => {
                let table = op.table.clone().or_else(|| data::target(op));
                self.data_target(table.as_ref())?;
                if let Some(table) = &table {
                    self.note_data(&catalog_name(table), op.kind);
                }
                self.record_data(op);
                Ok(())
            }
            OpKind::NoEffect(op) => {
                if lookup::mentions_word(&op.sql, "restart") {
                    self.doubt_sequences_named(&op.sql);
                }
                Ok(())
            }
            OpKind::Opaque(op) => self.opaque(op),
            OpKind::ExecuteSql(op) => {
                let (_, outcome) = self.execute(&op.sql);
                outcome
            }
        }
    }

    /// A data statement needs its table; a missing one is told where it is first needed.
    fn data_target(&mut self, table: Option<&QualName>) -> Outcome {
        let Some(table) = table.map(catalog_name) else {
            return Ok(());
        };
        if Self::is_version_table(&table)
            || self.temporary.contains(&table)
            || self.relation_exists(&table)
            || matches!(
                table.schema.as_deref(),
                Some("pg_catalog" | "information_schema")
            )
        {
            return Ok(());
        }
        Err(self.missing_relation(&table))
    }

    /// Whether there is a temporary table of that name.
    pub fn is_temporary(&self, name: &QualName) -> bool {
        self.temporary.contains(name)
    }

    fn opaque(&mut self, op: &crate::ir::Opaque) -> Outcome {
        if !op.touches_schema {
            self.doubt_tables_named(&op.text, &op.reason);
        }
        if !self.sql_running {
            return Ok(());
        }
        let parsed = !op.reason.starts_with(DOES_NOT_PARSE);
        if parsed && let Some(outcome) = self.foreign_table(&op.text) {
            return outcome;
        }
        if !parsed && let Some(foreign) = foreign(&op.text) {
            return Err(Failure {
                help: Some(
                    "guard it with the dialect's name; until then no run on PostgreSQL gets past it"
                        .to_owned(),
                ),
                ..Failure::new(
                    Code::SqlOfAnotherDatabase,
                    format!("PostgreSQL refuses this SQL: {foreign}: {}", shorten(&op.text)),
                )
            });
        }
        if !parsed && let Some(word) = reserved_name(&op.text) {
            return Err(Failure {
                help: Some(format!(
                    "write \"{}\" in double quotes; until then no run on PostgreSQL gets past it",
                    word.to_ascii_lowercase()
                )),
                ..Failure::new(
                    Code::SqlRefused,
                    format!(
                        "PostgreSQL refuses this SQL: syntax error at or near \"{word}\", a reserved word: {}",
                        shorten(&op.text)
                    ),
                )
            });
        }
        let (code, what) = match (op.touches_schema, parsed) {
            (true, true) => (Code::SqlNotModelled, "was not applied to the schema"),
            (true, false) => (Code::SqlSyntax, "was not applied to the schema"),
            (false, true) => return Ok(()),
            (false, false) => (Code::UnknownData, "changes data only, but how is not known"),
        };
        Err(Failure {
            help: Some("write what it does as a --base file or as plain statements".to_owned()),
            ..Failure::new(
                code,
                format!("this SQL {what}: {}: {}", op.reason, shorten(&op.text)),
            )
        })
    }

    /// A table that another server holds is no part of the model: told where it is created, and what is done with it later is left out.
    fn foreign_table(&mut self, sql: &str) -> Option<Outcome> {
        let tables = foreign_tables(sql);
        if tables.is_empty() {
            return None;
        }
        let mut outcome = Ok(());
        for table in tables {
            let name = catalog_name(&table.name);
            let object = Object::Relation(name.clone());
            if table.created {
                self.base.owe(object);
                outcome = Err(Failure {
                    help: Some(
                        "its rows are another server's: take them into a table, or leave its uses out"
                            .to_owned(),
                    ),
                    ..Failure::new(
                        Code::SqlNotModelled,
                        format!(
                            "foreign table {name} is not part of the schema, nor is what is done with it later"
                        ),
                    )
                });
            } else if !self.base.is_owed(&object) && !table.if_exists {
                outcome = Err(self.missing_relation(&name));
            }
        }
        Some(outcome)
    }

    /// Rows that the history itself wrote, as far as they are followed.
    pub fn written_rows(&self) -> &AppRows {
        &self.rows
    }
}

/// The beginning of a text, on one line.
fn shorten(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 100 {
        return line;
    }
    let head: String = line.chars().take(97).collect();
    format!("{head}...")
}

impl OpSink for Replay {
    fn apply(&mut self, mut op: Op, caught: Caught) -> Result<(), String> {
        self.origin = op.origin.clone();
        self.lenient = caught == Caught::Yes;
        let outcome = match &mut op.kind {
            OpKind::ExecuteSql(execute) => {
                let (statements, outcome) = self.execute(&execute.sql);
                execute.statements = statements;
                outcome
            }
            kind => {
                self.qualify_op(kind);
                let outcome = self.perform(kind);
                if let (Err(failure), false) = (&outcome, self.lenient) {
                    let failure = failure.clone();
                    self.report(&failure);
                }
                outcome
            }
        };
        self.ops.push(op);
        outcome.map_err(|failure| {
            let sentence = failure.message.clone();
            if self.lenient {
                self.refused = Some(failure);
            }
            sentence
        })
    }

    fn diagnostics(&mut self) -> &mut Diagnostics {
        &mut self.diagnostics
    }

    fn returned(&self) -> QueryAnswer {
        self.returned.clone().unwrap_or_else(|| {
            QueryAnswer::Unknown("what the statement returns is not followed".to_owned())
        })
    }

    fn refusal(&self, sentence: &str) -> Option<Diagnostic> {
        let failure = self.refused.as_ref().filter(|f| f.message == sentence);
        failure.map(Failure::diagnostic)
    }

    fn absence(&self, relation: &QualName) -> Diagnostic {
        self.missing_relation(&catalog_name(relation)).diagnostic()
    }

    fn tell_absence(&mut self, relation: &QualName, origin: &Origin) {
        self.origin = origin.clone();
        let failure = self.missing_relation(&catalog_name(relation));
        self.report(&failure);
    }
}
