//! Connections over TLS: the test's server has none, so a relay before it speaks TLS as a server does.

use super::{AGENT, Settings, fresh};
use galatea_sql::PostgresStore;
use std::{path::PathBuf, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::{TlsAcceptor, rustls};

/// Relays what comes over TLS to `server`; the port, and the file with the certificate, which is for `localhost`.
async fn relay(server: String, folder: &tempfile::TempDir) -> (u16, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let file = folder.path().join("root.pem");
    std::fs::write(&file, made.cert.pem()).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config =
        config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key.into()).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (acceptor, server) = (acceptor.clone(), server.clone());
            tokio::spawn(async move {
                // The client asks for TLS; `S` grants it.
                let mut asked = [0; 8];
                client.read_exact(&mut asked).await?;
                client.write_all(b"S").await?;
                let mut client = acceptor.accept(client).await?;
                let mut server = TcpStream::connect(server).await?;
                copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    (port, file)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_believed_that_has_the_right_certificate() {
    let good = fresh().await;
    let (user, host) = good.url.split_once('@').unwrap();
    let (server, database) = host.split_once('/').unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (port, file) = relay(server.to_owned(), &folder).await;
    let through = |host: &str, query: String| Settings {
        url: format!("{user}@{host}:{port}/{database}?{query}"),
        connect_wait_ms: 3_000,
        ..good.clone()
    };
    let root = format!("sslmode=verify-full&sslrootcert={}", file.display());
    for settings in [through("localhost", root.clone()), through("127.0.0.1", "sslmode=require".to_owned())] {
        galatea_sql::open(&settings, AGENT).await.unwrap().close().await.unwrap();
    }
    for settings in [through("127.0.0.1", root), through("localhost", "sslmode=verify-full".to_owned())] {
        let told = PostgresStore::open(&settings, AGENT).await.unwrap_err().to_string();
        assert!(told.contains("cannot be reached over TLS") && told.contains("`sslrootcert`"), "{told}");
    }
}
