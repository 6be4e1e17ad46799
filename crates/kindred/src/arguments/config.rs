//! Arguments of `config`.

use clap::{Args, Subcommand};

/// Arguments of `config`.
#[derive(Debug, Args)]
pub(crate) struct ConfigArguments {
    #[command(subcommand)]
    pub(crate) action: ConfigAction,
}

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Print every setting as it holds
    Show {
        /// Print where each one came from too: a flag, a variable of the environment, a line of the
        /// file, or the program
        #[arg(long)]
        origin: bool,
    },
    /// Print the file that settings are read from, whether it is there or not
    Path,
}
