//! `set rule`.

use anyhow::Result;
use kindred_engine::RulesAnswer;

use super::find::found;
use super::sets::set_name;
use crate::arguments::RuleArguments;
use crate::exit::Outcome;
use crate::output::{Screen, count};
use crate::session::Session;

/// Lists the rules of a set, or changes them.
pub(crate) fn rule(session: &Session, arguments: &RuleArguments) -> Result<Outcome> {
    let name = set_name(&arguments.name)?;
    let added = arguments.added();
    let is_list = added.is_empty() && arguments.remove.is_empty();
    let answer = if is_list {
        session.read()?.rules(&name)?
    } else {
        session
            .beside()?
            .change_rules(&name, &arguments.remove, &added)?
    };
    session.print(&answer, |answer, screen| {
        if !is_list {
            screen.line(&format!("rules of {}: {}", answer.set, changes(answer)))?;
        }
        print_rules(answer, screen)
    })?;
    for pin in &answer.overshadowed {
        session.note(&format!(
            "note: `{}` is pinned, but papers that say `{}` are muted; muting wins",
            pin.pinned, pin.muted
        ));
    }
    Ok(if is_list {
        found(answer.rules.is_empty(), session)
    } else {
        Outcome::Fine
    })
}

fn changes(answer: &RulesAnswer) -> String {
    let parts: Vec<String> = [
        (answer.added, "new"),
        (answer.unchanged, "as before"),
        (answer.removed, "removed"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("{} {what}", count(number)))
    .collect();
    parts.join(", ")
}

fn print_rules(answer: &RulesAnswer, screen: &mut Screen<'_>) -> std::io::Result<()> {
    for rule in &answer.rules {
        screen.line(&format!(
            "{:>3}  {:<12}  {}",
            rule.number,
            rule.kind.name(),
            rule.rule
        ))?;
    }
    Ok(())
}
