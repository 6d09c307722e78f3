//! `GET /v1/taxonomy`: which labels there are, and since when.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use time::Date;
use utoipa::ToSchema;

use crate::domain::Label;
use crate::http::Deps;
use crate::http::auth::Caller;
use crate::http::responses::PageProblems;

/// One label.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaxonomyLabel {
    /// Stable code.
    #[schema(example = "animal")]
    code: String,
    /// Korean name.
    #[schema(example = "축산동물복지국")]
    name: String,
    /// What falls under it.
    description: String,
}

/// The label scheme.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaxonomyResponse {
    /// Name of this version of the scheme.
    #[schema(example = "gyeonggi-2025-08")]
    version: String,
    /// First day on which it holds.
    #[schema(value_type = String, format = Date, example = "2025-08-12")]
    valid_from: String,
    /// Last day on which it holds, if that is known.
    #[schema(value_type = Option<String>, format = Date)]
    valid_until: Option<String>,
    /// The ordinance behind it.
    source: String,
    /// Departments.
    departments: Vec<TaxonomyLabel>,
    /// Urgency levels, most urgent first.
    urgency: Vec<TaxonomyLabel>,
    /// Who must act in the end.
    jurisdiction: Vec<TaxonomyLabel>,
    /// Kinds of 민원.
    kind: Vec<TaxonomyLabel>,
}

/// Lists departments, urgency levels, jurisdictions and kinds.
#[utoipa::path(get, path = "/v1/taxonomy", tag = "triage", responses((status = 200, body = TaxonomyResponse), PageProblems))]
pub async fn taxonomy(State(deps): State<Deps>, _caller: Caller) -> Json<TaxonomyResponse> {
    let taxonomy = deps.intake.triage().taxonomy();
    let labels = |labels: &[Label]| {
        let label = |l: &Label| TaxonomyLabel {
            code: l.code.clone(),
            name: l.name.clone(),
            description: l.description.clone(),
        };
        labels.iter().map(label).collect()
    };
    Json(TaxonomyResponse {
        version: taxonomy.version.clone(),
        // `Date` displays as ISO 8601.
        valid_from: taxonomy.valid_from.to_string(),
        valid_until: taxonomy.valid_until.as_ref().map(Date::to_string),
        source: taxonomy.source.clone(),
        departments: labels(&taxonomy.department),
        urgency: labels(&taxonomy.urgency),
        jurisdiction: labels(&taxonomy.jurisdiction),
        kind: labels(&taxonomy.kind),
    })
}
