//! A running service for tests: the shipped model behind a loopback socket.

use std::sync::{Arc, OnceLock};

use metrics_exporter_prometheus::PrometheusBuilder;
use minwon::domain::{CaseId, Role, Taxonomy};
use minwon::http::{Deps, KeyRate, serve};
use minwon::inference::{Engine, EngineOptions};
use minwon::lifecycle::Tasks;
use minwon::model::{LoadOptions, Model};
use minwon::service::{Cases, Drafts, Intake, Keys, SimilarCases, Triage};
use minwon::similar::{Index, ModelTag};
use minwon::store::spool::{Recorder, Retry};
use minwon::store::{CaseStore, Database, SqlStore};
use minwon::text::places::Places;
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::net::TcpListener;

/// The time that every test lives in: a Monday morning.
pub const NOW: OffsetDateTime = datetime!(2026-11-23 09:12 +9);

/// The shipped model, loaded once for all tests.
pub fn model() -> Arc<Model> {
    static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/minwon-ko");
    let open = || Arc::new(Model::open(&dir, &LoadOptions::default()).expect("the shipped model loads"));
    Arc::clone(MODEL.get_or_init(open))
}

/// The shipped reply topics with their vectors, made ready once for all tests.
pub fn drafts() -> Arc<Drafts> {
    static DRAFTS: OnceLock<Arc<Drafts>> = OnceLock::new();
    let open = || {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
        let drafts = Drafts::open(&dir, &Places::bundled()).expect("the shipped topics are sound");
        drafts.prepare(&model()).expect("the model embeds them");
        Arc::new(drafts)
    };
    Arc::clone(DRAFTS.get_or_init(open))
}

/// A service on a socket of its own.
pub struct Server {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    client: reqwest::Client,
    /// Keys by role.
    keys: std::collections::BTreeMap<String, String>,
    /// Key that requests are sent with.
    key: Option<String>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

/// What a request brought back.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: reqwest::header::HeaderMap,
    /// Body; null where it is no JSON.
    pub json: Value,
}

impl Server {
    /// Starts with default settings.
    pub async fn start() -> Self {
        Self::with(EngineOptions { workers: 2, ..EngineOptions::default() }).await
    }

    /// Starts with one key a role.
    pub async fn with_keys(roles: &[&str]) -> Self {
        Self::launch(EngineOptions { workers: 2, ..EngineOptions::default() }, roles, None).await
    }

    /// Starts with these engine settings.
    pub async fn with(options: EngineOptions) -> Self {
        Self::launch(options, &[], None).await
    }

    /// Starts with the shipped reply topics.
    pub async fn with_drafts() -> Self {
        let options = EngineOptions { workers: 1, ..EngineOptions::default() };
        Self::launch(options, &[], Some(drafts())).await
    }

    async fn launch(options: EngineOptions, roles: &[&str], drafts: Option<Arc<Drafts>>) -> Self {
        let engine = Arc::new(Engine::start(model(), options).expect("threads start"));
        let clock = Arc::new(|| NOW);
        let counter = std::sync::atomic::AtomicU64::new(0);
        let ids = Arc::new(move |at: OffsetDateTime| {
            let n = counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let mut random = [0; 10];
            random[2..].copy_from_slice(&n.to_be_bytes());
            CaseId::from_parts(at, random)
        });
        let taxonomy = Arc::new(Taxonomy::bundled());
        let triage =
            Triage::new(engine, taxonomy, clock.clone(), ids.clone()).expect("the model fits the taxonomy");
        let triage = Arc::new(match drafts {
            Some(drafts) => triage.with_drafts(drafts),
            None => triage,
        });
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let database = Database::Sqlite(folder.path().join("log.sqlite"));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (ready, made) = tokio::sync::oneshot::channel();
        let roles: Vec<Role> = roles.iter().map(|role| role.parse().expect("a role")).collect();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let tasks = Tasks::new();
                let store: Arc<dyn CaseStore> =
                    Arc::new(SqlStore::open(&database, &tasks).expect("a database file"));
                store.migrate().await.expect("a schema");
                let keys = Keys::new(Arc::clone(&store), clock.clone(), b"test".to_vec());
                let mut made = std::collections::BTreeMap::new();
                for (n, role) in (1..).zip(roles) {
                    let key = keys
                        .add(role.as_str(), role, None, [n; 32])
                        .await
                        .expect("a key")
                        .expect("a new name");
                    made.insert(role.as_str().to_owned(), key);
                }
                ready.send(made).expect("the test waits");
                let model = triage.engine().model();
                let index = Index::new(ModelTag::of(model.manifest.weights_sha256()), model.dimension(), None);
                let similar = Arc::new(SimilarCases::new(Arc::clone(&store), index));
                similar.start(&tasks, std::time::Duration::from_millis(20));
                let recorder = Arc::new(Recorder::new(Arc::clone(&store), None, Retry::default()));
                let deps = Deps {
                    keys: Arc::new(keys),
                    cases: Arc::new(Cases::new(
                        Arc::clone(&store),
                        triage.shared_taxonomy(),
                        clock.clone(),
                        Arc::clone(triage.rooms()),
                    )),
                    intake: Arc::new(Intake::new(triage, recorder, clock.clone())),
                    similar,
                    rate: KeyRate::new(None),
                    stopping: tasks.stopping(),
                    clock,
                    ids,
                    metrics,
                };
                let listener = TcpListener::from_std(listener).expect("a listener");
                serve(listener, async { drop(stopped.await) }, deps).await.expect("the service ends well");
                store.close().await;
            });
            drop(folder);
        });
        let keys = made.await.expect("the service starts");
        Self { url, client: reqwest::Client::new(), keys, key: None, stop: Some(stop) }
    }

    /// The same service, called with the key of a role.
    pub fn as_role(&self, role: &str) -> Self {
        self.as_key(&self.keys[role])
    }

    /// The same service, called with this key.
    pub fn as_key(&self, key: &str) -> Self {
        let (url, keys) = (self.url.clone(), self.keys.clone());
        Self { url, client: self.client.clone(), keys, key: Some(key.to_owned()), stop: None }
    }

    /// Posts a JSON value with further headers.
    pub async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
        let mut request =
            self.client.post(format!("{}{path}", self.url)).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.read(request.body(body.to_string())).await
    }

    /// Reads a stream until it has brought so many events.
    pub async fn stream(&self, path: &str, headers: &[(&str, &str)], events: usize) -> String {
        let mut request = self.client.get(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = request.send().await.expect("the service answers");
        let mut text = String::new();
        while text.matches("\n\n").count() < events {
            let chunk = response.chunk().await.expect("the stream goes on").expect("the stream is open");
            text.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
        text
    }

    /// Posts a JSON value.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_raw(path, "application/json", body.to_string().into_bytes()).await
    }

    /// Posts bytes under a media type.
    pub async fn post_raw(&self, path: &str, media: &str, body: Vec<u8>) -> Reply {
        let request =
            self.client.post(format!("{}{path}", self.url)).header("content-type", media).body(body);
        self.read(request).await
    }

    /// Gets a path.
    pub async fn get(&self, path: &str) -> Reply {
        self.read(self.client.get(format!("{}{path}", self.url))).await
    }

    async fn read(&self, request: reqwest::RequestBuilder) -> Reply {
        let request = match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        };
        let response = request.send().await.expect("the service answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a body");
        Reply { status, headers, json: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    /// Asks until the service is ready.
    pub async fn ready(&self) -> Reply {
        loop {
            let reply = self.get("/readyz").await;
            if reply.status == 200 {
                return reply;
            }
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The service may have ended already.
            let _ = stop.send(());
        }
    }
}
