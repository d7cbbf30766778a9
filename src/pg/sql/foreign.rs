//! SQL of other databases: what PostgreSQL's grammar refuses and another database's has. A history that ran on several databases (or never on
//! PostgreSQL) executes such statements; they are no gap of the reader.

use squawk_syntax::{SourceFile, SyntaxElement, SyntaxKind, SyntaxNode};

use super::depth;
use super::tree::NodeExt;
use crate::ir::QualName;
use crate::pg::names::is_reserved;

/// Whose statement it is, and by what that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// The database, as its makers write it.
    pub database: &'static str,
    /// What PostgreSQL does not have.
    pub sign: &'static str,
}

impl std::fmt::Display for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is SQL of {}", self.sign, self.database)
    }
}

const MYSQL: &str = "MySQL";
const SQLITE: &str = "SQLite";
const SQL_SERVER: &str = "SQL Server";
const ORACLE: &str = "Oracle";

/// Words anywhere in a statement that PostgreSQL's grammar has in no statement. Asked only of what did not parse, so a column may have such
/// a name.
const PHRASES: &[(&[&str], &str, &str)] = &[
    (&["AUTO_INCREMENT"], MYSQL, "AUTO_INCREMENT"),
    (&["ENGINE", "="], MYSQL, "ENGINE ="),
    (&["ON", "DUPLICATE", "KEY"], MYSQL, "ON DUPLICATE KEY"),
    (&["AUTOINCREMENT"], SQLITE, "AUTOINCREMENT"),
    (&["WITHOUT", "ROWID"], SQLITE, "WITHOUT ROWID"),
    (&["NEWID", "("], SQL_SERVER, "NEWID()"),
    (&["EXECUTE", "IMMEDIATE"], ORACLE, "EXECUTE IMMEDIATE"),
];

/// How a statement begins.
const BEGINNINGS: &[(&[&str], &str, &str)] = &[
    (&["PRAGMA"], SQLITE, "PRAGMA"),
    (&["ATTACH"], SQLITE, "ATTACH"),
    (&["DETACH"], SQLITE, "DETACH"),
    (
        &["CREATE", "VIRTUAL", "TABLE"],
        SQLITE,
        "CREATE VIRTUAL TABLE",
    ),
    (&["INSERT", "OR"], SQLITE, "INSERT OR"),
    (&["UPDATE", "OR"], SQLITE, "UPDATE OR"),
    (&["INSERT", "IGNORE"], MYSQL, "INSERT IGNORE"),
    (&["UPDATE", "IGNORE"], MYSQL, "UPDATE IGNORE"),
    (&["REPLACE", "INTO"], MYSQL, "REPLACE INTO"),
    (&["RENAME", "TABLE"], MYSQL, "RENAME TABLE"),
    (&["LOCK", "TABLES"], MYSQL, "LOCK TABLES"),
    (&["UNLOCK", "TABLES"], MYSQL, "UNLOCK TABLES"),
    (&["SHOW", "INDEX"], MYSQL, "SHOW INDEX"),
    (&["SHOW", "CREATE"], MYSQL, "SHOW CREATE"),
    (&["SHOW", "FULL"], MYSQL, "SHOW FULL"),
    (&["SHOW", "COLUMNS"], MYSQL, "SHOW COLUMNS"),
    (&["SET", "@"], MYSQL, "a variable with @"),
    (&["SET", "@@"], MYSQL, "a variable with @@"),
    (&["DELIMITER"], MYSQL, "DELIMITER"),
    (&["EXEC"], SQL_SERVER, "EXEC"),
    (&["DECLARE", "@"], SQL_SERVER, "a variable with @"),
    (&["IF", "EXISTS"], SQL_SERVER, "IF outside a function"),
    (&["IF", "NOT"], SQL_SERVER, "IF outside a function"),
    (&["IF", "OBJECT_ID"], SQL_SERVER, "OBJECT_ID()"),
];

