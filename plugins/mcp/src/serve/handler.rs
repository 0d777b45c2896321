//! What a client asks of an agent, in one session.

use super::{chat, prompts, resources, tools, who::Who};
use galatea::{
    agent::Agent,
    event::{ActionsOffered, PluginsChanged, Subscription},
};
use galatea_server::Directory;
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, GetPromptRequestParams, GetPromptResponse, Implementation,
        InitializeRequestParams, InitializeResult, ListPromptsResult, ListResourceTemplatesResult,
        ListResourcesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams,
        ReadResourceResponse, ServerCapabilities, ServerConfig,
    },
    service::{NotificationContext, Peer, RequestContext},
};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use uuid::Uuid;

/// How a session finds its agent. A session does not keep an agent alive.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// At a listener.
    Listed(Directory, Uuid),
    /// In this process, for as long as the session.
    Own(Agent, Who),
}

/// One session of a client.
#[derive(Clone)]
pub(super) struct Session {
    agent: Found,
    /// Whose session it is: nobody else may use it.
    owner: Arc<OnceLock<Who>>,
    /// Tells the client when tools change.
    news: Arc<Mutex<Vec<Subscription>>>,
}

/// What a request is about: the agent, for whom, and where.
pub(super) struct Desk {
    pub(super) agent: Agent,
    pub(super) who: Who,
    /// The room of the session.
    pub(super) room: String,
}

impl Session {
    pub(super) fn new(agent: Found) -> Self {
        Self { agent, owner: Arc::default(), news: Arc::default() }
    }

    fn agent(&self) -> Option<Agent> {
        match &self.agent {
            Found::Listed(directory, id) => directory.find(&id.to_string()),
            Found::Own(agent, _) => Some(agent.clone()),
        }
    }

    /// The agent, and for whom it works; a session that was begun by somebody else is refused.
    async fn desk(&self, context: &RequestContext<RoleServer>) -> Result<Desk, ErrorData> {
        let agent = self.agent().ok_or_else(|| ErrorData::internal_error("the agent has ended", None))?;
        let parts = context.extensions.get::<axum::http::request::Parts>();
        let who = match &self.agent {
            Found::Own(_, who) => Some(who.clone()),
            Found::Listed(..) => parts.and_then(|parts| parts.extensions.get::<Who>().cloned()),
        };
        let who = who.ok_or_else(|| ErrorData::invalid_request("it is not known who asks", None))?;
        let owner = self.owner.get_or_init(|| who.clone());
        if *owner != who {
            return Err(ErrorData::invalid_request("this session was begun by somebody else", None));
        }
        who.take_seat(&agent).await.map_err(|error| internal(&error))?;
        let session = parts.and_then(|parts| parts.headers.get("mcp-session-id")?.to_str().ok());
        Ok(Desk { agent, who, room: session.unwrap_or("desk").to_owned() })
    }

    /// Tells the client when tools change from now on.
    fn follow(&self, agent: &Agent, peer: &Peer<RoleServer>) {
        let (one, other) = (peer.clone(), peer.clone());
        let changed = agent.live().on(move |_: Arc<PluginsChanged>| tell(one.clone()));
        let offered = agent.live().on(move |_: Arc<ActionsOffered>| tell(other.clone()));
        *self.news.lock().unwrap_or_else(PoisonError::into_inner) = vec![changed, offered];
    }
}

async fn tell(peer: Peer<RoleServer>) {
    // A client that is gone needs not be told.
    drop(peer.notify_tool_list_changed().await);
    drop(peer.notify_resource_list_changed().await);
}

pub(super) fn internal(error: &dyn std::fmt::Display) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}

impl ServerHandler for Session {
    fn get_info(&self) -> ServerConfig {
        let can = ServerCapabilities::builder()
            .enable_tools()
            .enable_tool_list_changed()
            .enable_resources()
            .enable_resources_list_changed()
            .enable_prompts()
            .build();
        let info = ServerConfig::new(can);
        let Some(agent) = self.agent() else { return info };
        let character = agent.character();
        let implementation =
            Implementation::new("galatea", galatea::VERSION).with_title(character.name.clone());
        let bio = character.bio.as_slice().join(" ");
        let told = format!(
            "{} is an agent. {bio} Use the tool `chat` to talk with it; the other tools are what it can do.",
            character.name
        );
        info.with_server_info(implementation).with_instructions(told)
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        self.desk(&context).await?;
        context.peer.set_peer_info(request.clone());
        self.negotiate_initialize(&request)
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        if let Some(agent) = self.agent() {
            self.follow(&agent, &context.peer);
        }
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let desk = self.desk(&context).await?;
        let mut all = tools::list(&desk);
        all.insert(0, chat::tool(&desk.agent));
        Ok(ListToolsResult::with_all_items(all))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let desk = self.desk(&context).await?;
        let arguments = request.arguments.unwrap_or_default();
        let result = if request.name == chat::NAME {
            chat::call(&desk, arguments, &context).await?
        } else {
            tools::call(&desk, &request.name, arguments, &context).await?
        };
        Ok(result.into())
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let desk = self.desk(&context).await?;
        resources::list(&desk, request.and_then(|request| request.cursor)).await
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let desk = self.desk(&context).await?;
        Ok(ListResourceTemplatesResult::with_all_items(resources::templates(&desk)))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let desk = self.desk(&context).await?;
        Ok(resources::read(&desk, &request.uri).await?.into())
    }

    async fn list_prompts(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let desk = self.desk(&context).await?;
        Ok(ListPromptsResult::with_all_items(prompts::list(&desk.agent)))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let desk = self.desk(&context).await?;
        Ok(prompts::get(&desk.agent, &request.name)?.into())
    }
}
