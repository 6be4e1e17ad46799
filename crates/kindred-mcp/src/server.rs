//! The protocol: what the server says of itself, and how requests reach the tools.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use kindred_engine::Device;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, ErrorData, Implementation,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, ResourceContents,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{QuitReason, RequestContext, ServerInitializeError};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::{RoleServer, ServerHandler, ServiceExt};
use tokio::sync::Semaphore;

use crate::access::Access;
use crate::error::ToolError;
use crate::resources;
use crate::text::NOTICE;
use crate::tools::ToolKind;

/// Longest request, in bytes; longer ones are dropped unread.
const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;
/// Questions that are worked on at once; the others wait.
const AT_ONCE: usize = 4;
/// How often it is looked whether the server is to stop.
const WATCH: Duration = Duration::from_millis(100);

/// What the tools work on.
#[derive(Clone)]
pub struct ServeOptions {
    /// Data directory of the library; it need not exist yet, then tools say how it is made.
    pub folder: PathBuf,
    /// Where encoders compute.
    pub device: Device,
    /// Whether the tools that write are left out.
    pub read_only: bool,
    /// Tells the time.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl std::fmt::Debug for ServeOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ServeOptions")
            .field("folder", &self.folder)
            .field("device", &self.device)
            .field("read_only", &self.read_only)
            .finish_non_exhaustive()
    }
}

/// Why the server did not run or came to a bad end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The system gave no thread or no timer.
    #[error("starting the server failed")]
    Start(#[source] std::io::Error),
    /// The client did not begin as the protocol asks for.
    #[error("the client did not open the protocol")]
    Handshake(#[source] Box<ServerInitializeError>),
    /// A task of the server ended by a panic.
    #[error("the server's loop failed")]
    Loop(#[source] tokio::task::JoinError),
}

/// Speaks the Model Context Protocol on standard input and output until input ends or `stop` is
/// set. Nothing but protocol goes to standard output.
///
/// Answers that are under way when input ends are still given, for up to five seconds. The library is
/// open for writing only for the moment of a write.
///
/// # Errors
/// [`ServeError::Handshake`] if the client's first message is none that opens the protocol.
/// Failures of tools are answers, not errors.
pub fn serve(options: ServeOptions, stop: &AtomicBool) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Start)?;
    let ended = runtime.block_on(run(Server::new(options), stop));
    // A read of standard input cannot be called off; it must not keep the process.
    runtime.shutdown_background();
    ended
}

async fn run(server: Server, stop: &AtomicBool) -> Result<(), ServeError> {
    let transport = AsyncRwTransport::new_server(tokio::io::stdin(), tokio::io::stdout())
        .with_max_line_length(MAX_LINE_BYTES);
    let running = tokio::select! {
        started = server.serve(transport) => match started {
            Ok(running) => running,
            Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => return Err(ServeError::Handshake(Box::new(error))),
        },
        () = stopped(stop) => return Ok(()),
    };
    let token = running.cancellation_token();
    let mut waiting = std::pin::pin!(running.waiting());
    let ended = tokio::select! {
        ended = &mut waiting => ended,
        () = stopped(stop) => {
            token.cancel();
            waiting.await
        }
    };
    match ended {
        Ok(QuitReason::JoinError(error)) | Err(error) => Err(ServeError::Loop(error)),
        Ok(_) => Ok(()),
    }
}

/// Ends once `stop` is set.
async fn stopped(stop: &AtomicBool) {
    while !stop.load(Ordering::SeqCst) {
        tokio::time::sleep(WATCH).await;
    }
}

/// Answers requests.
#[derive(Debug)]
struct Server {
    options: ServeOptions,
    access: Arc<Access>,
    at_once: Semaphore,
}

impl Server {
    fn new(options: ServeOptions) -> Self {
        Self {
            access: Arc::new(Access::new(&options.folder, options.device)),
            at_once: Semaphore::new(AT_ONCE),
            options,
        }
    }

    /// The tools that are listed and may be called.
    fn tools(&self) -> impl Iterator<Item = ToolKind> {
        let read_only = self.options.read_only;
        (ToolKind::ALL.into_iter()).filter(move |tool| !(read_only && tool.writes()))
    }

    /// Runs work that blocks beside the protocol, so that a long question holds up no short one. A
    /// panic in it is an error of that question alone.
    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Access) -> Result<T, ToolError> + Send + 'static,
    ) -> Result<T, ToolError> {
        // It is never closed.
        let _permit = self.at_once.acquire().await;
        let access = Arc::clone(&self.access);
        let done = tokio::task::spawn_blocking(move || work(&access)).await;
        done.unwrap_or_else(|_| {
            Err(ToolError::new(
                "Kindred failed inside; the server's standard error says where",
            ))
        })
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(
                Implementation::new("kindred", env!("CARGO_PKG_VERSION")).with_title("Kindred"),
            )
            .with_instructions(instructions(self.options.read_only))
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.tools().map(ToolKind::definition).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let mut tools = self.tools();
        tools
            .find(|tool| tool.name() == name)
            .map(ToolKind::definition)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = self.tools().find(|tool| tool.name() == request.name) else {
            let names: Vec<&str> = self.tools().map(ToolKind::name).collect();
            let message = format!(
                "there is no tool `{}`, expected {}",
                request.name.chars().take(80).collect::<String>(),
                names.join(", ")
            );
            return Err(ErrorData::invalid_params(message, None));
        };
        let arguments = request.arguments.unwrap_or_default();
        let now = (self.options.now)();
        let reply = self
            .ask(move |access| tool.run(access, arguments, now))
            .await;
        Ok(match reply {
            Ok(reply) => reply.into_result(),
            Err(error) => error.into_result(),
        }
        .into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        match self.ask(resources::list).await {
            Ok(listed) => Ok(ListResourcesResult::with_all_items(listed)),
            Err(error) => Err(ErrorData::internal_error(error.text(), None)),
        }
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let templates = vec![resources::template()];
        Ok(ListResourceTemplatesResult::with_all_items(templates))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri;
        let address = uri.clone();
        match self
            .ask(move |access| resources::read(access, &address))
            .await
        {
            Ok(text) => {
                let contents =
                    ResourceContents::text(text, uri).with_mime_type(resources::MEDIA_TYPE);
                Ok(ReadResourceResult::new(vec![contents]).into())
            }
            Err(error) => Err(ErrorData::resource_not_found(error.text(), None)),
        }
    }
}

/// What a model is told of the server before it calls anything.
fn instructions(read_only: bool) -> String {
    let writing = if read_only {
        "This server was started read-only: no tool changes the library."
    } else {
        "rate_paper and add_to_set change the library; call them on the user's word alone."
    };
    format!(
        "Kindred searches and ranks the papers of the user's own library on this machine; no tool \
         uses the network. IMPORTANT: the tools see only what the library holds. It needs papers \
         (the user runs `kindred sync --category cs.DC` or `kindred import FILE...`), vectors of \
         them (made on import, else by `kindred embed`), and for rank_new and explain_match a seed \
         set with a liked paper. Call list_sets first: it shows the sets, the encoder and the \
         latest day. Errors name the command that helps. {writing} {NOTICE}"
    )
}
