//! Arguments of `serve`.

use std::net::IpAddr;

use clap::Args;

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 4747, value_name = "PORT")]
    pub(crate) port: u16,
    /// Address to listen on; other than loopback only with --allow-remote
    #[arg(long, default_value = "127.0.0.1", value_name = "IP")]
    pub(crate) address: IpAddr,
    /// Let other machines ask: every request then needs the token, and nothing is encrypted
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// Name by which requests may call this server, besides localhost (may be repeated)
    #[arg(long, value_name = "HOST")]
    pub(crate) name: Vec<String>,
}
