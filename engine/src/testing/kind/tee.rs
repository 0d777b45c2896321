//! A trusted execution environment that proves nothing.

use super::{Outcome, demand, given, refuse, refused};
use crate::service::kind::{Attestation, DerivedKey, KindFault, Tee};
use async_trait::async_trait;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

/// Acts as if; everybody who knows its seed can make what it makes. Its technology is `simulated`.
#[derive(Clone, Debug)]
pub struct SimulatedTee(String);

impl SimulatedTee {
    /// One with a seed: the same seed makes the same keys.
    #[must_use]
    pub fn new(seed: impl Into<String>) -> Self {
        Self(seed.into())
    }

    fn digest(&self, what: &str, data: &[u8]) -> Vec<u8> {
        let mut hash = Sha1::new();
        for part in [self.0.as_bytes(), what.as_bytes(), data] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().to_vec()
    }
}

#[async_trait]
impl Tee for SimulatedTee {
    async fn attest(&self, data: &[u8]) -> Result<Attestation, KindFault> {
        if data.len() > 64 {
            return refuse(format!("{} bytes are more than 64", data.len()));
        }
        Ok(Attestation {
            data: data.to_vec(),
            measurement: b"test".to_vec(),
            technology: "simulated".to_owned(),
            quote: self.digest("quote", &[data, b"test"].concat()),
        })
    }

    async fn verify(&self, attestation: &Attestation) -> Result<bool, KindFault> {
        if attestation.technology != "simulated" {
            return Err(KindFault::Unsupported(format!("the technology `{}`", attestation.technology)));
        }
        let all = [attestation.data.as_slice(), &attestation.measurement].concat();
        Ok(attestation.quote == self.digest("quote", &all))
    }

    async fn derive_key(&self, path: &str) -> Result<DerivedKey, KindFault> {
        if path.is_empty() {
            return refuse("the path is empty");
        }
        let digests =
            [self.digest("first", path.as_bytes()), self.digest("second", path.as_bytes())].concat();
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&digests[..32]);
        Ok(DerivedKey(key))
    }
}

/// Checks a trusted execution environment.
///
/// # Errors
/// What it did and should have done.
pub async fn check_tee(service: &dyn Tee) -> Outcome {
    let attestation = given(service.attest(b"hello").await, "attest")?;
    demand(attestation.data == b"hello" && !attestation.quote.is_empty(), "what was given is attested")?;
    demand(given(service.verify(&attestation).await, "verify")?, "its own attestation is true")?;
    let changed = Attestation { data: b"hallo".to_vec(), ..attestation.clone() };
    demand(!given(service.verify(&changed).await, "verify")?, "other data are not attested")?;
    let changed = Attestation { measurement: b"other".to_vec(), ..attestation };
    demand(!given(service.verify(&changed).await, "verify")?, "another program is not attested")?;
    refused(service.attest(&[0; 65]).await, "attesting more than 64 bytes")?;
    let key = given(service.derive_key("a").await, "derive_key")?;
    demand(key == given(service.derive_key("a").await, "derive_key")?, "a path has always the same key")?;
    demand(key != given(service.derive_key("b").await, "derive_key")?, "another path has another key")?;
    demand(!format!("{key:?}").contains(&key.0[0].to_string()) || key.0[0] < 10, "a key is not shown")?;
    refused(service.derive_key("").await, "the key of no path")
}
