//! What stands in the place of what runs models, in a program that was built without it: nothing that could be had.

use crate::{LocalError, Settings};
use galatea::{
    model::{ModelAnswer, ModelRequest, TextSink},
    prelude::Agent,
};
use std::{convert::Infallible, sync::Arc};

/// Cannot be.
#[derive(Debug)]
pub(crate) struct Engine(Infallible);

impl Engine {
    pub(crate) async fn open(_agent: &Agent, _settings: Arc<Settings>) -> Result<Self, LocalError> {
        Err(LocalError::NotBuilt)
    }

    pub(crate) async fn fetch(&self) -> Result<(), LocalError> {
        match self.0 {}
    }

    pub(crate) async fn converse(
        &self,
        _is_object: bool,
        _request: Arc<ModelRequest>,
        _sink: TextSink,
    ) -> Result<ModelAnswer, LocalError> {
        match self.0 {}
    }

    pub(crate) async fn encode(&self, _text: String) -> Result<ModelAnswer, LocalError> {
        match self.0 {}
    }

    pub(crate) async fn decode(&self, _tokens: &[u32]) -> Result<ModelAnswer, LocalError> {
        match self.0 {}
    }
}
