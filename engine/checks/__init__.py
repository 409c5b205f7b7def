"""Vectorised rules: plain functions from a merged frame to hits; one module per area, and the list of them here.

Names that a sheet declares and that are not listed here cannot be judged from one workbook: they need a register, a plan
or a draw. `quota`, `checker_differs` and `explanation_given` need the cover and stand in `intake`.
"""

from engine.checks import content, declared, people, work

ALWAYS = (*declared.CHECKS, *content.CHECKS, work.legal_basis)
NAMED = {
    one.__name__: one
    for one in (
        people.officer_certificate,
        people.certificate_in_season,
        people.licence_in_season,
        people.expert_admissible,
        people.expert_of_trade,
        people.unit_in_subtree,
        people.unit_as_named,
        people.institution_once,
        people.supervisor_of_division,
        people.age_limit,
        people.roster_year_current,
        work.dates_in_order,
        work.dates_in_year,
        work.season_window,
        work.ratio_floor,
        work.result_matches_findings,
        work.disposition_consistent,
        work.rectification_deadline,
        work.recheck_complete,
        work.entry_unit_inspects,
        work.files_within_sample,
        work.nonpublic_approved,
        work.transfer_in_time,
        work.complaints_consistent,
        work.request_complete,
        work.target_in_sheet,
        work.task_in_results,
    )
}
