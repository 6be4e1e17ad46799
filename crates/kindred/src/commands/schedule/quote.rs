//! Quoting for the shell, for crontab lines (crontab(5)) and for unit files (systemd.syntax(7),
//! systemd.service(5), "Command lines").

use std::fmt::Write as _;

use jiff::civil::Time;

/// Joins words into a command of the POSIX shell that passes each on as it is.
pub(super) fn shell_command(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| shell_word(word)).collect();
    words.join(" ")
}

fn shell_word(word: &str) -> String {
    if is_plain(word) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Returns a crontab line; cron would end the command at a percent sign.
pub(super) fn cron_line(time: Time, command: &str) -> String {
    let command = command.replace('%', r"\%");
    format!("{} {} * * * {command}\n", time.minute(), time.hour())
}

/// Joins words into the value of `ExecStart=`. Specifiers (`%`) are looked for everywhere,
/// variables (`$`) in arguments only.
pub(super) fn unit_command(words: &[String]) -> String {
    let words: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(position, word)| unit_word(word, position == 0))
        .collect();
    words.join(" ")
}

fn unit_word(word: &str, is_program: bool) -> String {
    if is_plain(word) {
        return word.to_owned();
    }
    let mut out = String::from("\"");
    for character in word.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '%' => out.push_str("%%"),
            '$' if !is_program => out.push_str("$$"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            control if control.is_ascii_control() => {
                write!(out, "\\x{:02x}", u32::from(control))
                    .expect("writing to a string cannot fail");
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Whether no program gives any character of the word a meaning.
fn is_plain(word: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:,@".contains(&byte);
    !word.is_empty() && word.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    const AWKWARD: [&str; 6] = ["/a b", "50%", "it's", "$HOME", "a\\\"b", ";"];

    #[test]
    fn cron_lines_escape_for_the_shell_and_for_cron() {
        let line = cron_line(time(7, 5, 0, 0), &shell_command(&words(&AWKWARD)));
        assert_eq!(
            line,
            "5 7 * * * '/a b' '50\\%' 'it'\\''s' '$HOME' 'a\\\"b' ';'\n"
        );
    }

    #[test]
    fn units_escape_specifiers_and_variables() {
        let command = unit_command(&words(&[
            "/opt/$x/50%/k",
            "$HOME",
            "a\\\"b\n",
            ";",
            "plain",
        ]));
        assert_eq!(command, r#""/opt/$x/50%%/k" "$$HOME" "a\\\"b\n" ";" plain"#);
    }

    #[cfg(unix)]
    #[test]
    fn a_shell_gives_the_words_back() {
        let mut all = words(&["printf", "%s\\0"]);
        all.extend(words(&AWKWARD));
        let output = std::process::Command::new("sh")
            .args(["-c", &shell_command(&all)])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.split_terminator('\0').collect::<Vec<_>>(), AWKWARD);
    }
}
