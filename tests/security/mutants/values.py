"""Values in messages, reports, pages and cards (promise 14), and bad data that name their place (20)."""

from tests.security.mutants import Mutant

_TABLES = "seed_code/adherence/adherence/data/tables.py"
_REFUSED = "seed_code/adherence/tests/test_steps.py::test_refused_data_are_located"
_SILENCE = "seed_code/adherence/tests/test_silence.py"
_CORPUS = "tests/unit/datasets/test_hostile_corpus.py"
_CARD = "tests/unit/models/test_card_markup.py"
_CANARY = "tests/security/test_canary.py::test_refusals_quote_no_value"

MUTANTS = [
    Mutant(
        14,
        "the pipeline's refusal quotes the value",
        _TABLES,
        'f"the value ({text_class(str(values[row]))}) "',
        'f"the value ({values[row]}) "',
        (_REFUSED,),
    ),
    Mutant(
        14,
        "the library's refusal quotes the value",
        "mlops/datasets/validation/report.py",
        "({text_class(value)})",
        "({value})",
        (_CORPUS,),
    ),
    Mutant(
        14,
        "a lost header line names a value as a column",
        "mlops/datasets/validation/source.py",
        "header (row 1): columns {both} have",
        "header (row 1): columns {header} have",
        (_CORPUS,),
    ),
    Mutant(
        14,
        "the class of a text tells its exact length",
        "mlops/datasets/validation/classes.py",
        "_MOST = 20",
        "_MOST = 10**9",
        ("tests/unit/datasets/test_text_class.py",),
    ),
    Mutant(
        14,
        "a step's unexpected error is told with its text",
        "seed_code/adherence/adherence/errors.py",
        "(ImportError, MemoryError, NotImplementedError)",
        "(Exception,)",
        (_SILENCE, "tests/unit/bundled/test_unexpected.py"),
    ),
    Mutant(
        14,
        "a job's unexpected error is told with its text",
        "mlops/bundled/unexpected.py",
        "(ImportError, MemoryError, NotImplementedError)",
        "(Exception,)",
        ("tests/unit/bundled/test_unexpected.py",),
    ),
    Mutant(
        14,
        "serving raises what it caught",
        "seed_code/adherence/inference.py",
        "            reason = described(error)",
        "            raise",
        (_SILENCE,),
    ),
    Mutant(
        14,
        "a brand of few patients is named in the evaluation",
        "seed_code/adherence/adherence/quality/evaluate.py",
        "patients[patients >= smallest]",
        "patients[patients >= 1]",
        (_SILENCE,),
    ),
    Mutant(
        14,
        "a brand's name is markup in the card",
        "seed_code/adherence/adherence/quality/card.py",
        '("<", "&lt;")',
        '("<", "<")',
        (_CARD,),
    ),
    Mutant(
        14,
        "a brand's name ends a cell of the card's tables",
        "seed_code/adherence/adherence/quality/card.py",
        '("|", "&#124;")',
        '("|", "|")',
        (_CARD,),
    ),
    Mutant(
        14,
        "a profile names values of a column that nobody declared public",
        "mlops/datasets/schema.py",
        "return (self.public or bool(self.enum)) and not self.identifying",
        "return not self.identifying",
        ("tests/unit/datasets/test_profile.py",),
    ),
    Mutant(
        14,
        "a drift report names a value of any column",
        "mlops/monitoring/levels.py",
        "return feature == SEGMENT and rows >= SMALLEST_CELL",
        "return rows >= SMALLEST_CELL",
        ("tests/unit/monitoring/test_silence.py",),
    ),
    Mutant(
        14,
        "a drift report names a brand of few rows",
        "mlops/monitoring/levels.py",
        "return feature == SEGMENT and rows >= SMALLEST_CELL",
        "return feature == SEGMENT",
        ("tests/unit/monitoring/test_silence.py",),
    ),
    Mutant(
        14,
        "a batch without its header line names values as columns, in reports, parameters and mails",
        "mlops/monitoring/violations.py",
        "if named and names is missing else",
        "if named else",
        ("tests/unit/monitoring/test_silence.py",),
    ),
    Mutant(
        14,
        "the report on predictions names a brand of few patients",
        "mlops/monitoring/predictions.py",
        'pl.col("units") >= SMALLEST_CELL',
        'pl.col("units") >= 1',
        ("tests/unit/monitoring/test_silence.py",),
    ),
    Mutant(
        14,
        "whatever a report says of a violation goes into the parameter and the mail",
        "lambdas/publish_drift_metrics/summary.py",
        'item["description"] if known else',
        'item["description"] if True else',
        ("tests/unit/monitoring/test_silence.py",),
    ),
    Mutant(
        14,
        "the reader of a batch quotes what it could not read",
        "mlops/monitoring/sources.py",
        "cannot be read as {kind} ({type(error).__name__})",
        "cannot be read as {kind} ({error})",
        ("tests/unit/monitoring/test_silence.py",),
    ),
]
