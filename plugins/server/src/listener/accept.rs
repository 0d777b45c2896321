//! Takes connections and sees them to their end.

use super::{Listener, answer, patient::Patient};
use axum::body::Body;
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::sleep,
};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long a connection may take to say what it wants, at first and between requests.
const HEADERS: Duration = Duration::from_secs(30);

/// What is kept of a request's head, and of an answer that is not taken yet, in bytes.
const BUFFER: usize = 64 << 10;

/// How long to wait when the system gives no more connections.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes connections until the listener ends.
pub(super) fn run(listener: Arc<Listener>, socket: TcpListener) {
    // Where the runtime ends without a word, they are dropped, and that tells.
    let (closed, done) = (listener.closed.clone().drop_guard(), listener.done.clone().drop_guard());
    tokio::spawn(accept(listener, socket, closed, done));
}

async fn accept(listener: Arc<Listener>, socket: TcpListener, closed: DropGuard, done: DropGuard) {
    let room = Arc::new(Semaphore::new(listener.settings.connections as usize));
    let (graceful, broken_off) = (GracefulShutdown::new(), CancellationToken::new());
    while let Some(stream) = next(&listener, &socket, &room).await {
        let (stream, peer, permit) = stream;
        let watcher = graceful.watcher();
        let (listener, broken_off) = (Arc::clone(&listener), broken_off.clone());
        tokio::spawn(async move {
            let serve = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                answer::answer(Arc::clone(&listener), peer, request.map(Body::new))
            });
            let mut server = auto::Builder::new(TokioExecutor::new()).http1_only();
            server.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS).max_buf_size(BUFFER);
            let connection = server
                .serve_connection_with_upgrades(TokioIo::new(Patient::new(stream, Some(permit))), serve)
                .into_owned();
            if let Some(Err(error)) = broken_off.run_until_cancelled(watcher.watch(connection)).await {
                tracing::debug!(%peer, "a connection ended: {error}");
            }
        });
    }
    drop(socket);
    drop(closed);
    let drain = listener.settings.drain;
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(address = %listener.address, "requests are still running after {drain:?}; they are broken off");
        broken_off.cancel();
    }
    drop(done);
}

/// The next connection, when there is room for one; `None` at the end.
async fn next(
    listener: &Listener,
    socket: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, std::net::SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let take = async {
        let permit = Arc::clone(room).acquire_owned().await.ok()?;
        loop {
            match socket.accept().await {
                Ok((stream, peer)) => {
                    // Answers come in small pieces; a failure makes them slower, no more.
                    drop(stream.set_nodelay(true));
                    return Some((stream, peer, permit));
                }
                Err(error) => {
                    tracing::warn!(address = %listener.address, "no connection can be taken: {error}");
                    sleep(PAUSE).await;
                }
            }
        }
    };
    listener.ending.run_until_cancelled(take).await.flatten()
}
