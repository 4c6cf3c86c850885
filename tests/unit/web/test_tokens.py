import hashlib
import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given, strategies as st

from collector.web.tokens import (
    ApiToken,
    Scope,
    holder,
    new_token,
    parse_tokens,
    wrong_name,
)
from tests.policy_words import AT

GOOD = {
    "id": "t1",
    "name": "grafana",
    "scope": "read",
    "hash": "0" * 64,
    "created": "2026-03-01T12:00:00+00:00",
}


def text(*entries: object) -> str:
    """JSON is YAML."""
    return json.dumps(list(entries))


def test_a_new_token_is_256_bits_and_only_its_hash_is_kept() -> None:
    entry, token = new_token("grafana", Scope.READ, AT, [])
    assert len(token) == 43  # 32 bytes in base64 without padding
    assert entry.hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in json.dumps(asdict(entry))
    assert (entry.name, entry.scope) == ("grafana", Scope.READ)
    assert entry.created == "2026-03-01T12:00:00+00:00"


def test_ids_and_tokens_never_repeat() -> None:
    entries: list[ApiToken] = []
    tokens = set()
    for _ in range(200):
        entry, token = new_token("same name", Scope.READ, AT, entries)
        entries.append(entry)
        tokens.add(token)
    assert len(tokens) == len({entry.id for entry in entries}) == 200


def test_each_token_finds_its_own_entry_and_no_other_finds_any() -> None:
    made = [new_token(f"number {n}", Scope.READ, AT, []) for n in range(5)]
    entries = [entry for entry, _ in made]
    for entry, token in made:
        assert holder(entries, token) is entry
        for wrong in (token[:-1], token + "A", token.swapcase(), entry.hash, ""):
            assert holder(entries, wrong) is None
    assert holder(entries, "\udcff") is None  # bytes of a header that are no text
    assert holder([], made[0][1]) is None


@pytest.mark.parametrize("empty", ["", "# nothing yet\n", "[]", "null"])
def test_an_empty_file_holds_no_token(empty: str) -> None:
    assert parse_tokens(empty) == ((), [])


def test_a_file_written_by_hand_is_read() -> None:
    (token,), problems = parse_tokens(
        f"""
- id: t1
  name: grafana
  scope: read
  hash: {"0" * 63}a
  created: 2026-03-01T12:00:00+00:00
"""
    )
    assert problems == []
    assert (token.id, token.scope, token.created) == (
        "t1",
        Scope.READ,
        "2026-03-01T12:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("{}", ["the file must be a list of tokens; `collector token create`"]),
        ("word", ["the file must be a list of tokens; `collector token create`"]),
        (
            "[1]",
            ["0: must be a mapping of id, name, scope, hash, created"],
        ),
        (text({**GOOD, "scope": "admin"}), ["0.scope: must be read or write"]),
        (
            text({**GOOD, "hash": "A" * 64}),
            ["0.hash: must be the token's SHA-256 in 64 small hex digits"],
        ),
        (text({**GOOD, "scop": 1}), ['0.scop: unknown key; did you mean "scope"?']),
        (text({**GOOD, "name": None}), ["0.name: is missing"]),
        (
            text({"id": "t1"}),
            [f"0.{key}: is missing" for key in ("name", "scope", "hash", "created")],
        ),
        (text({**GOOD, "id": 12}), ["0.id: must be text, got a number"]),
        (
            text({**GOOD, "scope": "x"}, {**GOOD, "id": "t2", "hash": "secret"}),
            [
                "0.scope: must be read or write",
                "1.hash: must be the token's SHA-256 in 64 small hex digits",
            ],
        ),
        (
            text(GOOD, GOOD),
            [
                "two tokens have the same id; remove one of them",
                "two tokens have the same hash; remove one of them",
            ],
        ),
        ("[{id: a, id: b}]", ["0.id: appears twice (again in line 1)"]),
    ],
)
def test_every_problem_of_a_file_is_named_and_no_secret_is(
    content: str, problems: list[str]
) -> None:
    found = parse_tokens(content)[1]
    assert found == problems


@pytest.mark.parametrize("broken", ["[", "- {", "\t- x", "[" * 200, "a: !!python/x 1"])
def test_what_is_no_yaml_is_one_sentence(broken: str) -> None:
    tokens, problems = parse_tokens(broken)
    assert tokens == ()
    assert len(problems) == 1


@given(st.text(max_size=120))
def test_a_name_that_is_taken_comes_back_from_the_file(name: str) -> None:
    if wrong_name(name):
        return
    entry, _ = new_token(name, Scope.WRITE, AT, [])
    written = json.dumps([asdict(entry)], ensure_ascii=False)
    assert parse_tokens(written) == ((entry,), [])


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 101, "two\nlines", "\0", "\udc80", "\x1b[31mred"]
)
def test_a_name_that_no_line_can_show_is_refused(name: str) -> None:
    assert wrong_name(name) == "a name has 1 to 100 printable characters"


def test_a_repeated_id_is_drawn_again() -> None:
    entry, _ = new_token("one", Scope.READ, AT, [])
    others = [replace(entry, id=f"t{n:08x}") for n in range(1000)]
    assert new_token("two", Scope.READ, AT, others)[0].id not in {o.id for o in others}
