//! Arguments of `mcp`.

use clap::Args;

/// Arguments of `mcp`.
#[derive(Debug, Args)]
pub(crate) struct McpArguments {
    /// Offer no tool that changes the library
    #[arg(long)]
    pub(crate) read_only: bool,
}