/// What an action of `ALTER TABLE` begins with.
const ACTIONS: &[(&[&str], &str, &str)] = &[
    (&["MODIFY"], MYSQL, "MODIFY"),
    (&["CHANGE"], MYSQL, "CHANGE COLUMN"),
    (&["CONVERT", "TO"], MYSQL, "CONVERT TO CHARACTER SET"),
    (&["CHARACTER", "SET"], MYSQL, "CHARACTER SET"),
    (&["DEFAULT", "CHARACTER"], MYSQL, "CHARACTER SET"),
    (&["DEFAULT", "CHARSET"], MYSQL, "CHARSET"),
    (&["CHARSET"], MYSQL, "CHARSET"),
    (&["COLLATE"], MYSQL, "COLLATE of a table"),
    (&["DROP", "PRIMARY"], MYSQL, "DROP PRIMARY KEY"),
    (&["DROP", "FOREIGN"], MYSQL, "DROP FOREIGN KEY"),
    (&["DROP", "INDEX"], MYSQL, "DROP INDEX of a table"),
    (&["DROP", "KEY"], MYSQL, "DROP KEY"),
    (&["ADD", "INDEX"], MYSQL, "ADD INDEX"),
    (&["ADD", "KEY"], MYSQL, "ADD KEY"),
    (&["ADD", "UNIQUE", "KEY"], MYSQL, "ADD UNIQUE KEY"),
    (&["ADD", "UNIQUE", "INDEX"], MYSQL, "ADD UNIQUE INDEX"),
    (&["ADD", "FULLTEXT"], MYSQL, "FULLTEXT"),
    (&["ADD", "SPATIAL"], MYSQL, "SPATIAL"),
    (&["RENAME", "INDEX"], MYSQL, "RENAME INDEX of a table"),
    (&["RENAME", "KEY"], MYSQL, "RENAME KEY"),
    (&["AUTO_INCREMENT"], MYSQL, "AUTO_INCREMENT"),
];

/// Whose SQL a statement is that PostgreSQL's grammar refuses; `None` when it is not told. To be asked only of what did not parse: each sign
/// stands where PostgreSQL can have nothing of the kind.
pub fn foreign(text: &str) -> Option<Foreign> {
    depth::guarded(text, || foreign_here(text))?
}

fn foreign_here(text: &str) -> Option<Foreign> {
    let root = SourceFile::parse(text).syntax_node();
    let mut words: Vec<String> = Vec::new();
    let mut backtick = false;
    for token in root
        .descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .filter(|t| !t.kind().is_trivia())
    {
        backtick |= token.kind() == SyntaxKind::BACKTICK;
        words.push(token.text().to_ascii_uppercase());
    }
    let found = |database, sign| Some(Foreign { database, sign });
    if backtick {
        return found(MYSQL, "a name in backticks");
    }
    for (phrase, database, sign) in BEGINNINGS {
        if begins(&words, phrase) {
            return found(database, sign);
        }
    }
    for (phrase, database, sign) in PHRASES {
        if words.windows(phrase.len()).any(|w| begins(w, phrase)) {
            return found(database, sign);
        }
    }
    match words.first().map(String::as_str) {
        Some("ALTER") if begins(&words, &["ALTER", "TABLE"]) => {
            actions(&words).iter().find_map(|action| {
                let mut signs = ACTIONS.iter().filter(|(phrase, ..)| begins(action, phrase));
                signs
                    .next()
                    .map(|(_, database, sign)| Foreign { database, sign })
            })
        }
        // `UPDATE a JOIN b ON .. SET`: PostgreSQL has its joins after SET, in FROM.
        Some("UPDATE") => {
            let set = words.iter().position(|w| w == "SET")?;
            let join = words.iter().position(|w| w == "JOIN")?;
            (join < set).then_some(Foreign {
                database: MYSQL,
                sign: "UPDATE with JOIN before SET",
            })
        }
        // `DELETE a FROM a JOIN b`.
        Some("DELETE") if words.get(1).is_some_and(|w| w != "FROM") => {
            found(MYSQL, "DELETE of one table of a join")
        }
        _ => None,
    }
}

fn begins(words: &[String], phrase: &[&str]) -> bool {
    words.len() >= phrase.len() && words.iter().zip(phrase).all(|(w, p)| w == p)
}

