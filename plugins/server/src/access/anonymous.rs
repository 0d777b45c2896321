//! Who may do everything without a token: who sits at this machine, and no web page of somebody else.

use axum::http::{HeaderMap, Version, header, request::Parts};
use std::net::{IpAddr, SocketAddr};

/// Headers by which proxies tell of themselves: who sits behind one may be anybody.
const PROXIES: [&str; 5] = ["forwarded", "via", "x-real-ip", "cf-connecting-ip", "true-client-ip"];

/// Whether a request comes from this machine and nobody else can have made it: the listener and the peer are on loopback, the
/// name that was called is this machine's (a web page whose name was rebound to it calls another one), no proxy stands
/// between, and no foreign web page sent it, allowed or not: those show a token.
pub(crate) fn is_local(parts: &Parts, peer: SocketAddr, bound: SocketAddr) -> bool {
    is_loopback(bound.ip())
        && is_loopback(peer.ip())
        && parts.version != Version::HTTP_10
        && names_this_machine(parts)
        && !came_by_proxy(&parts.headers)
        && is_own_page(&parts.headers, &[])
}

/// Whether no web page of a foreign origin sent a request: there is no page, or its origin is the one that is called, or one
/// that is allowed.
pub(crate) fn is_own_page(headers: &HeaderMap, allowed: &[String]) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let origin = origins.next().map(|origin| origin.to_str().unwrap_or("null"));
    if origins.next().is_some() {
        return false;
    }
    if origin.is_some_and(|origin| allowed.iter().any(|one| one == origin)) {
        return true;
    }
    let site = headers.get("sec-fetch-site").map(|site| site.to_str().unwrap_or("cross-site"));
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return false;
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    origin.is_none_or(|origin| host.is_some_and(|host| is_origin_of(origin, host)))
}

/// Whether an origin is that of the host that was called.
fn is_origin_of(origin: &str, host: &str) -> bool {
    let bare = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    bare.is_some_and(|bare| bare.eq_ignore_ascii_case(host))
}

pub(crate) fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

fn names_this_machine(parts: &Parts) -> bool {
    let mut hosts = parts.headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next().and_then(|host| host.to_str().ok()), hosts.next()) else {
        return false;
    };
    let asked = parts.uri.authority().is_none_or(|authority| is_this_machine(authority.as_str()));
    asked && is_this_machine(host)
}

/// Whether a host with or without a port is this machine by its own name.
fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !port.is_empty() => name,
        _ => host,
    };
    if let Some(ip) = name.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')) {
        return ip.parse().is_ok_and(|ip: IpAddr| is_loopback(ip));
    }
    name.eq_ignore_ascii_case("localhost")
        || name.parse().is_ok_and(|ip: std::net::Ipv4Addr| ip.is_loopback())
}

fn came_by_proxy(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| PROXIES.contains(&name.as_str()) || name.as_str().starts_with("x-forwarded-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    const HERE: &str = "127.0.0.1:3000";

    /// Whether a request with these headers, besides a host of its own, is local.
    fn local(peer: &str, bound: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::post("/api/v1/session");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap_or_default().into_parts();
        let address = |text: &str| text.parse().unwrap_or(SocketAddr::from(([192, 0, 2, 1], 1)));
        is_local(&parts, address(peer), address(bound))
    }

    #[test]
    fn only_this_machine_is_anonymous() {
        let host = |host| vec![("host", host)];
        let here = |more: &[(&'static str, &'static str)]| [&[("host", HERE)], more].concat();
        let rows = [
            ("plain", HERE, HERE, host(HERE), true),
            ("localhost", HERE, HERE, host("localhost:3000"), true),
            ("capitals", HERE, HERE, host("LOCALHOST"), true),
            ("v6", "[::1]:9", "[::1]:3000", host("[::1]:3000"), true),
            ("mapped", "[::ffff:127.0.0.1]:9", "[::1]:3000", host("[::1]:3000"), true),
            ("bound to all", HERE, "0.0.0.0:3000", host(HERE), false),
            ("peer elsewhere", "192.0.2.9:9", HERE, host(HERE), false),
            ("rebound name", HERE, HERE, host("evil.example:3000"), false),
            ("rebound prefix", HERE, HERE, host("127.0.0.1.evil.example:3000"), false),
            ("rebound user", HERE, HERE, host("localhost@evil.example"), false),
            ("subdomain", HERE, HERE, host("a.localhost:3000"), false),
            ("no host", HERE, HERE, vec![], false),
            ("two hosts", HERE, HERE, vec![("host", HERE), ("host", HERE)], false),
            ("forwarded", HERE, HERE, here(&[("forwarded", "for=192.0.2.1")]), false),
            ("x-forwarded-for", HERE, HERE, here(&[("x-forwarded-for", "127.0.0.1")]), false),
            ("x-real-ip", HERE, HERE, here(&[("x-real-ip", "127.0.0.1")]), false),
            ("via", HERE, HERE, here(&[("via", "1.1 proxy")]), false),
            ("own page", HERE, HERE, here(&[("origin", "http://127.0.0.1:3000")]), true),
            (
                "own page, told",
                HERE,
                HERE,
                here(&[("origin", "http://127.0.0.1:3000"), ("sec-fetch-site", "same-origin")]),
                true,
            ),
            ("typed", HERE, HERE, here(&[("sec-fetch-site", "none")]), true),
            ("foreign page", HERE, HERE, here(&[("origin", "http://evil.example")]), false),
            ("other port", HERE, HERE, here(&[("origin", "http://127.0.0.1:8080")]), false),
            ("null", HERE, HERE, here(&[("origin", "null")]), false),
            ("cross-site", HERE, HERE, here(&[("sec-fetch-site", "cross-site")]), false),
            ("same-site", HERE, HERE, here(&[("sec-fetch-site", "same-site")]), false),
            (
                "page that may call with a token",
                HERE,
                HERE,
                here(&[("origin", "https://app.example"), ("sec-fetch-site", "cross-site")]),
                false,
            ),
            (
                "two origins",
                HERE,
                HERE,
                here(&[("origin", "https://app.example"), ("origin", "http://evil.example")]),
                false,
            ),
        ];
        for (name, peer, bound, headers, expected) in rows {
            assert_eq!(local(peer, bound, &headers), expected, "{name}");
        }
    }
}
