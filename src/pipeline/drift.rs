//! Drift between a history and a database: each difference is put down to a hand, or to the revision that the database is at.

use std::collections::HashSet;

use super::{Error, Replayed, What, why};
use crate::history::Target;
use crate::pg::schema::Schema;
use crate::verify::{Finding, ObjectKind, Verdict, compare_pg};

/// A database that a history is compared with.
pub struct Database<'d> {
    /// Its schema.
    pub schema: &'d Schema,
    /// Rows of its version table; `None` where it has none.
    pub versions: Option<Vec<String>>,
}

/// What differs between a history's schema and a database's, and why.
///
/// # Errors
/// The history cannot be replayed once more.
pub fn drift(replayed: &Replayed, database: &Database<'_>) -> Result<Vec<Finding>, Error> {
    let findings = compare_pg(&replayed.schema, database.schema);
    attribute(findings, replayed, database)
}

/// Says of each finding whose doing it is, and puts what is to be said of the version table before them.
///
/// # Errors
/// The history cannot be replayed once more.
pub fn attribute(
    mut findings: Vec<Finding>,
    replayed: &Replayed,
    database: &Database<'_>,
) -> Result<Vec<Finding>, Error> {
    let place = Place::of(replayed, database.versions.as_deref());
    // What is so already at the database's own revisions was not done by a revision.
    let elsewhere = match &place {
        Place::Elsewhere(versions) => {
            let target = Target {
                heads: versions.clone(),
            };
            Some(Elsewhere::new(replayed, target, database)?)
        }
        Place::Expected | Place::Unknown => None,
    };
    for finding in findings.iter_mut().filter(|f| f.verdict.is_difference()) {
        let note = match elsewhere.as_ref().filter(|e| !e.has(finding)) {
            Some(elsewhere) => elsewhere.by_revision(finding, replayed)?,
            None => by_a_hand(finding, replayed)?,
        };
        finding.note = Some(note);
    }
    findings.splice(0..0, versions(replayed, database.versions.as_deref()));
    Ok(findings)
}

/// Where a database stands in a history.
enum Place {
    /// At the revisions that it is compared with.
    Expected,
    /// At others of the history.
    Elsewhere(Vec<String>),
    /// It does not tell, or the history does not have them.
    Unknown,
}

impl Place {
    fn of(replayed: &Replayed, versions: Option<&[String]>) -> Self {
        let Some(versions) = versions else {
            return Self::Unknown;
        };
        let known = versions
            .iter()
            .all(|v| replayed.read.history.get(v).is_some());
        match sorted(versions) == sorted(&replayed.target.heads) {
            true => Self::Expected,
            false if known && !versions.is_empty() => Self::Elsewhere(versions.to_vec()),
            false => Self::Unknown,
        }
    }
}

fn sorted(list: &[String]) -> Vec<String> {
    let mut list = list.to_vec();
    list.sort();
    list
}

/// Revisions that are run up to some heads.
fn ran(replayed: &Replayed, heads: &[String]) -> HashSet<String> {
    let target = Target {
        heads: heads.to_vec(),
    };
    let order = replayed.read.history.upgrade_order(&target);
    order.into_iter().map(|r| r.id.clone()).collect()
}

/// A database at other revisions than it is compared with.
struct Elsewhere {
    /// The history at its revisions.
    there: Replayed,
    /// What differs even from that.
    findings: Vec<Finding>,
    /// Revisions that were not run there.
    behind: HashSet<String>,
    /// Revisions that were run there and are past the point of the comparison.
    ahead: HashSet<String>,
}

impl Elsewhere {
    fn new(replayed: &Replayed, target: Target, database: &Database<'_>) -> Result<Self, Error> {
        let there = replayed.read.clone().replay_to(target)?;
        let (here, gone) = (
            ran(replayed, &replayed.target.heads),
            ran(replayed, &there.target.heads),
        );
        Ok(Self {
            findings: compare_pg(&there.schema, database.schema),
            there,
            behind: here.difference(&gone).cloned().collect(),
            ahead: gone.difference(&here).cloned().collect(),
        })
    }

    fn has(&self, finding: &Finding) -> bool {
        let same = |f: &Finding| {
            f.kind == finding.kind && f.object == finding.object && f.aspect == finding.aspect
        };
        self.findings.iter().any(same)
    }

