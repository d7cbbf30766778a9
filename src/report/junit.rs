//! Checks as JUnit XML, the form in which build servers read results (the fields that Jenkins and GitLab agree on).

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What kind of check it is.
    pub class: String,
    /// On what it was made.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// As it should be, with words for the reader.
    Noted(String),
    /// It was not made, and why.
    Skipped(String),
    /// Not as it should be.
    Failed(String),
}

/// A suite of checks. There are no times in it, so that the same checks give the same bytes.
pub fn render(suite: &str, cases: &[Case]) -> String {
    let count = |test: fn(&Outcome) -> bool| cases.iter().filter(|c| test(&c.outcome)).count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n",
        escaped(suite),
        cases.len(),
        count(|o| matches!(o, Outcome::Failed(_))),
        count(|o| matches!(o, Outcome::Skipped(_))),
    );
    for case in cases {
        let head = format!(
            "  <testcase classname=\"{}\" name=\"{}\"",
            escaped(&case.class),
            escaped(&case.name)
        );
        let inside = match &case.outcome {
            Outcome::Passed => {
                out.push_str(&format!("{head}/>\n"));
                continue;
            }
            Outcome::Noted(text) => format!("<system-out>{}</system-out>", escaped(text)),
            Outcome::Skipped(why) => format!("<skipped message=\"{}\"/>", escaped(why)),
            Outcome::Failed(why) => {
                let first = why.lines().next().unwrap_or_default();
                format!(
                    "<failure message=\"{}\">{}</failure>",
                    escaped(first),
                    escaped(why)
                )
            }
        };
        out.push_str(&format!("{head}>{inside}</testcase>\n"));
    }
    out.push_str("</testsuite>\n");
    out
}

/// Text as it stands in XML; characters that XML 1.0 does not have become the replacement character.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_counted_and_escaped() {
        let case = |name: &str, outcome: Outcome| Case {
            class: "up".to_owned(),
            name: name.to_owned(),
            outcome,
        };
        let text = render(
            "decant prove",
            &[
                case("a", Outcome::Passed),
                case("<b>", Outcome::Failed("1 < 2\n\u{1}\"".to_owned())),
                case("c", Outcome::Skipped("no server".to_owned())),
            ],
        );
        assert_eq!(
            text,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"decant prove\" tests=\"3\" failures=\"1\" skipped=\"1\">\n  \
             <testcase classname=\"up\" name=\"a\"/>\n  <testcase classname=\"up\" name=\"&lt;b&gt;\"><failure message=\"1 &lt; 2\">1 &lt; 2&#10;\
             \u{fffd}&quot;</failure></testcase>\n  <testcase classname=\"up\" name=\"c\"><skipped message=\"no server\"/></testcase>\n</testsuite>\n"
        );
    }
}
