"""Secrets in what is kept or delivered (promise 13)."""

from tests.security.mutants import Mutant

_GATE = "tests/security/test_secret_gate.py"
_RULE = f"{_GATE}::test_the_synth_refuses_a_secret_anywhere_in_a_template"
_PLACES = f"{_GATE}::test_every_kind_is_found_in_every_place"

MUTANTS = [
    Mutant(
        13,
        "an address with a password in a variable of any name passes",
        "stacks/rules/secrets.py",
        '_OTHERS = {"KeywordDetector",',
        '_OTHERS = {"KeywordDetector", "BasicAuthDetector",',
        (_RULE, _PLACES),
    ),
    Mutant(
        13,
        "random texts without a known format pass",
        "stacks/rules/secrets.py",
        "_ENTROPY = 4.5",
        "_ENTROPY = 8.5",
        (_PLACES,),
    ),
    Mutant(
        13,
        "only environments are looked at",
        "stacks/rules/data.py",
        'if any(looks_secret("", found) for found in _texts(member)):',
        "if False:",
        (_RULE,),
    ),
    Mutant(
        13,
        "a reference beside a literal hides it",
        "stacks/rules/secrets.py",
        'literal = _REFERENCE.sub("", value).strip()',
        'literal = "" if value.startswith("{{resolve:") else value',
        (f"{_GATE}::test_the_synth_lets_references_pass",),
    ),
    Mutant(
        13,
        "archives are not opened",
        "stacks/leaks.py",
        "members = _members(content) if depth < _DEEPEST else None",
        "members = None",
        (f"{_GATE}::test_archives_are_opened",),
    ),
    Mutant(
        13,
        "a literal with a telling name passes",
        "stacks/leaks.py",
        "(*found_in(line), *named_in(_kind_of(name), line))",
        "found_in(line)",
        (f"{_GATE}::test_a_literal_with_a_telling_name_is_found",),
    ),
    Mutant(
        13,
        "what is allowed in one file is allowed everywhere",
        "stacks/leaks.py",
        "and fnmatch(_tail(leak.path), it[1])",
        "and it[1]",
        (f"{_GATE}::test_an_allowance_is_for_one_value_in_one_place",),
    ),
    Mutant(
        13,
        "the finding tells the secret",
        "stacks/leaks.py",
        "(fingerprint {self.fingerprint})",
        "(fingerprint {self.fingerprint}, {Path(self.path).read_text() if Path(self.path).is_file() else self.path})",
        (f"{_GATE}::test_a_planted_secret_ends_the_gate_with_exit_code_2",),
    ),
]