    /// Which revision makes a difference that is not there at the database's own revisions.
    fn by_revision(&self, finding: &Finding, replayed: &Replayed) -> Result<String, Error> {
        let at = self.there.target.heads.join(", ");
        for (history, revisions, said) in [
            (replayed, &self.behind, "was not run there"),
            (&self.there, &self.ahead, "was run there"),
        ] {
            let lives = why(history, asked(finding))?;
            let events = lives.iter().flat_map(|l| &l.events);
            let mut maker = events
                .map(|e| e.origin.revision.as_str())
                .filter(|r| revisions.contains(*r));
            if let Some(revision) = maker.next_back() {
                return Ok(format!("the source is at {at}: revision {revision} {said}"));
            }
        }
        Ok(format!(
            "the source is at {at}, not at the revision that it is compared with"
        ))
    }
}

/// What the version table should say and does not.
fn versions(replayed: &Replayed, found: Option<&[String]>) -> Option<Finding> {
    let found = found?;
    let wanted = &replayed.target.heads;
    if sorted(found) == sorted(wanted) {
        return None;
    }
    let history = &replayed.read.history;
    let unknown: Vec<&String> = found.iter().filter(|v| history.get(v).is_none()).collect();
    let note = if found.is_empty() {
        "the table has no row: no revision is recorded as run".to_owned()
    } else if !unknown.is_empty() {
        let unknown: Vec<&str> = unknown.iter().map(|v| v.as_str()).collect();
        format!(
            "no script has the revision {}: these are not the scripts that made the database",
            unknown.join(", ")
        )
    } else {
        let (there, here) = (ran(replayed, found), ran(replayed, wanted));
        let (behind, ahead) = (
            here.difference(&there).count(),
            there.difference(&here).count(),
        );
        let at = found.join(", ");
        match (behind, ahead) {
            (0, 0) => format!("at {at}; the same revisions, recorded otherwise than Alembic would"),
            (_, 0) => format!("at revision {at}, not at head: {behind} revision(s) were not run"),
            (0, _) => {
                format!("at revision {at}, {ahead} revision(s) past what it is compared with")
            }
            _ => format!(
                "at revision {at}: {behind} revision(s) were not run, and {ahead} others were"
            ),
        }
    };
    Some(Finding {
        verdict: Verdict::Differs,
        kind: ObjectKind::Revision,
        object: "alembic_version".to_owned(),
        aspect: Some("rows".to_owned()),
        expected: Some(wanted.join(", ")).filter(|w| !w.is_empty()),
        actual: Some(found.join(", ")).filter(|f| !f.is_empty()),
        note: Some(note),
        origin: None,
    })
}

/// The name by which the history is asked about a finding's object.
fn asked(finding: &Finding) -> &str {
    match finding.kind {
        ObjectKind::Function => finding.object.split('(').next().unwrap_or(&finding.object),
        _ => &finding.object,
    }
}

/// Why a database that ran the revisions has a difference.
fn by_a_hand(finding: &Finding, replayed: &Replayed) -> Result<String, Error> {
    let maker = finding
        .origin
        .as_ref()
        .map(|o| o.revision.as_str())
        .filter(|r| !r.is_empty());
    Ok(match (finding.verdict, maker) {
        (Verdict::Lost, Some(maker)) => {
            format!("dropped by hand: revision {maker} made it, and no later one drops it")
        }
        (Verdict::Lost, None) => "dropped by hand".to_owned(),
        (Verdict::Extra, _) => {
            let lives = why(replayed, asked(finding))?;
            let mut events = lives.iter().filter(|l| !l.exists).flat_map(|l| &l.events);
            let dropped = events.rfind(|e| matches!(e.what, What::Dropped | What::Renamed));
            match dropped {
                Some(event) => format!(
                    "in the source, though revision {} took it away: made again by hand, or never dropped there",
                    event.origin.revision
                ),
                None => "in the source, made by no revision".to_owned(),
            }
        }
        (_, Some(maker)) => format!(
            "changed by hand: revision {maker} made it otherwise, and no later one changes it"
        ),
        (_, None) => "changed by hand, or by no revision".to_owned(),
    })
}
