//! Arguments of `serve`.

use std::net::{IpAddr, Ipv6Addr};

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
    /// Name by which requests may call this server, besides localhost: HOST or HOST:PORT (may be
    /// repeated)
    #[arg(long, value_name = "HOST", value_parser = host)]
    pub(crate) name: Vec<String>,
}

/// Reads a host with or without a port.
fn host(text: &str) -> Result<String, String> {
    // Only an address of the sixth version holds colons of its own, in brackets.
    let end = text.find(']').map_or(0, |end| end + 1);
    let (name, port) = match text[end..].split_once(':') {
        Some((name, port)) => (&text[..end + name.len()], Some(port)),
        None => (text, None),
    };
    let is_name = |name: &str| {
        (1..=253).contains(&name.len())
            && (name.bytes()).all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    let is_host = match name.strip_prefix('[') {
        Some(address) => address
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => is_name(name),
    };
    let is_port = |port: &str| {
        port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    if is_host && port.is_none_or(is_port) {
        Ok(text.to_owned())
    } else {
        Err("expected HOST or HOST:PORT, such as desk.local, without http:// and path".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hosts_with_or_without_a_port() {
        for name in [
            "desk.local",
            "Desk-2.local:4747",
            "192.0.2.7",
            "192.0.2.7:80",
            "[2001:db8::7]",
            "[2001:db8::7]:8080",
            "xn--bcher-kva.example",
        ] {
            assert_eq!(host(name).as_deref(), Ok(name));
        }
        for wrong in [
            "",
            ":80",
            "http://desk.local",
            "desk.local/",
            "desk.local:",
            "desk.local:0",
            "desk.local:+80",
            "desk.local:65536",
            "desk.local:80:80",
            "desk local",
            "desk.local,other",
            "*.local",
            "me@desk.local",
            "2001:db8::7",
            "[2001:db8::7",
            "[desk.local]",
            "x[2001:db8::7]",
            "b\u{fc}cher.example",
        ] {
            let refused = host(wrong).unwrap_err();
            assert!(refused.contains("HOST or HOST:PORT"), "{wrong}");
        }
    }
}
