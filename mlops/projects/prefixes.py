"""Who may write what below which prefix: the one table that policies of roles and buckets, their tests and ``mlops doctor`` are made of.

Nobody may write anywhere else. A pattern's ``*`` is any text and ``?`` one character; ``${aws:userid}`` is the writer's own unique id.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mlops.bundled.audit import PREFIX as TRAIL
from mlops.bundled.claims import PREFIX as CLAIMS
from mlops.bundled.rehearsal import PREFIX as REHEARSALS
from mlops.datasets.registry.names import QUERY_RESULTS, SOURCES
from mlops.projects.names import DATA_SCIENTIST, ML_ENGINEER

DATA, ARTIFACTS, DATASETS, AUDIT = (
    "data",
    "artifacts",
    "datasets",
    "audit",
)  # buckets; the first two are a project's own
OWN_ID = "${aws:userid}"
BUILD, DEPLOY, DELIVERY, EXECUTION = "build", "deploy", "delivery", "execution"
FEATURES, PUBLISH_CODE, RECORD_APPROVAL, AUTHORIZE_RUN = "features", "publish-code", "record-approval", "authorize-run"
DRIFT_POLICY, RESOLVE_CHAMPION, PUBLISH_DRIFT = "drift-policy", "resolve-champion", "publish-drift-metrics"
PUBLISH_PREDICTIONS, RESOLVE_MODEL = "publish-predictions", "resolve-model"
DELETE_KEPT = "delete-kept"  # the platform's own function, for all projects
PERSONAL = frozenset({DATA_SCIENTIST, ML_ENGINEER})  # roles of people; all others are a project's, by their purpose
SHA256 = "?" * 64
# keys that no role of ours writes, and what writing them does
ADMINISTRATORS = {DATASETS: {"settings.json": "decide whether importers review what they imported"}}


@dataclass(frozen=True, kw_only=True)
class Prefix:
    """Keys of a bucket and who writes them: people's roles by name, a project's by their purpose.

    ``once``: only where nothing is, so with If-None-Match, whoever writes. ``closed``: the bucket's own policy refuses everybody else,
    whatever rights he has. ``kept``: nobody deletes.
    """

    bucket: str
    pattern: str
    writers: frozenset[str]
    what: str
    once: bool = False
    closed: bool = False
    kept: bool = False

    @property
    def everybodys(self) -> str:
        """The pattern of all writers' keys together."""
        return self.pattern.replace(OWN_ID, "*")

    def covers(self, other: "Prefix") -> bool:
        """Whether the other's keys are among these."""
        return other is not self and self.bucket == other.bucket and fnmatchcase(other.pattern, self.pattern)


def _row(bucket: str, pattern: str, writers: set[str], what: str, **more: bool) -> Prefix:
    return Prefix(bucket=bucket, pattern=pattern, writers=frozenset(writers), what=what, **more)


