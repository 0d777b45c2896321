//! Running providers outside of turns.

use super::{Agent, inbox::run_of};
use crate::{
    memory::Memory,
    store::StoreError,
    turn::{Composed, ProviderRecord, Selection, Teller, TurnContext, compose},
};
use std::sync::Arc;

impl Agent {
    /// What providers would tell about a message, as if a turn about it began now, and how each of them fared. Nothing
    /// is decided, said or stored. The message need not be stored either; its room tells where it is.
    ///
    /// # Errors
    /// If the room cannot be read.
    pub async fn compose(
        &self,
        message: &Memory,
        selection: &Selection,
    ) -> Result<(Arc<Composed>, Vec<ProviderRecord>), StoreError> {
        let agent = self.steady();
        let snapshot = agent.read_room(message).await?;
        // Nobody follows.
        let events = Teller::nobody();
        let (run, cancelled) = (run_of(message), self.0.stopping.child_token());
        let message = Arc::new(message.clone());
        let turn = Arc::new(TurnContext::new(message, run, snapshot, agent.parts(), cancelled, events));
        compose(&agent, &turn, selection).await;
        Ok((turn.composed(), turn.record().providers))
    }
}
