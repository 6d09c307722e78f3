//! `minwon kb`: check, search, build, eval.

use std::path::PathBuf;
use std::sync::Arc;

use time::Date;
use time::macros::format_description;

use super::Failure;
use super::kb_table::table;
use super::runtime::{KbArgs, ModelArgs, clock};
use crate::domain::Taxonomy;
use crate::drafting::check::{Finding, PhoneState, Standard, Strictness, check};
use crate::drafting::{DenseIndex, Feedback, Priors, Query};
use crate::eval::replies::{Fit, ReplyQuestion, ReplyReport, Retrieved, fit, judge, read_questions};
use crate::model::{Model, Scratch};
use crate::service::{Drafts, kb_files, reply_priors, vectors};
use crate::text::normalise::fold;
use crate::text::personal_data;
use crate::text::places::Places;
use crate::text::signals::{Agencies, AgencyState};

/// Arguments of `minwon kb`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Find what must be mended before drafts are offered; exit code 1 if something is
    Check {
        #[command(flatten)]
        kb: KbArgs,
        /// Day on which drafts would be offered; today, if not said
        #[arg(long, value_parser = day)]
        today: Option<Date>,
        /// Fail on warnings too
        #[arg(long)]
        strict: bool,
        /// Also check that questions are found with the model's vectors
        #[arg(long)]
        dense: bool,
        #[command(flatten)]
        model: ModelArgs,
    },
    /// Print the topics that a text finds, with their scores
    Search {
        /// The text
        text: String,
        /// How many topics
        #[arg(long, default_value_t = 5)]
        most: usize,
        /// Without the model
        #[arg(long)]
        lexical: bool,
        #[command(flatten)]
        kb: KbArgs,
        #[command(flatten)]
        model: ModelArgs,
    },
    /// Compute the vectors of all questions for a model and store them beside the topics
    Build {
        #[command(flatten)]
        kb: KbArgs,
        #[command(flatten)]
        model: ModelArgs,
    },
    /// Judge retrieval on questions (JSONL of id, text, topic; topic null where there is none)
    Eval {
        /// The questions
        file: PathBuf,
        /// Day of the answers; today, if not said
        #[arg(long, value_parser = day)]
        today: Option<Date>,
        /// Without the model
        #[arg(long)]
        lexical: bool,
        /// Also fit the weights of the score anew, for another model
        #[arg(long)]
        fit: bool,
        /// Write the whole report as JSON
        #[arg(long, value_name = "FILE")]
        report: Option<PathBuf>,
        #[command(flatten)]
        kb: KbArgs,
        #[command(flatten)]
        model: ModelArgs,
    },
}

/// Runs `minwon kb`.
///
/// # Errors
/// [`Failure::Check`] if the check finds something.
pub fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Check { kb, today, strict, dense, model } => {
            let strictness = if *strict { Strictness::Strict } else { Strictness::Errors };
            let model = dense.then(|| model.load()).transpose()?;
            run_check(&kb.required()?, today.unwrap_or_else(now), strictness, model.as_deref())
        }
        Command::Search { text, most, lexical, kb, model } => {
            search(&Searcher::new(kb, (!lexical).then_some(model), now())?, text, *most)
        }
        Command::Build { kb, model } => build(kb, model),
        Command::Eval { file, today, lexical, fit, report, kb, model } => {
            let today = today.unwrap_or_else(now);
            let searcher = Searcher::new(kb, (!lexical).then_some(model), today)?;
            let (found, weights) = evaluate(&searcher, file)?;
            if let Some(path) = report {
                let json = serde_json::to_string_pretty(&found).map_err(outside)?;
                std::fs::write(path, json + "\n")
                    .map_err(|e| Failure::Outside(format!("`{}`: {e}", path.display())))?;
            }
            print!("{}", table(&found));
            if *fit {
                println!("\n{}", serde_json::to_string(&weights).map_err(outside)?);
            }
            Ok(())
        }
    }
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map_err(|_| "expected a day, for instance `2026-11-28`".to_owned())
}

fn now() -> Date {
    clock().now().date()
}

fn outside(error: impl std::fmt::Display) -> Failure {
    Failure::Outside(error.to_string())
}

fn run_check(
    drafts: &Drafts,
    today: Date,
    strictness: Strictness,
    model: Option<&Model>,
) -> Result<(), Failure> {
    let (taxonomy, agencies) = (Taxonomy::bundled(), Agencies::bundled());
    let index = model.map(|model| ready(drafts, model)).transpose()?;
    let phone = |number: &str| match agencies.state_of(number) {
        Some(AgencyState::Ok) => PhoneState::Ok,
        Some(AgencyState::Unverified) => PhoneState::Unverified,
        None => PhoneState::Unknown,
    };
    let codes =
        |labels: &'_ [crate::domain::Label]| labels.iter().map(|l| l.code.clone()).collect::<Vec<_>>();
    let (departments, jurisdictions) = (codes(&taxonomy.department), codes(&taxonomy.jurisdiction));
    let standard = Standard {
        today,
        phone: &phone,
        departments: departments.iter().map(String::as_str).collect(),
        jurisdictions: jurisdictions.iter().map(String::as_str).collect(),
        dense: index.as_deref(),
    };
    let kb = drafts.knowledge_base();
    let findings = check(kb, &standard);
    findings.iter().for_each(|finding| eprintln!("{finding}"));
    println!(
        "{} topics, {} questions, {} finding(s)",
        kb.topics().len(),
        kb.questions().count(),
        findings.len()
    );
    let failing = findings.iter().filter(|finding: &&Finding| finding.fails(strictness)).count();
    if failing == 0 { Ok(()) } else { Err(Failure::Check(format!("{failing} finding(s) must be mended"))) }
}

