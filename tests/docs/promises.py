"""The table of promises in docs/security.md: ``python -m tests.docs.promises`` writes it anew."""

from pathlib import Path

from tests.security.mutants import every

PAGE = Path(__file__).parents[2] / "docs" / "security.md"
BEGIN, END = "<!-- promises: python -m tests.docs.promises -->\n", "<!-- end of promises -->\n"
_SECURITY, _INFRA, _UNIT = "tests/security/", "tests/infrastructure/", "tests/unit/"
PROMISES: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("no bucket is public, plain-HTTP, unversioned or unlogged", (f"{_INFRA}test_gates.py",)),
    2: (
        "everything that can hold patient data is encrypted with the customer key",
        (f"{_INFRA}test_gates.py", f"{_SECURITY}test_keys.py", f"{_SECURITY}test_other_ways.py"),
    ),
    3: ("no job reaches the internet", (f"{_INFRA}test_gates.py", f"{_SECURITY}test_box.py")),
    4: ("traffic between containers is encrypted", (f"{_INFRA}test_gates.py",)),
    5: (
        "no role has `*` actions; each `*` resource is named and justified",
        (f"{_INFRA}test_acknowledgements.py", f"{_SECURITY}test_names_apart.py"),
    ),
    6: (
        "data scientist, ML engineer and manager are separated; each writes what he makes",
        (f"{_SECURITY}test_personas.py", f"{_SECURITY}test_matrix.py", "tests/integration/platform/test_matrix.py"),
    ),
    7: (
        "nobody signs for himself: versions, data sets, rollbacks, releases",
        (
            f"{_SECURITY}test_four_eyes.py",
            f"{_UNIT}lambdas/test_approval.py",
            f"{_UNIT}lambdas/test_authorize_run.py",
            "tests/integration/delivery/test_gate.py",
        ),
    ),
    8: ("managers change nothing", (f"{_SECURITY}test_personas.py",)),
    9: ("self-service needs no admin rights: the launch role suffices", (f"{_SECURITY}test_launch_role.py",)),
    10: ("roles are passed only to the services meant, only ours", (f"{_INFRA}test_gates.py",)),
    11: ("no confused deputy", (f"{_INFRA}test_gates.py", f"{_SECURITY}test_keys.py")),
    12: ("every role carries the permissions boundary", (f"{_INFRA}test_gates.py", f"{_INFRA}test_choices.py")),
    13: (
        "no secret in repository, template, definition, image, package or log",
        (f"{_SECURITY}test_secret_gate.py", f"{_SECURITY}test_canary.py"),
    ),
    14: (
        "no patient value in logs, metrics, alarms, errors, tags, cards or pages",
        (
            f"{_SECURITY}test_canary.py",
            f"{_SECURITY}test_canary_refusals.py",
            f"{_SECURITY}test_who_may_read.py",
            f"{_UNIT}models/test_card_markup.py",
            f"{_UNIT}monitoring/test_silence.py",
            "seed_code/adherence/tests/test_silence.py",
        ),
    ),
    15: (
        "only what was registered is approved, deployed and loaded; no pickle",
        (
            f"{_UNIT}lambdas/test_approval.py",
            f"{_SECURITY}test_four_eyes.py",
            f"{_SECURITY}test_batches.py",
            f"{_UNIT}lambdas/test_publish_predictions.py",
            f"{_UNIT}pipelines/test_verified.py",
            f"{_UNIT}embedded_aws/test_job_files.py",
        ),
    ),
    16: ("a killed run resumes to the byte-identical result", ("tests/faults/test_resume_training.py",)),
    17: ("half-written outputs are never visible", ("tests/integration/datasets/test_kills.py",)),
    18: (
        "concurrent runs do not disturb each other",
        (f"{_UNIT}bundled/test_trail.py", f"{_UNIT}bundled/test_deployment.py"),
    ),
    19: (
        "same data, code and seed: same split, model and report",
        (f"{_UNIT}projects/test_code.py", "tests/integration/test_project.py"),
    ),
    20: (
        "bad data are refused before training, naming file, row, column and rule",
        (f"{_UNIT}datasets/test_hostile_corpus.py", "seed_code/adherence/tests/test_steps.py"),
    ),
    21: (
        "drift alarms have a stated false-alarm rate and power",
        (f"{_UNIT}monitoring/test_drift_decisions.py", "bench/drift.py"),
    ),
    22: (
        "rollback restores exactly the old model without training",
        ("tests/integration/delivery/test_show.py", f"{_UNIT}lambdas/test_approval.py"),
    ),
    23: (
        "deletion removes all that is ours and nothing shared",
        (
            "tests/integration/platform/test_lifecycle.py",
            "tests/integration/platform/test_deletion.py",
            "tests/unit/lambdas/test_delete_kept.py",
            "tests/unit/projects/test_sharing.py",
        ),
    ),
    24: ("published template versions never change", (f"{_INFRA}test_history.py", f"{_INFRA}test_publish.py")),
    25: (
        "every approval, release, deletion and rollback is attributable and tamper-evident",
        (f"{_UNIT}bundled/test_trail.py", f"{_UNIT}lambdas/test_approval.py", f"{_SECURITY}test_audit_policies.py"),
    ),
    26: (
        "the local server answers its owner's programs, and nobody else",
        (
            f"{_SECURITY}test_door.py",
            f"{_SECURITY}test_browser.py",
            f"{_SECURITY}test_signed_requests.py",
            f"{_SECURITY}test_operations.py",
        ),
    ),
    27: (
        "a job, a build or a function sees nothing but its own",
        (f"{_SECURITY}test_box.py", f"{_SECURITY}test_box_others.py"),
    ),
}


def render() -> str:
    """The lines between the marks."""
    mutants: dict[int, list[str]] = {number: [] for number in PROMISES}
    for mutant in every():
        mutants[mutant.promise].append(mutant.breaks)
    head = "| # | promise | tests that fail when it is broken | mutants that they were seen to catch |\n|---|---|---|---|\n"
    return head + "".join(_line(number, mutants[number]) for number in PROMISES)


def _line(number: int, broken: list[str]) -> str:
    words, tests = PROMISES[number]
    shown = f"{len(broken)}: {'; '.join(broken[:2])}" + ("; ..." if len(broken) > 2 else "") if broken else "none yet"
    return f"| {number} | {words} | {', '.join(f'`{test}`' for test in tests)} | {shown} |\n"


def between(text: str) -> tuple[str, str, str]:
    """(before, between, after) the marks of a page."""
    before, _, rest = text.partition(BEGIN)
    inside, _, after = rest.partition(END)
    return before + BEGIN, inside, END + after


if __name__ == "__main__":
    first, _, last = between(PAGE.read_text())
    PAGE.write_text(first + render() + last)
