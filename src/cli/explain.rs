//! `decant explain`: what a diagnostic's code means.

use serde_json::json;

use super::{Context, Status};
use crate::diag::{Code, Severity};

/// Arguments of `decant explain`.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// The code, as in `error[unknown-value]`; without it, all codes are listed
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

fn severity(code: Code) -> &'static str {
    match code.severity() {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Prints a code's documentation; status 2 when there is no such code.
pub fn run(args: &ExplainArgs, context: &Context) -> anyhow::Result<Status> {
    let described = |code: Code| json!({ "code": code.name(), "severity": severity(code), "explanation": code.explanation() });
    let Some(wanted) = &args.code else {
        if context.out.json {
            let all: Vec<_> = Code::ALL.iter().map(|code| described(*code)).collect();
            context.out.json(&all)?;
        } else {
            let lines: Vec<String> = Code::ALL
                .iter()
                .map(|code| {
                    let first = code.explanation().lines().next().unwrap_or_default().trim();
                    format!("{:27} {:8} {first}\n", code.name(), severity(*code))
                })
                .collect();
            context.out.result(&lines.concat());
        }
        return Ok(Status::Done);
    };
    // As it stands in the output: `error[unknown-value]`, or the name alone.
    let name = wanted
        .rsplit_once('[')
        .map_or(wanted.as_str(), |(_, rest)| rest)
        .trim_end_matches([']', ':']);
    let Some(code) = Code::ALL.iter().copied().find(|code| code.name() == name) else {
        let near: Vec<&str> = Code::ALL
            .iter()
            .map(|code| code.name())
            .filter(|known| {
                name.split('-')
                    .any(|word| word.len() > 2 && known.contains(word))
            })
            .collect();
        let hint = if near.is_empty() {
            "`decant explain` lists all".to_owned()
        } else {
            format!("is it {}?", near.join(", "))
        };
        context
            .out
            .warn(&format!("decant: there is no code {name}; {hint}"));
        return Ok(Status::Usage);
    };
    if context.out.json {
        context.out.json(&described(code))?;
    } else {
        let lines: Vec<&str> = code.explanation().lines().map(str::trim).collect();
        context.out.result(&format!(
            "{} ({})\n\n{}\n",
            code.name(),
            severity(code),
            lines.join("\n")
        ));
    }
    Ok(Status::Done)
}