/// The vectors of a model, computed where they are not stored.
fn ready(drafts: &Drafts, model: &Model) -> Result<Arc<DenseIndex>, Failure> {
    drafts.prepare(model).map_err(outside)?;
    drafts
        .index(model.manifest.weights_sha256())
        .ok_or_else(|| Failure::Outside("the vectors do not fit the topics".into()))
}

/// Everything that a search needs.
struct Searcher {
    drafts: Drafts,
    model: Option<(Arc<Model>, Arc<DenseIndex>)>,
    places: Places,
    taxonomy: Taxonomy,
    today: Date,
}

impl Searcher {
    fn new(kb: &KbArgs, model: Option<&ModelArgs>, today: Date) -> Result<Self, Failure> {
        let drafts = kb.required()?;
        let model = match model {
            None => None,
            Some(args) => {
                let model = args.load()?;
                let index = ready(&drafts, &model)?;
                Some((model, index))
            }
        };
        let (places, taxonomy) = (Places::bundled(), Taxonomy::bundled());
        Ok(Self { drafts, model, places, taxonomy, today })
    }

    /// What serving would find: the text masked, the model asked once for labels and vector.
    fn find(&self, text: &str, most: usize) -> Result<(Retrieved, Option<String>), Failure> {
        let masked = personal_data::mask(text).text;
        let mut vector = Vec::new();
        let mut priors = Priors::default();
        if let Some((model, _)) = &self.model {
            let ids = model.encode(&fold(&masked).text).map_err(outside)?.ids;
            let outputs = model.forward(&[&ids], &mut Scratch::default()).map_err(outside)?;
            if let Some(output) = outputs.into_iter().next() {
                priors = reply_priors(&model.prediction(&output, ids.len()), &self.taxonomy);
                vector = output.embedding;
            }
        }
        let place = self.places.main(&masked).filter(|place| !place.ambiguous);
        let feedback = Feedback::default();
        let query = Query {
            text: &masked,
            dense: self.model.as_ref().map(|(_, index)| (index.as_ref(), vector.as_slice())),
            priors: &priors,
            sigungu: place.as_ref().and_then(|place| place.sigungu.as_deref()),
            danger: &[],
            feedback: &feedback,
            today: self.today,
        };
        let (kb, retriever) = (self.drafts.knowledge_base(), self.drafts.retriever());
        let hits = retriever.rank(kb, &query);
        let evidence = hits.first().map(|hit| hit.evidence).unwrap_or_default();
        let ranked = hits.iter().map(|hit| (kb.topics()[hit.topic].id.clone(), hit.score)).collect();
        Ok(match retriever.find(kb, &query, most) {
            Ok(offered) => (Retrieved { ranked, offered: offered.len(), evidence }, None),
            Err(none) => (Retrieved { ranked, offered: 0, evidence }, Some(none.reason())),
        })
    }
}

fn search(searcher: &Searcher, text: &str, most: usize) -> Result<(), Failure> {
    let (found, none) = searcher.find(text, most)?;
    for (n, (id, score)) in found.ranked.iter().take(most).enumerate() {
        let title = searcher.drafts.knowledge_base().topic(id).map_or("", |topic| &topic.title);
        let mark = if n < found.offered { '*' } else { ' ' };
        println!("{mark} {score:.3}  {id}  {title}");
    }
    if let Some(reason) = none {
        eprintln!("{reason}");
    }
    Ok(())
}

fn build(kb: &KbArgs, model: &ModelArgs) -> Result<(), Failure> {
    let dir = kb.directory().ok_or_else(|| Failure::Usage("no reply topics\nhint: give `--kb`".into()))?;
    let (drafts, model) = (kb.required()?, model.load()?);
    let base = drafts.knowledge_base();
    let vectors = vectors(base, &model).map_err(outside)?;
    let path =
        kb_files::write_vectors(&dir, base, model.manifest.weights_sha256(), &vectors).map_err(outside)?;
    println!("{}", path.display());
    Ok(())
}

fn evaluate(searcher: &Searcher, file: &std::path::Path) -> Result<(ReplyReport, Fit), Failure> {
    /// Drafts that a counsellor sees.
    const OFFERED: usize = 3;
    let questions = read_questions(file).map_err(Failure::Usage)?;
    let kb = searcher.drafts.knowledge_base();
    let known = |topic: &&String| kb.topic(topic).is_none();
    if let Some(unknown) = questions.iter().flat_map(ReplyQuestion::topics).find(known) {
        return Err(Failure::Usage(format!("no topic `{unknown}` in the knowledge base")));
    }
    let mut found = Vec::with_capacity(questions.len());
    for question in &questions {
        found.push(searcher.find(&question.text, OFFERED)?.0);
    }
    Ok((judge(&questions, &found, 1), fit(&questions, &found)))
}
