//! What PostgreSQL reports, with cause and remedy. Never a password: the address is named without it.

use sqlx::postgres::PgDatabaseError;

/// The cause and the remedy of a failure.
pub(crate) fn explain(place: &str, error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::PoolTimedOut => format!(
            "{place} gave no connection in time: the server does not answer, or all connections of this process are \
             busy. Look after the server, or raise `connections` or `connect-wait-ms`"
        ),
        sqlx::Error::PoolClosed => format!("{place} is closed"),
        // So sqlx tells that a certificate is not the right one.
        sqlx::Error::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            without_tls(place, error)
        }
        sqlx::Error::Tls(error) => without_tls(place, error),
        sqlx::Error::Io(error) => format!(
            "{place} does not answer ({error}): look after the server, the host and the port. What was written is kept, \
             and the next call connects anew"
        ),
        error => match database_error(error) {
            Some(error) => explain_code(place, error),
            None => format!("{place} failed: {error}"),
        },
    }
}

fn without_tls(place: &str, error: &dyn std::fmt::Display) -> String {
    format!("{place} cannot be reached over TLS ({error}): see `sslmode` and `sslrootcert` in the address")
}

fn explain_code(place: &str, error: &PgDatabaseError) -> String {
    let message = error.message();
    // https://www.postgresql.org/docs/current/errcodes-appendix.html
    match error.code() {
        "28P01" | "28000" => format!(
            "{place} refuses the user ({message}): check the user in the address, and `password = {{ env = … }}`"
        ),
        "3D000" => format!("{place} is not there: make it with `createdb`, or name another"),
        "42501" => format!("{place} forbids it ({message}): grant the user the right to"),
        "25006" => format!("{place} is read-only ({message}): name the server that is written to"),
        "53100" => format!("{place} cannot grow ({message}): the disk of the server is full"),
        "53200" => format!("{place} is out of memory ({message}): look after the server"),
        "53300" => format!(
            "{place} takes no more connections ({message}): lower `connections`, or raise `max_connections` of the server"
        ),
        "54000" => format!("{place} does not take so long a value ({message}): shorten the name or key"),
        LOCKED => format!(
            "{place} was kept locked by another connection that writes: end it, or raise `lock-wait-ms`"
        ),
        "57014" => format!(
            "{place} took too long and gave up ({message}): look after its load, or raise `statement-wait-ms`"
        ),
        code if is_lost_code(code) => format!(
            "{place} ended the connection ({message}): look after the server. What was written is kept, and the next \
             call connects anew"
        ),
        code => format!("{place} failed: {message} (SQLSTATE {code})"),
    }
}

const LOCKED: &str = "55P03";

fn database_error(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

/// The five letters and digits by which PostgreSQL names a failure.
pub(crate) fn code(error: &sqlx::Error) -> Option<&str> {
    database_error(error).map(PgDatabaseError::code)
}

/// Whether the connection is gone: the server, somebody at the server or the network ended it.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        error => code(error).is_some_and(is_lost_code),
    }
}

fn is_lost_code(code: &str) -> bool {
    matches!(code, "57P01" | "57P02" | "57P03" | "57P05" | "25P03") || code.starts_with("08")
}

/// Whether a server that starts, or one behind it, may still answer.
pub(super) fn may_start(error: &sqlx::Error) -> bool {
    use std::io::ErrorKind as Kind;
    match error {
        sqlx::Error::Io(error) => matches!(
            error.kind(),
            Kind::ConnectionRefused
                | Kind::ConnectionReset
                | Kind::ConnectionAborted
                | Kind::UnexpectedEof
                | Kind::TimedOut
                | Kind::HostUnreachable
                | Kind::NetworkUnreachable
        ),
        error => code(error) == Some("57P03"),
    }
}

/// Whether two writers were in each other's way: nothing was written, and once more it may go well.
pub(super) fn is_clash(error: &sqlx::Error) -> bool {
    // Could not serialise, deadlock, and an id that another one wrote meanwhile.
    matches!(code(error), Some("40001" | "40P01" | "23505"))
}
