//! What is answered from outside the scripts: conditions and their evidence, environment variables, options, and what the user
//! assumes.

use super::interp::Interp;
use super::value::Value;
use crate::diag::{Code, Diagnostic};
use crate::python::decision::{Decision, Evidence, EvidenceSet};
use crate::python::syntax::Expr;

/// Characters of a condition that a report shows.
const SHOWN: usize = 200;

impl Interp<'_> {
    /// Notes how a condition was answered, where it depended on anything outside the scripts.
    pub fn decided(&mut self, test: &Expr, answer: bool, from: EvidenceSet) {
        if !from.any() || self.importing > 0 || self.trial.is_some() {
            return;
        }
        self.at(test);
        let decision = Decision {
            origin: self.origin(),
            condition: self.condition_text(),
            answer,
            from: from.list(),
            times: 1,
        };
        let revision = self.state.decisions.iter_mut().rev();
        let same = |d: &&mut Decision| {
            d.origin == decision.origin && d.answer == answer && d.from == decision.from
        };
        if let Some(before) = revision
            .take_while(|d| d.origin.revision == decision.origin.revision)
            .find(same)
        {
            before.times += 1;
            return;
        }
        let words: Vec<&str> = decision.from.iter().map(|e| e.words()).collect();
        self.say(Diagnostic::new(
            Code::GuardAnswered,
            format!(
                "this condition is {answer}, answered from {}",
                words.join(" and ")
            ),
        ));
        self.state.decisions.push(decision);
    }

    /// The text that is evaluated now, on one line.
    fn condition_text(&self) -> String {
        let text = self.snippet();
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
            None => line,
        }
    }

    /// The names under which `--assume` takes the condition that is evaluated now: its place, and its text.
    fn condition_names(&self) -> [String; 2] {
        let line = self.place().line;
        [
            format!("if:{}:{line}", self.revision),
            format!("if:{}", self.condition_text()),
        ]
    }

    /// What the user says of a condition that could not be decided.
    pub fn assumed_condition(&mut self) -> Option<bool> {
        let (name, answer) = self.condition_names().into_iter().find_map(|name| {
            let answer = match self.config.assume.get(&name)?.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" => true,
                "false" | "0" | "no" => false,
                _ => return None,
            };
            Some((name, answer))
        })?;
        let origin = self.origin();
        self.remember(&name, if answer { "True" } else { "False" }, true);
        if self.importing == 0 && self.trial.is_none() {
            self.say(Diagnostic::new(
                Code::Assumed,
                format!(
                    "this condition could not be decided; {answer} is used, as given with --assume"
                ),
            ));
            self.state.decisions.push(Decision {
                origin,
                condition: self.condition_text(),
                answer,
                from: vec![Evidence::Given],
                times: 1,
            });
        }
        Some(answer)
    }

    /// How to say what a condition is.
    pub fn condition_help(&self) -> String {
        let [place, _] = self.condition_names();
        format!("say what it is with --assume '{place}=true' (or false), or rewrite the condition")
    }

    /// The user's value for something outside the scripts, or its default; remembered for the report.
    pub fn assume(&mut self, name: &str, default: Value) -> Value {
        let given = self.config.assume.get(name).cloned();
        let value = match &given {
            Some(text) => Value::str(text.as_str()),
            None => default,
        };
        let printed = if secret(name) {
            "(a value that is not shown)".to_owned()
        } else {
            super::text::repr_simple(&value)
        };
        if self.trial.is_none() && self.importing == 0 {
            let how = if given.is_some() {
                "as given with --assume"
            } else {
                "its default"
            };
            self.say(Diagnostic::new(
                Code::Assumed,
                format!("{name} is read here; {printed} is used, {how}"),
            ));
        }
        self.remember(name, &printed, given.is_some());
        self.consulted.add(Evidence::of_assumption(name));
        value
    }

    /// Notes an assumption and where it mattered.
    fn remember(&mut self, name: &str, value: &str, given: bool) {
        let origin = self.origin();
        self.note_assumption(name, value, given, origin);
    }
}

/// Whether a name is usually one of something secret: its value is never printed.
fn secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    [
        "password",
        "passwd",
        "secret",
        "token",
        "url",
        "dsn",
        "credential",
    ]
    .iter()
    .any(|word| name.contains(word))
}
