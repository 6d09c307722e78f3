//! One contract for the case log, run on both back ends: `store_contract::sqlite::…` and `store_contract::postgres::…`.
//! The latter need `MINWON_TEST_POSTGRES` (`scripts/postgres.sh`); without it they say so, and fail where `CI=true`.

mod access;
mod cases;
mod decisions;
pub mod fixture;
mod lists;
mod operation;
mod races;
mod retention;

macro_rules! contract {
    ($($module:ident :: { $($name:ident),* $(,)? })*) => {
        mod sqlite {
            use minwon::store::CaseStore as _;
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let log = super::fixture::TestLog::sqlite().await;
                    super::$module::$name(&log).await;
                    log.store.close().await;
                }
            )*)*
        }
        mod postgres {
            use minwon::store::CaseStore as _;
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let Some(log) = super::fixture::TestLog::postgres().await else { return };
                    super::$module::$name(&log).await;
                    log.store.close().await;
                }
            )*)*
        }
    };
}

contract! {
    cases::{
        a_recorded_case_has_its_whole_history,
        the_same_request_is_one_case_and_one_answer,
        a_replay_of_the_same_case_records_nothing,
        repeats_within_a_batch_are_one_case,
        drafts_belong_to_a_version,
        events_can_be_followed_from_any_point,
        vectors_come_in_the_order_of_recording,
        an_export_goes_on_where_it_ended,
        summaries_carry_the_reply_that_went_out,
    }
    decisions::{
        a_decision_is_kept_beside_what_the_machine_said,
        of_two_decisions_the_second_is_told_who_was_first,
        an_undone_decision_leaves_the_case_as_it_was,
        a_case_sent_back_raises_the_alarm,
        statistics_count_by_day_and_department,
    }
    lists::{
        the_queue_begins_with_danger_and_then_what_is_due,
        pages_show_every_case_once,
        filters_narrow_the_list,
        korean_words_are_found_by_their_parts,
        counts_follow_the_filter,
    }
    access::{
        keys_are_kept_by_hash,
        the_access_log_can_be_read_and_verified,
        a_changed_row_of_the_access_log_is_found,
        a_row_cut_off_the_end_of_the_access_log_is_found,
    }
    retention::{
        a_dry_run_deletes_nothing,
        a_purge_takes_texts_and_leaves_statistics,
        the_access_log_stays_whole_after_its_oldest_rows_went,
    }
    operation::{
        the_schema_is_made_once_even_by_several_at_once,
        a_newer_schema_is_refused,
        nothing_taken_in_is_lost_when_the_log_closes,
    }
    races::{
        one_request_sent_many_times_at_once_is_one_case,
        a_thousand_decisions_on_fifty_cases_have_one_winner_each,
        event_numbers_grow_in_the_order_of_commits,
    }
}
