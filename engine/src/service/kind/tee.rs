//! A trusted execution environment.

use super::{KindFault, kind};
use async_trait::async_trait;
use std::fmt;
use zeroize::Zeroizing;

/// What an attestation says, with the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// What was given to be attested.
    pub data: Vec<u8>,
    /// What runs, measured; how depends on the technology.
    pub measurement: Vec<u8>,
    /// The technology, e.g. `tdx`, `sev-snp`; `simulated` proves nothing.
    pub technology: String,
    /// The proof, for those who verify.
    pub quote: Vec<u8>,
}

/// A key of 32 bytes. It is not shown, and is wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct DerivedKey(pub Zeroizing<[u8; 32]>);

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedKey(…)")
    }
}

/// Proves what runs, and makes keys that only this program on this hardware can have.
#[diagnostic::on_unimplemented(
    message = "service `{Self}` does not implement its kind `Tee`",
    label = "`Tee` is not implemented",
    note = "write `#[async_trait] impl Tee for {Self} {{ … }}`, or leave the kind out"
)]
#[async_trait]
pub trait Tee: Send + Sync {
    /// Proves that this program said these data: at most 64 bytes, a hash of more for instance.
    ///
    /// # Errors
    /// [`KindFault::Refused`] for more than 64 bytes.
    async fn attest(&self, data: &[u8]) -> Result<Attestation, KindFault>;

    /// Whether an attestation is true as far as its proof says; `false` where anything in it was changed.
    ///
    /// # Errors
    /// [`KindFault::Unsupported`] for another technology.
    async fn verify(&self, attestation: &Attestation) -> Result<bool, KindFault>;

    /// The key of a path such as `wallet/main`: for this program always the same, for another path another one, and
    /// nobody can tell one from the other.
    ///
    /// # Errors
    /// [`KindFault::Refused`] for an empty path.
    async fn derive_key(&self, path: &str) -> Result<DerivedKey, KindFault>;
}

kind!(Tee = "tee");
