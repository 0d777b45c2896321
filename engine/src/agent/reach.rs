//! Whether servers that plugins make their running depend on take connections.

use crate::plan::Plan;
use std::{
    collections::BTreeSet,
    net::{TcpStream, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

/// How long one address may take; a server of this machine answers or refuses at once.
const PATIENCE: Duration = Duration::from_millis(250);

/// The addresses of a plan that take connections now.
pub(super) async fn reached(plan: &Arc<Plan>) -> BTreeSet<String> {
    if plan.addresses().next().is_none() {
        return BTreeSet::new();
    }
    let plan = Arc::clone(plan);
    let probe = move || plan.addresses().filter(|one| is_reachable(one)).map(str::to_owned).collect();
    tokio::task::spawn_blocking(probe).await.unwrap_or_default()
}

/// Whether something takes connections at an address: `http://127.0.0.1:11434`, or `host:port`. Waits a moment at most.
pub(super) fn is_reachable(address: &str) -> bool {
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let port = if scheme == "https" { 443 } else { 80 };
    let target = if has_port { authority.to_owned() } else { format!("{authority}:{port}") };
    let Ok(addresses) = target.to_socket_addrs() else { return false };
    let mut addresses = addresses.take(4);
    addresses.any(|one| TcpStream::connect_timeout(&one, PATIENCE).is_ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed assumption fails the test")]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn who_listens_is_reachable() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        for address in [at.to_string(), format!("http://{at}/v1"), format!("http://localhost:{}", at.port())]
        {
            assert!(is_reachable(&address), "{address}");
        }
        drop(listener);
        for address in [at.to_string(), "http://127.0.0.1:1/".to_owned(), "nowhere".to_owned(), String::new()]
        {
            assert!(!is_reachable(&address), "{address}");
        }
    }
}
