//! An empty case log of its own for each test, on either back end, and complaints to put in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use minwon::domain::case::{Act, Case, Change, DraftId, Labels, Relabel, Slot};
use minwon::domain::{CaseId, Channel, Decision, ReviewReason, Span};
use minwon::lifecycle::Tasks;
use minwon::store::{
    CasePlace, CaseSignal, CaseStore, Confidences, Database, Due, History, ModelId, NewCase, NewDraft,
    NewPrediction, Recorded, RequestKey, SqlStore,
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub use crate::support::NOW;

/// A case log for one test.
pub struct TestLog {
    pub store: Arc<SqlStore>,
    pub database: Database,
    _folder: Option<tempfile::TempDir>,
}

impl TestLog {
    /// In a file of its own.
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::Sqlite(folder.path().join("minwon.sqlite"));
        Self::begin(database, Some(folder)).await
    }

    /// In a schema of its own; `None` without a server.
    pub async fn postgres() -> Option<Self> {
        let database = postgres_schema().await?;
        Some(Self::begin(database, None).await)
    }

    async fn begin(database: Database, folder: Option<tempfile::TempDir>) -> Self {
        let store = Arc::new(SqlStore::open(&database, &Tasks::new()).unwrap());
        store.migrate().await.unwrap();
        Self { store, database, _folder: folder }
    }

    /// Another handle on the same log, as another replica has it.
    pub fn another(&self) -> Arc<SqlStore> {
        Arc::new(SqlStore::open(&self.database, &Tasks::new()).unwrap())
    }

    /// Somebody writes past the program.
    pub async fn meddle(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        match &self.database {
            Database::Sqlite(path) => {
                let url = format!("sqlite:{}", path.display());
                SqliteConnection::connect(&url).await.unwrap().execute(sql).await.map(drop).unwrap();
            }
            Database::Postgres(url) => {
                PgConnection::connect(url).await.unwrap().execute(sql).await.map(drop).unwrap();
            }
        }
    }

    /// Records one case that must be new.
    pub async fn receive(&self, case: NewCase) -> CaseId {
        let id = case.id;
        assert_eq!(self.store.record_triage(vec![case]).await.unwrap(), [Recorded::New]);
        id
    }

    pub async fn history(&self, id: CaseId) -> History {
        self.store.case(id).await.unwrap().expect("the case is there")
    }

    pub async fn case(&self, id: CaseId) -> Case {
        self.history(id).await.case
    }

    /// A counsellor does something and it is written.
    pub async fn change(&self, id: CaseId, what: impl FnOnce(&Case) -> Change) -> u64 {
        let change = what(&self.case(id).await);
        self.store.apply(&change).await.unwrap().expect("the case is there")
    }
}

/// A fresh schema on the test server; `None` without a server, which in CI is a failure.
pub async fn postgres_schema() -> Option<Database> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let Some(server) = std::env::var_os("MINWON_TEST_POSTGRES") else {
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "no PostgreSQL: MINWON_TEST_POSTGRES is not set, and in CI that is a failure"
        );
        eprintln!("skipped: MINWON_TEST_POSTGRES is not set (scripts/postgres.sh COMMAND sets it)");
        return None;
    };
    let server = server.into_string().unwrap();
    let schema = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let sql = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.unwrap();
    Some(Database::Postgres(format!("{server}?options[search_path]={schema}")))
}

/// The case of a number; greater numbers have greater ids.
pub fn case_id(n: u64) -> CaseId {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&n.to_be_bytes());
    CaseId::from_parts(NOW + Duration::milliseconds(i64::try_from(n).unwrap()), random)
}

pub fn labels(department: &str, urgency: &str) -> Labels {
    Labels {
        department: department.into(),
        urgency: urgency.into(),
        jurisdiction: "province".into(),
        kind: "other".into(),
    }
}

fn prediction(model: &str, labels: Labels, decision: Decision) -> NewPrediction {
    NewPrediction {
        model: ModelId { name: model.into(), version: "1.0.0".into(), sha256: "ab".repeat(32) },
        labels,
        confidences: Confidences { department: 0.75, urgency: 0.5, jurisdiction: 0.25, kind: 1.0 },
        decision,
        answer: json!({"by": model, "confidence": 0.75}),
    }
}

/// Complaint number `n`, received `n` seconds after [`NOW`], due four hours later, for 건설국, to be routed unread.
pub fn complaint(n: u64, text: &str) -> NewCase {
    let at = NOW + Duration::seconds(i64::try_from(n).unwrap());
    NewCase {
        id: case_id(n),
        request: None,
        external_id: None,
        received_at: at,
        triaged_at: at + Duration::milliseconds(12),
        channel: Channel::Web,
        masked_text: text.into(),
        language: "ko".into(),
        prediction: prediction("minwon-ko", labels("roads", "normal"), Decision::Route),
        shadows: Vec::new(),
        review_reasons: Vec::new(),
        due: Some(Due {
            statutory: at + Duration::hours(4),
            target: at + Duration::hours(3),
            basis: "기타민원 즉시(3근무시간), 시행령 §19".into(),
        }),
        signals: Vec::new(),
        place: None,
        drafts: Vec::new(),
        embedding: None,
    }
}

/// A complaint with everything that a case can have.
pub fn rich_complaint(n: u64) -> NewCase {
    NewCase {
        request: Some(RequestKey::new("router", "external_id", "kakao-8812", b"{}")),
        external_id: Some("kakao-8812".into()),
        channel: Channel::Kakao,
        shadows: vec![prediction("minwon-next", labels("animal", "high"), Decision::Review)],
        review_reasons: vec![ReviewReason::LowConfidence, ReviewReason::SeveralMatters],
        signals: vec![CaseSignal {
            kind: "fire".into(),
            span: Span { start: 2, end: 5 },
            number: "119".into(),
            name: "소방".into(),
            strength: 0.5,
            source: "fire-1".into(),
        }],
        place: Some(CasePlace {
            sigungu: Some("양평군".into()),
            detail: Some("용문면".into()),
            span: Span { start: 0, end: 6 },
            ambiguous: false,
            outside: None,
        }),
        drafts: vec![draft(1, "곧 치우겠습니다.")],
        embedding: Some(vec![1, 2, 3, 255]),
        ..complaint(n, "양평 용문면 길가에 고라니가 죽어 있어요")
    }
}

pub fn draft(n: u64, text: &str) -> NewDraft {
    NewDraft {
        id: DraftId(Uuid::from_u64_pair(7, n)),
        text: text.into(),
        slots: vec![Slot { name: "담당자".into(), filled: true, required: true }],
        sources: json!([{"id": "kb/animal-carcass"}]),
        score: 0.5,
        at: NOW + Duration::minutes(1),
    }
}

/// A counsellor who looks at the case as it is, so many minutes after [`NOW`].
pub fn act(case: &Case, by: &str, minutes: i64) -> Act {
    Act { by: by.into(), at: NOW + Duration::minutes(minutes), version: case.version }
}

pub fn to(department: &str) -> Relabel {
    Relabel { department: Some(department.into()), ..Relabel::default() }
}

/// Minutes after [`NOW`].
pub fn minute(n: i64) -> OffsetDateTime {
    NOW + Duration::minutes(n)
}
