//! Every setting that `config.toml` takes.

use clap::{Arg, Command};

/// One key of the file and the argument that it stands for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    /// Its name, with its table: `feed.limit`.
    pub(crate) key: &'static str,
    /// The command whose argument it is; `None` for one that every command takes.
    pub(crate) command: Option<&'static str>,
    /// The argument.
    pub(crate) argument: &'static str,
    /// What is written in the file.
    pub(crate) kind: Kind,
    /// The program's own choice, where the argument does not say.
    pub(crate) usual: Option<&'static str>,
}

/// What a setting holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string.
    Text,
    /// A string: a path, relative to the file's folder, `~/` for the user's home.
    Path,
    /// An address of this machine, such as 127.0.0.1.
    Address,
    /// A port, 0 to 65535; 0 takes a free one.
    Port,
    /// A whole number, or where the argument takes one a fraction.
    Number,
    /// `true` or `false`.
    Switch,
    /// A list of strings, for an argument that may be repeated.
    List,
}

const fn shared(argument: &'static str, kind: Kind) -> Setting {
    Setting {
        key: argument,
        command: None,
        argument,
        kind,
        usual: None,
    }
}

const fn of(command: &'static str, key: &'static str, kind: Kind) -> Setting {
    // What follows the dot.
    let (_, argument) = key.split_at(command.len() + 1);
    Setting {
        key,
        command: Some(command),
        argument,
        kind,
        usual: None,
    }
}

impl Setting {
    /// The same for an argument that is not called as the key is.
    const fn for_argument(self, argument: &'static str) -> Self {
        Self { argument, ..self }
    }

    const fn usually(self, usual: &'static str) -> Self {
        Self {
            usual: Some(usual),
            ..self
        }
    }

    /// Returns the argument in the program's arguments, where they have it.
    pub(crate) fn argument_of<'c>(&self, command: &'c Command) -> Option<&'c Arg> {
        let command = match self.command {
            None => command,
            Some(name) => command.find_subcommand(name)?,
        };
        let mut arguments = command.get_arguments();
        arguments.find(|argument| argument.get_id() == self.argument)
    }

    /// Returns the flag on the command line, without dashes.
    pub(crate) fn flag(&self) -> String {
        self.argument.replace('_', "-")
    }
}

/// All settings, in the order in which they are shown.
pub(crate) static SETTINGS: [Setting; 18] = [
    shared("library", Kind::Path),
    shared("models", Kind::Path),
    shared("device", Kind::Text),
    shared("color", Kind::Text),
    shared("hyperlink", Kind::Text),
    shared("quiet", Kind::Switch).usually("false"),
    of("search", "search.limit", Kind::Number),
    of("similar", "similar.limit", Kind::Number),
    of("feed", "feed.limit", Kind::Number),
    of("feed", "feed.diversity", Kind::Number),
    of("feed", "feed.reasons", Kind::Number),
    of("digest", "digest.limit", Kind::Number),
    of("digest", "digest.mail_settings", Kind::Path),
    of("sync", "sync.contact", Kind::Text),
    of("serve", "serve.address", Kind::Address).usually("127.0.0.1"),
    of("serve", "serve.port", Kind::Port).usually("4747"),
    of("serve", "serve.allow_remote", Kind::Switch).usually("false"),
    of("serve", "serve.names", Kind::List).for_argument("name"),
];
