-- Times are microseconds since 1970 (UTC): exact, and one type on both back ends. JSON is text: it is kept, not queried.
-- `case` is a word of SQL, hence `cases`.

-- Numbers that grow in the order of commits: who takes one holds the row until the end of the transaction.
-- 'event': the last event. 'access': the last row of the access log and its hash. 'anchor': the last row of the access log
-- that retention took away.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
INSERT INTO counter (name, value, hash) VALUES ('event', 0, ''), ('access', 0, ''), ('anchor', 0, '');

CREATE TABLE cases (
    created_seq BIGINT PRIMARY KEY,        -- number of its first event
    changed_seq BIGINT NOT NULL,            -- number of its last event
    id UUID NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    status TEXT NOT NULL,
    department TEXT NOT NULL,
    urgency TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    kind TEXT NOT NULL,
    decision TEXT NOT NULL,
    review_reasons TEXT NOT NULL,
    channel TEXT NOT NULL,
    external_id TEXT,
    language TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    due_statutory BIGINT,
    due_target BIGINT,
    due_basis TEXT,
    sigungu TEXT,
    masked_text TEXT NOT NULL,
    hops BIGINT NOT NULL,
    alarm BOOLEAN NOT NULL,
    changed_what TEXT NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    undo TEXT,                            -- state before the last change, JSON
    queue_rank BIGINT NOT NULL,             -- 0 escalated, 1 open, 2 ended
    queue_due BIGINT NOT NULL,
    bigrams TSVECTOR NOT NULL               -- of the masked text
);
CREATE UNIQUE INDEX cases_changed ON cases (changed_seq);
CREATE INDEX cases_queue ON cases (queue_rank, queue_due, id);
CREATE INDEX cases_department ON cases (department, queue_rank, queue_due, id);
CREATE INDEX cases_received ON cases (received_at, id);
CREATE INDEX cases_counts ON cases (status, urgency, department, alarm);
CREATE INDEX cases_retention ON cases (status, changed_at);
CREATE INDEX cases_alarm ON cases (queue_rank, queue_due, id) WHERE alarm;
CREATE INDEX cases_external ON cases (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX cases_bigrams ON cases USING gin (bigrams);

-- Who asked for what: one row a case, so that no request and no replay makes two.
CREATE TABLE request (
    scope BYTEA PRIMARY KEY,
    body BYTEA NOT NULL,
    case_id UUID NOT NULL
);
CREATE INDEX request_case ON request (case_id);

-- What the machine said. Never updated.
CREATE TABLE prediction (
    case_id UUID NOT NULL,
    place_in_row BIGINT NOT NULL,           -- 0 is the active model, others are shadows
    role TEXT NOT NULL,
    at BIGINT NOT NULL,
    model_name TEXT NOT NULL,
    model_version TEXT NOT NULL,
    model_sha256 TEXT NOT NULL,
    department TEXT NOT NULL,
    urgency TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    kind TEXT NOT NULL,
    department_confidence DOUBLE PRECISION NOT NULL,
    urgency_confidence DOUBLE PRECISION NOT NULL,
    jurisdiction_confidence DOUBLE PRECISION NOT NULL,
    kind_confidence DOUBLE PRECISION NOT NULL,
    decision TEXT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (case_id, place_in_row)
);

CREATE TABLE embedding (
    case_id UUID PRIMARY KEY,
    vector BYTEA NOT NULL
);

CREATE TABLE draft (
    case_id UUID NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    body TEXT NOT NULL,
    slots TEXT NOT NULL,
    sources TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (case_id, id)
);

-- What a person decided. Only `undone` is ever updated.
CREATE TABLE decision (
    case_id UUID NOT NULL,
    version BIGINT NOT NULL,                -- version of the case that it made
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    undone BOOLEAN NOT NULL,
    draft_id UUID,
    edit_distance BIGINT,
    verdict TEXT NOT NULL,                -- the whole of it, JSON
    PRIMARY KEY (case_id, version)
);

CREATE TABLE event (
    seq BIGINT PRIMARY KEY,
    case_id UUID NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT NOT NULL,
    at BIGINT NOT NULL,
    status TEXT NOT NULL,
    department TEXT NOT NULL,
    urgency TEXT NOT NULL,
    alarm BOOLEAN NOT NULL
);
CREATE INDEX event_case ON event (case_id, seq);

CREATE TABLE signal (
    case_id UUID NOT NULL,
    place_in_row BIGINT NOT NULL,
    kind TEXT NOT NULL,
    span_start BIGINT NOT NULL,
    span_end BIGINT NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    strength DOUBLE PRECISION NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (case_id, place_in_row)
);

CREATE TABLE place (
    case_id UUID PRIMARY KEY,
    sigungu TEXT,
    detail TEXT,
    span_start BIGINT NOT NULL,
    span_end BIGINT NOT NULL,
    ambiguous BOOLEAN NOT NULL,
    outside TEXT
);

-- Counters that outlive the cases. `day` is days since 1970 in Korean time.
CREATE TABLE stat (
    day BIGINT NOT NULL,
    department TEXT NOT NULL,
    received BIGINT NOT NULL DEFAULT 0,
    routed BIGINT NOT NULL DEFAULT 0,
    review BIGINT NOT NULL DEFAULT 0,
    escalated BIGINT NOT NULL DEFAULT 0,
    approved BIGINT NOT NULL DEFAULT 0,
    edited BIGINT NOT NULL DEFAULT 0,
    edited_drafts BIGINT NOT NULL DEFAULT 0,
    edit_distance BIGINT NOT NULL DEFAULT 0,
    rejected BIGINT NOT NULL DEFAULT 0,
    confirmed BIGINT NOT NULL DEFAULT 0,
    relabelled BIGINT NOT NULL DEFAULT 0,
    rerouted BIGINT NOT NULL DEFAULT 0,
    transferred BIGINT NOT NULL DEFAULT 0,
    closed BIGINT NOT NULL DEFAULT 0,
    late BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (day, department)
);

CREATE TABLE api_key (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);

-- Who saw which case; each row holds the hash over the one before it and its own fields.
CREATE TABLE access_log (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    case_id UUID,
    cases BIGINT NOT NULL,
    reason TEXT,
    hash BYTEA NOT NULL
);
CREATE INDEX access_log_case ON access_log (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX access_log_actor ON access_log (actor, seq);
