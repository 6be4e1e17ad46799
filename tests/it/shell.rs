//! `completions` and `man`, against the program's own help.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::{Place, Run};

/// Words of a help page that begin a line in one of its lists.
fn listed(help: &str, heading: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .filter_map(|line| {
            let word = line
                .strip_prefix("  ")
                .filter(|rest| !rest.starts_with(' '))?;
            word.split_whitespace().next().map(str::to_owned)
        })
        .collect()
}

/// Long options that a help page lists.
fn options(help: &str) -> BTreeSet<String> {
    help.lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'))
        .filter_map(|line| {
            let long = line
                .split([' ', ',', '='])
                .find(|word| word.starts_with("--"))?;
            Some(long.trim_end_matches('.').to_owned())
        })
        .collect()
}

/// Runs a check of a shell on a script; `None` where the shell is not here.
fn checked(shell: &[&str], script: &str) -> Option<Run> {
    let child = Command::new(shell[0])
        .args(&shell[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: there is no {}", shell[0]);
        return None;
    };
    child
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    Some(child.wait_with_output().unwrap().into())
}

#[test]
fn every_shell_gets_a_script_with_every_command() {
    let place = Place::new();
    let help = place.run(&["--help"]).expect_code(0).stdout;
    let commands = listed(&help, "Commands:");
    assert!(commands.len() > 20, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.run(&["completions", shell]).expect_code(0).stdout;
        for command in &commands {
            assert!(script.contains(command.as_str()), "{shell}: {command}");
        }
        assert!(script.contains("library"), "{shell}");
    }
    place.run(&["completions", "tcsh"]).expect_code(2);
}

#[test]
fn scripts_are_valid_in_the_shells_that_are_here() {
    let place = Place::new();
    for (shell, check) in [
        ("bash", &["bash", "-n"][..]),
        ("zsh", &["zsh", "-n"]),
        ("fish", &["fish", "--no-execute"]),
    ] {
        let script = place.run(&["completions", shell]).expect_code(0).stdout;
        if let Some(run) = checked(check, &script) {
            let run = run.expect_code(0);
            assert_eq!(run.stderr, "", "{shell}");
        }
        if let Some(run) = checked(check, "if true; then (\n") {
            assert_ne!(run.code, 0, "the check of {shell} finds faults");
        }
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let place = Place::new();
    let script = place.run(&["completions", "bash"]).expect_code(0).stdout;
    let complete = |words: &str, at: usize| {
        let ask = format!(
            "{script}\nCOMP_WORDS=({words})\nCOMP_CWORD={at}\n\
             _kindred kindred \"${{COMP_WORDS[{at}]}}\" \"${{COMP_WORDS[{at}-1]}}\"\n\
             printf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
        );
        checked(&["bash"], &ask).map(|run| run.expect_code(0).stdout)
    };
    let Some(commands) = complete("kindred doc", 1) else {
        return;
    };
    assert_eq!(commands.trim(), "doctor");
    let flags = complete("kindred feed --div", 2).unwrap();
    assert_eq!(flags.trim(), "--diversity");
}

#[test]
fn manual_pages_name_every_command_and_every_option() {
    let place = Place::new();
    let main = place.run(&["man"]).expect_code(0).stdout;
    assert!(main.starts_with(".ie"), "it is roff: {main:.40}");
    let folder = place.path("pages");
    fs_err::create_dir(&folder).unwrap();
    fs_err::write(folder.join("other.1"), "of another program").unwrap();
    let written = place
        .run(&["man", "--out", folder.to_str().unwrap()])
        .expect_code(0);
    let page = |name: &str| {
        let text = fs_err::read_to_string(folder.join(format!("{name}.1")));
        text.unwrap_or_default().replace("\\-", "-")
    };
    let mut seen = 0;
    let mut waiting = vec![Vec::new()];
    while let Some(path) = waiting.pop() {
        let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
        let name = ["kindred"]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect::<Vec<_>>()
            .join("-");
        arguments.push("--help");
        let help = place.run(&arguments).expect_code(0).stdout;
        let text = page(&name);
        for option in options(&help) {
            let entry = text.find(&format!("{option}\\fR"));
            let entry = entry.unwrap_or_else(|| panic!("{name}: {option}"));
            // Its help stands below it.
            let mut below = text[entry..].lines().skip(1);
            let below = below.next().unwrap_or_default();
            assert!(below.len() > 10, "{name}: {option} has no help: {below:?}");
        }
        for command in listed(&help, "Commands:") {
            assert!(text.contains(&command), "{name}: {command}");
            if command != "help" {
                let mut path = path.clone();
                path.push(command);
                waiting.push(path);
            }
        }
        seen += 1;
    }
    assert!(seen > 30, "{seen} commands and actions");
    let said = format!("{seen} pages in `");
    assert!(written.stderr.contains(&said), "{}", written.stderr);
    let files = fs_err::read_dir(&folder).unwrap().count();
    assert_eq!(files, seen + 1, "every page was counted");
}
