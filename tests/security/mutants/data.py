"""Data sets: one spelling of their address, the very tables that were reviewed or asked for, records that nobody's junk can stop."""

from tests.security.mutants import Mutant

_START = "tests/unit/lambdas/test_authorize_run.py"
_APPROVAL = "tests/unit/lambdas/test_approval.py"
_JUNK = "tests/unit/datasets/test_junk.py"
_AUTHORIZE = "lambdas/authorize_run/handler.py"
_REGISTRATION = "lambdas/record_approval/registration.py"
_REQUESTS, _RECORDS = "mlops/bundled/requests.py", "mlops/bundled/dataset_records.py"
_TABLES, _MANIFEST = "mlops/bundled/dataset_tables.py", "mlops/bundled/dataset_manifest.py"

MUTANTS = [
    Mutant(
        7,
        "data are read by another spelling of their address",
        "mlops/bundled/reviews.py",
        "    if where is None:\n        raise Refused(",
        "    if where is None:\n        return Review(UPLOADED)\n        raise Refused(",
        (f"{_START}::test_an_address_has_one_spelling",),
    ),
    Mutant(
        7,
        "a version is registered on data that lie elsewhere",
        _REGISTRATION,
        "    except Refused as error:\n        raise NotOurs(str(error)) from None\n    if judged",
        "    except Refused:\n        return start.review\n    if judged",
        (f"{_APPROVAL}::test_data_that_lie_elsewhere_reject_the_version",),
    ),
    Mutant(
        7,
        "a table comes after its review",
        _TABLES,
        "    if other:\n",
        "    if other and False:\n",
        (f"{_START}::test_a_table_that_came_after_the_review_stops_the_run",),
    ),
    Mutant(
        7,
        "an approval takes other tables than the manifest describes",
        _TABLES,
        "        if not _is(table, total.hexdigest(),",
        "        if False and not _is(table, total.hexdigest(),",
        ("tests/integration/datasets/test_registry.py::test_what_is_approved_is_what_lies_there",),
    ),
    Mutant(
        7,
        "a manifest lists other content than its id says",
        _MANIFEST,
        "    if len(found) != len(tables) or id_ != content_id(found, schema):\n",
        "    if len(found) != len(tables):\n",
        (f"{_START}::test_a_manifest_of_other_content_is_none",),
    ),
    Mutant(
        7,
        "a review of another manifest than the importer's counts",
        "mlops/bundled/reviews.py",
        "    if not found.imported(",
        "    if False and not found.imported(",
        (f"{_START}::test_what_the_importer_has_not_signed_is_pending",),
    ),
    Mutant(
        7,
        "a review out of turn outdoes all others",
        _RECORDS,
        'if record.value["previous_sha256"] in hashes[record.number - 1]:',
        "if True:",
        (f"{_START}::test_a_review_out_of_turn_decides_nothing",),
    ),
    Mutant(
        7,
        "somebody adds a table to what another has asked for",
        _AUTHORIZE,
        "    if asked != there:\n",
        "    if asked != there and False:\n",
        (f"{_START}::test_a_request_is_for_the_tables_that_were_there",),
    ),
    Mutant(
        7,
        "a request names no tables",
        _AUTHORIZE,
        "    if not asked:\n",
        "    if not asked and False:\n",
        (f"{_START}::test_a_request_is_for_the_tables_that_were_there",),
    ),
    Mutant(
        7,
        "a table is added while the run reads",
        _REGISTRATION,
        "    if judged.tables != start.tables:\n",
        "    if False:\n",
        (f"{_APPROVAL}::test_tables_that_came_while_it_ran_reject_the_version",),
    ),
    Mutant(
        7,
        "a request starts what a delivery has brought since",
        "mlops/bundled/asked.py",
        "    if request.definition != begun.definition:\n",
        "    if request.definition != begun.definition and False:\n",
        (f"{_START}::test_a_request_is_for_the_definition_that_was_there",),
    ),
    Mutant(
        7,
        "a request holds for ever",
        _REQUESTS,
        "        if began - self.written_at > HOLDS:\n",
        "        if began - self.written_at > HOLDS and False:\n",
        (f"{_START}::test_a_request_holds_for_an_hour",),
    ),
    Mutant(
        7,
        "a request says itself who has started the run",
        "lambdas/authorize_run/starters.py",
        "return Starter(PERSON, request.person, request.people)",
        "return Starter(PERSON, request.by, request.people)",
        (f"{_START}::test_who_started_it_is_who_wrote_the_request",),
    ),
    Mutant(
        25,
        "a request brings an object as its reason into the audit trail",
        _REQUESTS,
        'reason=written.text(found, "reason"),',
        'reason=found["reason"],',
        (f"{_START}::test_a_malformed_request_is_refused_in_one_line",),
    ),
    Mutant(
        25,
        "one odd entry ends the audit log",
        "mlops/cli/audit.py",
        "    return line(value) if isinstance(value, str) else",
        "    return line(str(value.strip())) if True else",
        ("tests/unit/bundled/test_trail.py::test_the_log_shows_what_is_odd",),
    ),
    Mutant(
        18,
        "an odd announcement stops automatic runs",
        "mlops/bundled/announced.py",
        "    except Odd:\n",
        "    except KeyError:\n",
        (f"{_START}::test_an_odd_value_in_the_history_stops_no_automatic_run",),
    ),
    Mutant(
        18,
        "one person's junk stops the others' data sets",
        "mlops/bundled/written.py",
        "    except (ValueError, RecursionError):\n",
        "    except ValueError:\n",
        (_JUNK,),
    ),
    Mutant(
        18,
        "an alias out of turn is one",
        "mlops/datasets/registry/registry.py",
        "while (key := numbered.get(len(row) + 1)) is not None:",
        "while (key := numbered.pop(next(iter(numbered), 0), None)) is not None:",
        ("tests/integration/datasets/test_registry.py::test_junk_of_one_stops_nobody_else",),
    ),
    Mutant(
        14,
        "a job's failure tells the host's paths",
        "embedded_aws/service.py",
        "    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)\n",
        "    told = str(error)\n",
        ("tests/unit/embedded_aws/test_input_files.py::test_a_fault_of_the_host_names_none_of_its_paths",),
    ),
    Mutant(
        27,
        "a key leads a job's input elsewhere",
        "embedded_aws/gateway.py",
        "        if folder.resolve() not in target.resolve().parents:\n            return None\n",
        "",
        ("tests/unit/embedded_aws/test_input_files.py::test_a_key_that_is_no_files_path_is_refused",),
    ),
]
