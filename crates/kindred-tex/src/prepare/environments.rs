//! Tables and environments.

use super::Preparer;
use super::names::{BARE_ENVIRONMENTS, MATRICES};

impl Preparer<'_> {
    /// Reads `\begin{name}` or `\end{name}`.
    pub(super) fn environment(&mut self, begins: bool) -> Result<(), String> {
        let Some((name, rest)) = self.argument() else {
            return Err("an environment without a name".to_owned());
        };
        self.rest = rest;
        self.bounded(name.trim().trim_end_matches('*'), begins)
    }

    /// Begins or ends an environment.
    fn bounded(&mut self, bare: &str, begins: bool) -> Result<(), String> {
        let name = match bare {
            "split" | "align" | "eqnarray" | "alignedat" | "alignat" | "flalign" => "aligned",
            "smallmatrix" => "matrix",
            "gather" | "multline" => "gathered",
            "equation" | "math" | "displaymath" => "",
            _ => bare,
        };
        if begins {
            self.base();
            if matches!(bare, "alignedat" | "alignat") {
                self.drop_argument();
            }
            if let Some(inside) = self.rest.trim_start().strip_prefix('[')
                && let Some((option, rest)) = inside.split_once(']')
                && option.len() == 1
            {
                self.rest = rest;
            }
            self.environments += 1;
            self.open("", None)?;
            self.level().is_environment = true;
        } else {
            if !self.level().is_environment {
                return Err("an environment is ended that was not begun".to_owned());
            }
            self.environments = self.environments.saturating_sub(1);
            self.levels.pop();
            self.level().chain = 0;
        }
        if !name.is_empty() {
            let word = if begins { "begin" } else { "end" };
            for part in ["\\", word, "{", name, "}"] {
                self.out.push_str(part);
            }
        }
        if begins && matches!(name, "array" | "subarray") {
            self.columns();
        }
        Ok(())
    }

    /// Reads the columns of an array; only their alignment is kept.
    fn columns(&mut self) {
        let Some((columns, rest)) = self.argument() else {
            return;
        };
        self.rest = rest;
        let columns: String = columns
            .chars()
            .filter(|one| "lcr|".contains(*one))
            .collect();
        self.out.push('{');
        self.out.push_str(&columns);
        self.out.push('}');
    }

    /// Begins a new row of a table.
    pub(super) fn row(&mut self, mark: &str) {
        self.level().restart();
        self.out.push_str(mark);
        // A bracket at the beginning of a row is no length.
        if self.rest.trim_start().starts_with('[') {
            self.out.push_str("{}");
        }
    }

    /// Reads a table of plain TeX, whose content is the next group, or of AMS-TeX, which begins
    /// with its name. Says whether the command was one.
    pub(super) fn matrix(&mut self, name: &str) -> Result<bool, String> {
        if let Some((_, open, close)) = MATRICES.iter().find(|(matrix, ..)| *matrix == name) {
            let trimmed = self.rest.trim_start();
            if let Some(inside) = trimmed.strip_prefix('{') {
                self.rest = inside;
                self.base();
                self.environments += 1;
                self.open(open, Some(close))?;
                return Ok(true);
            }
        }
        let (bare, begins) = match name.strip_prefix("end") {
            Some(bare) => (bare, false),
            None => (name, true),
        };
        if !BARE_ENVIRONMENTS.contains(&bare) {
            return Ok(false);
        }
        self.bounded(bare, begins)?;
        Ok(true)
    }
}