PREFIXES = (
    _row(DATA, "datasets/*", {DATA_SCIENTIST}, "uploaded tables: to train on, to predict for", once=True),
    _row(DATA, f"{REHEARSALS}*", {DATA_SCIENTIST}, "invented tables of rehearsals", once=True),
    _row(
        DATA,
        f"requests/{OWN_ID}/*",
        {DATA_SCIENTIST, DEPLOY, DRIFT_POLICY},
        "requests to start a run, each below its writer's own id",
        once=True,
        kept=True,
    ),
    _row(DATA, "quality/*", {DATA_SCIENTIST}, "reports on predictions whose labels have come", once=True),
    _row(DATA, "predictions/*", {PUBLISH_PREDICTIONS}, "what batches predict", closed=True),
    _row(DATA, "features/*", {FEATURES}, "the feature store's offline store", closed=True),
    _row(ARTIFACTS, "code/*", {PUBLISH_CODE}, "code that jobs run, by its hash", once=True, closed=True),
    _row(ARTIFACTS, "definitions/*", {PUBLISH_CODE}, "definitions of pipelines, by their hash", once=True, closed=True),
    _row(ARTIFACTS, "packages/base.zip", {PUBLISH_CODE}, "the package that newer code is put into", closed=True),
    _row(ARTIFACTS, f"packages/{SHA256}.zip", {BUILD}, "code packages, by their hash", once=True, closed=True),
    _row(ARTIFACTS, "wheels/*", {BUILD}, "libraries that jobs need, by their hash", once=True, closed=True),
    _row(ARTIFACTS, "runs/*", {EXECUTION}, "what runs make: models, baselines, evaluations, reports", closed=True),
    _row(ARTIFACTS, "runs/*/champion/champion.json", {RESOLVE_CHAMPION}, "the version to compare with", closed=True),
    _row(
        ARTIFACTS,
        "runs/*/monitoring/drift_report.json",
        {PUBLISH_DRIFT},
        "the drift report, where Model Monitor was the judge",
        closed=True,
    ),
    # CodePipeline begins its keys with the first 20 characters of the pipeline's name: no pattern of a template says that
    _row(ARTIFACTS, "*/Source/*", {DELIVERY}, "CodePipeline's copy of the repository"),
    _row(DATASETS, "datasets/*", {DATA_SCIENTIST}, "versions of data sets", once=True, kept=True),
    _row(
        DATASETS,
        f"signed/*/*/{OWN_ID}/*",
        {DATA_SCIENTIST},
        "imports, reviews and uses, each below its signer's own id",
        once=True,
        kept=True,
    ),
    _row(
        DATASETS,
        f"signed/*/*/{OWN_ID}/review-*.json",
        {ML_ENGINEER},
        "reviews, each below its signer's own id",
        once=True,
        kept=True,
    ),
    _row(
        DATASETS,
        f"{SOURCES}content/{SHA256}",
        {DATA_SCIENTIST},
        "downloads that a team shares, by their hash",
        once=True,
    ),
    _row(DATASETS, f"{SOURCES}urls/{OWN_ID}/*", {DATA_SCIENTIST}, "what URLs led to, below the downloader's own id"),
    _row(DATASETS, f"{QUERY_RESULTS}*", {DATA_SCIENTIST, ML_ENGINEER}, "results of queries"),
    _row(
        AUDIT,
        f"{TRAIL}{{project}}/*",
        {PUBLISH_CODE, RECORD_APPROVAL, DELETE_KEPT},
        "the audit trail",
        once=True,
        kept=True,
        closed=True,
    ),
    _row(
        AUDIT,
        f"{CLAIMS}{{project}}/*",
        {AUTHORIZE_RUN, RESOLVE_MODEL},
        "which run has used which request",
        once=True,
        kept=True,
        closed=True,
    ),
)

# what deliveries read of the artifacts bucket, by purpose: code, and none of what runs leave beside it, for builds run what was pushed
DELIVERIES_READ = {
    BUILD: ("*/Source/*", "packages/*", "wheels/*"),
    DEPLOY: ("*/Source/*", "packages/base.zip"),
    DELIVERY: ("*/Source/*",),
}


def of(bucket: str) -> list[Prefix]:
    """Rows of a bucket."""
    return [it for it in PREFIXES if it.bucket == bucket]


def written_by(writer: str, *buckets: str) -> list[Prefix]:
    """Rows that a role writes, in these buckets."""
    return [it for it in PREFIXES if writer in it.writers and it.bucket in buckets]


def everybody_in(row: Prefix) -> set[str]:
    """Who writes any of the row's keys: its own writers, and those of narrower rows."""
    return set(row.writers).union(*(it.writers for it in of(row.bucket) if row.covers(it)))


def narrow(bucket: str) -> Iterator[tuple[str, list[Prefix]]]:
    """(writer, its rows) of each that writes but some keys of a wider row: these, and nothing else in the bucket."""
    pairs = [(it, wider) for it in of(bucket) for wider in of(bucket) if wider.closed and wider.covers(it)]
    for writer in sorted({name for it, wider in pairs for name in it.writers - wider.writers}):
        yield writer, written_by(writer, bucket)
