//! What a server asks of us and tells us while it is connected.

#![allow(deprecated, reason = "roots, sampling and logging leave the protocol; servers of today use them")]

use super::connection::Connection;
use galatea::model::{Line, ModelKind, ModelRequest, Parameters, Purpose, Speaker, TextSink};
use rmcp::{
    ClientHandler, ErrorData, RoleClient,
    model::{
        ClientCapabilities, ClientConfig, CreateMessageRequestMethod, CreateMessageRequestParams,
        CreateMessageResult, ElicitRequestParams, ElicitResult, ElicitationAction, Implementation,
        ListRootsResult, LoggingLevel, LoggingMessageNotificationParam, ProgressNotificationParam,
        ProtocolVersion, ResourceUpdatedNotificationParam, Role, Root, SamplingMessage,
        SamplingMessageContentBlock,
    },
    service::{NotificationContext, RequestContext},
};
use std::sync::Arc;

/// The longest text of a log record that is taken, in bytes.
const LONGEST_RECORD: usize = 4096;

/// The most tokens of an answer that a server may ask the model for.
const MOST_TOKENS: u32 = 4096;

/// Our side of a connection.
#[derive(Clone, Debug)]
pub(super) struct Handler {
    connection: Arc<Connection>,
}

impl Handler {
    pub(super) fn new(connection: Arc<Connection>) -> Self {
        Self { connection }
    }

    /// Has the agent's model write what a server asks for; it counts in the agent's budgets like any other call.
    async fn sample(&self, asked: CreateMessageRequestParams) -> Result<CreateMessageResult, String> {
        let agent = self.connection.agent().ok_or("the agent has ended")?;
        let lines = asked.messages.into_iter().map(line).collect::<Result<Vec<Line>, String>>()?;
        let request = ModelRequest {
            system: asked.system_prompt.unwrap_or_default(),
            lines,
            parameters: Parameters {
                temperature: asked.temperature.map(f64::from),
                max_tokens: Some(asked.max_tokens.min(MOST_TOKENS)),
                stop: asked.stop_sequences,
                ..Parameters::default()
            },
            ..ModelRequest::new(Purpose::Other(format!("mcp {}", self.connection.name)), "")
        };
        let answer = agent.generate(ModelKind::TextLarge, request, None, TextSink::default()).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let reason = if answer.cut {
            CreateMessageResult::STOP_REASON_END_MAX_TOKEN
        } else {
            CreateMessageResult::STOP_REASON_END_TURN
        };
        let said = SamplingMessage::assistant_text(answer.text);
        Ok(CreateMessageResult::new(said, answer.model).with_stop_reason(reason))
    }
}

/// A message of a server's conversation.
fn line(message: SamplingMessage) -> Result<Line, String> {
    let speaker = match message.role {
        Role::User => Speaker::User,
        Role::Assistant => Speaker::Assistant,
    };
    let mut text = Vec::new();
    for block in message.content.into_vec() {
        match block {
            SamplingMessageContentBlock::Text(block) => text.push(block.text),
            _ => return Err("only text can be passed on to the model".to_owned()),
        }
    }
    let name = if speaker == Speaker::User { "user" } else { "assistant" };
    Ok(Line::new(speaker, name, text.join("\n")))
}

impl ClientHandler for Handler {
    fn get_info(&self) -> ClientConfig {
        let settings = &self.connection.settings;
        let mut can = ClientCapabilities::default();
        if !settings.roots.is_empty() {
            can.roots = Some(Default::default());
        }
        if settings.sampling {
            can.sampling = Some(Default::default());
        }
        // The newest version that begins with a handshake; a server says which older one it speaks.
        let config = ClientConfig::new(can, Implementation::new("galatea", galatea::VERSION));
        config.with_protocol_version(ProtocolVersion::V_2025_11_25)
    }

    async fn create_message(
        &self,
        params: CreateMessageRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        if !self.connection.settings.sampling {
            tracing::info!(
                server = self.connection.name,
                "asked for the model, which the character does not allow"
            );
            return Err(ErrorData::method_not_found::<CreateMessageRequestMethod>());
        }
        self.sample(params).await.map_err(|why| ErrorData::internal_error(why, None))
    }

    async fn list_roots(&self, _context: RequestContext<RoleClient>) -> Result<ListRootsResult, ErrorData> {
        Ok(ListRootsResult::new(self.connection.settings.roots.iter().map(Root::new).collect()))
    }

    /// A turn holds its room until it ends, so nobody in it can be asked for more than yes or no meanwhile.
    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let message = match &request {
            ElicitRequestParams::FormElicitationParams { message, .. }
            | ElicitRequestParams::UrlElicitationParams { message, .. } => message.as_str(),
            _ => "",
        };
        let message = cut(message);
        tracing::info!(
            server = self.connection.name,
            "asked a person “{message}”; that is declined, nobody can be asked in a turn"
        );
        Ok(ElicitResult::new(ElicitationAction::Decline))
    }

    async fn on_progress(
        &self,
        params: ProgressNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        self.connection.progress.handle_notification(params).await;
    }

    async fn on_logging_message(
        &self,
        params: LoggingMessageNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        let (server, logger) = (&self.connection.name, params.logger.as_deref().unwrap_or_default());
        let text = params.data.as_str().map_or_else(|| params.data.to_string(), str::to_owned);
        let text = cut(&text);
        match params.level {
            LoggingLevel::Debug => tracing::debug!(server, logger, "{text}"),
            LoggingLevel::Info | LoggingLevel::Notice => tracing::info!(server, logger, "{text}"),
            LoggingLevel::Warning => tracing::warn!(server, logger, "{text}"),
            _ => tracing::error!(server, logger, "{text}"),
        }
    }

    async fn on_resource_updated(
        &self,
        params: ResourceUpdatedNotificationParam,
        _context: NotificationContext<RoleClient>,
    ) {
        self.connection.forget(&params.uri);
    }

    async fn on_resource_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.connection.changed.notify_one();
    }

    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.connection.changed.notify_one();
    }

    async fn on_prompt_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.connection.changed.notify_one();
    }
}

fn cut(text: &str) -> &str {
    let end = (0..=LONGEST_RECORD.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}
