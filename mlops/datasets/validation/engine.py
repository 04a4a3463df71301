"""Run the checks: every file's bytes, then one query a table; every error is located."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from mlops.datasets.schema import Schema, Table
from mlops.datasets.sql import connection, literal
from mlops.datasets.validation.report import SHOWN, Finding, Report, located
from mlops.datasets.validation.rules import Check, Query, compile_query, unreadable
from mlops.datasets.validation.source import Source, inspect

if TYPE_CHECKING:
    import duckdb

_LOCATIONS = "validation-errors.csv"
_REJECTS = {
    "MISSING COLUMNS": "fields",
    "TOO MANY COLUMNS": "fields",
    "UNQUOTED VALUE": "quotes",
    "LINE SIZE OVER MAXIMUM": "line size",
    "INVALID ENCODING": "encoding",
}

_REJECTED = """CREATE OR REPLACE TEMP TABLE rejected AS
    SELECT e.line, min_by(e.error_type, e.column_idx) AS kind, any_value(e.csv_line) AS text
    FROM reject_errors e JOIN reject_scans s ON e.scan_id = s.scan_id AND e.file_id = s.file_id
    WHERE s.file_path = {path} GROUP BY e.line"""
# a record's row in the file (the header is row 1): its place among the records that were read, plus the rejected rows before it
_FOUND = """CREATE TEMP TABLE found AS
    WITH each AS (
      SELECT row, e.c AS c, e.v AS v FROM (
        SELECT rowid + 2 AS row, unnest(found) AS e FROM records WHERE found IS NOT NULL)
      {repeats}),
    shifts AS (
      SELECT start, max(n) AS shift FROM (
        SELECT line - row_number() OVER (ORDER BY line) + 1 AS start, row_number() OVER (ORDER BY line) AS n
        FROM rejected) GROUP BY start)
    SELECT each.row + coalesce(shift, 0) AS row, c, v FROM each ASOF LEFT JOIN shifts ON each.row >= shifts.start"""
_REPEATS = """UNION ALL SELECT r.rowid + 2, {number}, '' FROM records r JOIN (
        SELECT k, min(rowid) AS first FROM records WHERE k <> '' GROUP BY 1 HAVING count(*) > 1
      ) d ON r.k = d.k AND r.rowid > d.first"""


class Validation:
    """One data set against one schema."""

    def __init__(self, folder: Path, schema: Schema) -> None:
        self._folder, self._schema, self.report = folder, schema, Report()

    def run(self, out: Path | None = None) -> Report:
        """Check everything; with ``out`` the full report is written there (validation.json, validation-errors.csv)."""
        readable = self._readable()
        with connection() as db:
            db.execute("CREATE TEMP TABLE located (file VARCHAR, row BIGINT, c VARCHAR, rule VARCHAR, v VARCHAR)")
            for table, source in readable.values():
                self._check(db, table, source, readable)
            if out is not None:
                self._write(db, out)
        return self.report

    def _readable(self) -> dict[str, tuple[Table, Source]]:
        found = {}
        for table in self._schema.tables:
            path = self._folder / table.path
            if path.is_file():
                source = self._inspect(table, path)
                if source is not None:
                    found[table.name] = (table, source)
            elif table.required:
                self.report.problem(table.path, "required table", ": the file is missing (rule required table)")
        return found

    def _inspect(self, table: Table, path: Path) -> Source | None:
        source = inspect(path)
        if isinstance(source, list):
            for problem in source:
                self.report.problem(path.name, problem.rule, problem.message)
            return None
        missing = table.missing(source.header)
        for column in missing:
            message = f", header (row 1): column {column} is missing (rule required column)"
            self.report.problem(path.name, "required column", message)
        unknown = [column for column in source.header if column not in table.by_name]
        if unknown:
            text = f"{path.name}: unknown columns ignored"
            self.report.add(Finding(path.name, "known columns", "warning", len(unknown), (text,)))
        return None if missing else source

    def _check(
        self, db: "duckdb.DuckDBPyConnection", table: Table, source: Source, every: dict[str, tuple[Table, Source]]
    ) -> None:
        query = compile_query(source, table, {name: pair for name, pair in every.items() if name != table.name})
        if not self._execute(db, query, source):
            return
        rows = db.execute("SELECT count(*) FROM records").fetchall()[0][0]
        rejected = self._rejected(db, source)
        self.report.rows[table.name] = rows + rejected
        if rows + rejected == 0 and table.required:
            message = ": no rows below the header (rule at least one row)"
            self.report.problem(source.path.name, "at least one row", message)
        for number, check in enumerate(query.checks + ([query.key] if query.key else [])):
            self._note(db, source.path.name, number, check)

    def _execute(self, db: "duckdb.DuckDBPyConnection", query: Query, source: Source) -> bool:
        """Leave table ``found``, with the row numbers that count rejected rows too; False where the file cannot be parsed."""
        import duckdb

        for name in ("found", "reject_errors", "reject_scans", "records"):
            db.execute(f"DROP TABLE IF EXISTS {name}")
        try:
            db.execute(f"CREATE TEMP TABLE records AS {query.sql}")
        except duckdb.InvalidInputException:
            self.report.problem(source.path.name, "CSV", unreadable(source.path).removeprefix(source.path.name))
            return False
        db.execute(_REJECTED.format(path=literal(str(source.path))))
        db.execute(_FOUND.format(repeats=_REPEATS.format(number=len(query.checks)) if query.key else ""))
        return True

    def _rejected(self, db: "duckdb.DuckDBPyConnection", source: Source) -> int:
        """Note the rows that are no rows of this table; returns how many."""
        file = source.path.name
        for kind, count in db.execute("SELECT kind, count(*) FROM rejected GROUP BY 1 ORDER BY 1").fetchall():
            rule = _REJECTS.get(str(kind), "CSV")
            examples = db.execute(
                f"SELECT line, text FROM rejected WHERE kind = ? ORDER BY line LIMIT {SHOWN}", [kind]
            ).fetchall()
            texts = tuple(
                f"{file}, row {row}: {_reject_text(str(kind), text, len(source.header))}" for row, text in examples
            )
            rows = tuple(row for row, _ in examples)
            self.report.add(Finding(file, rule, "error", count, texts, rows=rows))
        db.execute("INSERT INTO located SELECT ?, line, '', kind, '' FROM rejected", [file])
        return int(db.execute("SELECT count(*) FROM rejected").fetchall()[0][0])

    def _note(self, db: "duckdb.DuckDBPyConnection", file: str, number: int, check: Check) -> None:
        count = db.execute("SELECT count(*) FROM found WHERE c = ?", [number]).fetchall()[0][0]
        if not count:
            return
        examples = db.execute(f"SELECT row, v FROM found WHERE c = ? ORDER BY row LIMIT {SHOWN}", [number]).fetchall()
        if check.severity == "warning":
            texts: tuple[str, ...] = (_warning(file, check),)
        else:
            texts = tuple(located(file, check.column, check.text, examples))
        rows = tuple(row for row, _ in examples)
        self.report.add(Finding(file, check.rule, check.severity, count, texts, check.column, rows))
        insert = "INSERT INTO located SELECT ?, row, ?, ?, v FROM found WHERE c = ?"
        db.execute(insert, [file, check.column, check.rule, number])

    def _write(self, db: "duckdb.DuckDBPyConnection", out: Path) -> None:
        path = self.report.write(out).parent / _LOCATIONS
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)  # the only place with values
        select = 'SELECT file, row, c AS "column", rule, v AS value FROM located ORDER BY file, row, c, rule'
        db.execute(f"COPY ({select}) TO {literal(str(path))} (HEADER true)")
        self.report.located = path


def validate(folder: Path, schema: Schema, out: Path | None = None) -> Report:
    """The report of one data set's folder."""
    return Validation(folder, schema).run(out)


def _warning(file: str, check: Check) -> str:
    """The seed code's words for what it repairs."""
    words = {"required": f"{check.column} missing, imputed", "range": f"{check.column} out of range, imputed"}
    return f"{file}: {words.get(check.rule, check.text)}"


def _reject_text(kind: str, line: str, expected: int) -> str:
    if kind in {"MISSING COLUMNS", "TOO MANY COLUMNS"}:
        found = len(next(csv.reader(io.StringIO(line, newline="")), []))
        return f"{found} fields instead of {expected} (rule same number of fields)"
    texts = {
        "UNQUOTED VALUE": "a quote is not closed where the value ends (rule balanced quotes)",
        "LINE SIZE OVER MAXIMUM": "the row is longer than 16 MB (rule line size)",
        "INVALID ENCODING": "the text is not UTF-8 (rule encoding): save the file as UTF-8",
    }
    return texts.get(kind, "cannot be read as CSV (rule CSV)")