/// The actions of `ALTER TABLE name`, without the words before the first.
fn actions(words: &[String]) -> Vec<&[String]> {
    let mut at = 2;
    while matches!(
        words.get(at).map(String::as_str),
        Some("IF" | "EXISTS" | "ONLY")
    ) {
        at += 1;
    }
    // The name, with its schema.
    at += 1;
    while words.get(at).is_some_and(|w| w == ".") {
        at += 2;
    }
    let mut depth = 0_usize;
    words
        .get(at..)
        .unwrap_or_default()
        .split(|word| {
            match word.as_str() {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            word == "," && depth == 0
        })
        .collect()
}

/// A reserved word, as written, where a statement names its table: PostgreSQL's grammar has no such table without quotes.
pub fn reserved_name(text: &str) -> Option<String> {
    depth::guarded(text, || {
        let root = SourceFile::parse(text).syntax_node();
        let words: Vec<String> = root
            .descendants_with_tokens()
            .filter_map(SyntaxElement::into_token)
            .filter(|t| !t.kind().is_trivia())
            .map(|t| t.text().to_owned())
            .collect();
        let upper: Vec<String> = words.iter().map(|w| w.to_ascii_uppercase()).collect();
        let mut at = BEFORE_TABLES
            .iter()
            .find(|phrase| begins(&upper, phrase))?
            .len();
        while upper
            .get(at)
            .is_some_and(|w| matches!(w.as_str(), "TABLE" | "IF" | "NOT" | "EXISTS" | "ONLY"))
        {
            at += 1;
        }
        let word = words.get(at)?;
        is_reserved(&word.to_ascii_lowercase()).then(|| word.clone())
    })?
}

/// What stands before the name of the table that a statement is about, but for `TABLE`, `ONLY`, `IF EXISTS` and `IF NOT EXISTS`.
const BEFORE_TABLES: &[&[&str]] = &[
    &["UPDATE"],
    &["INSERT", "INTO"],
    &["DELETE", "FROM"],
    &["TRUNCATE"],
    &["ALTER", "TABLE"],
    &["DROP", "TABLE"],
    &["CREATE", "TABLE"],
];

/// A statement about a table that another server holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignTable {
    /// The table.
    pub name: QualName,
    /// `CREATE`; else `ALTER` or `DROP`.
    pub created: bool,
    /// `IF EXISTS`.
    pub if_exists: bool,
}

/// The tables that `CREATE`, `ALTER` or `DROP FOREIGN TABLE` names; empty for other statements.
pub fn foreign_tables(text: &str) -> Vec<ForeignTable> {
    use SyntaxKind as K;
    let found = depth::guarded(text, || {
        let root = SourceFile::parse(text).syntax_node();
        let node = root.children().find(|n| {
            matches!(
                n.kind(),
                K::CREATE_FOREIGN_TABLE | K::ALTER_FOREIGN_TABLE | K::DROP_FOREIGN_TABLE
            )
        });
        let Some(node) = node else {
            return Vec::new();
        };
        let one = |name| ForeignTable {
            name,
            created: node.kind() == K::CREATE_FOREIGN_TABLE,
            if_exists: node.has(K::IF_EXISTS),
        };
        let named = |n: &SyntaxNode| {
            matches!(
                n.kind(),
                K::TABLE_NAME | K::TABLE_NAME_REF | K::TABLE_RELATION_NAME
            )
        };
        let names = node.children().filter(named);
        names.filter_map(|n| n.qual_name()).map(one).collect()
    });
    found.unwrap_or_default()
}

/// Whether a statement changes data alone, told by its first word; for what does not parse.
pub(super) fn data_only(text: &str) -> bool {
    let root = SourceFile::parse(text).syntax_node();
    let mut words = root
        .descendants_with_tokens()
        .filter_map(SyntaxElement::into_token)
        .filter(|t| !t.kind().is_trivia())
        .map(|t| t.text().to_ascii_uppercase());
    let first = words.next();
    match first.as_deref() {
        Some("INSERT" | "UPDATE" | "DELETE" | "REPLACE" | "MERGE") => true,
        // `SELECT .. INTO` makes a table.
        Some("SELECT" | "WITH" | "VALUES") => !words.any(|w| w == "INTO"),
        _ => false,
    }
}
