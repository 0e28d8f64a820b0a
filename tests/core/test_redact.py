from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_tracks.core.redact import MASK, mask, secrets_of, strip_controls


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("plain\ttext\n", "plain\ttext\n"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[38;5;196mred\x1b[K\x1b[2J\x1b[?25h", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9dtitle\x9ctext", "text"),
        ("\x1bPdevice\x1b\\text", "text"),
        ("\x1b(Btext\x1b=\x1b7", "text"),
        ("\x1b]0;never ended", "0;never ended"),
        ("\x1b]0;not ended\nhere\x07", "0;not ended\nhere"),
        ("\x1b[\n\x1b", "\n"),
        ("nul\x00bell\x07back\x08\x7f\x85", "nulbellback"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("\ud800\udfff\ufffe\uffff\ufffd\U0001f600", "\ufffd\U0001f600"),
    ],
)
def test_controls_are_stripped(raw, clean):
    assert strip_controls(raw) == clean


nasty = st.text(
    alphabet=st.one_of(
        st.sampled_from("\x1b[]0;m\x07\\\x9b\x9d\x9c\x00\r\n\t<&\ud800\ufffea"), st.characters()
    )
)


@given(nasty)
def test_fault_44_what_is_left_is_xml(raw):
    clean = strip_controls(raw)
    document = f"<x>{escape(clean)}</x>".encode()
    assert (ElementTree.fromstring(document).text or "") == clean


@given(nasty)
def test_stripping_twice_changes_nothing(raw):
    assert strip_controls(strip_controls(raw)) == strip_controls(raw)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_ordinary_text_is_left_alone(text):
    assert strip_controls(text) == text


def test_many_unfinished_sequences_take_no_time():
    raw = "\x1b]" * 300_000 + "\x1b[" * 300_000 + "\x9d0" * 300_000
    assert strip_controls(raw) == "0" * 300_000


@pytest.mark.parametrize(
    "name",
    [
        "TOKEN",
        "GITHUB_TOKEN",
        "npm_config__authToken",
        "SECRET_KEY",
        "ClientSecret",
        "DB_PASSWORD",
        "MYSQL_PWD",
        "PGPASSWORD_PASS",
        "OPENAI_API_KEY",
        "APIKEY",
        "AWS_ACCESS_KEY_ID",
        "SSH_PRIVATE_KEY",
        "GOOGLE_CREDENTIALS",
        "gh-pat",
        "TOKEN2",
    ],
)
def test_names_that_speak_of_a_secret(name):
    assert secrets_of({name: "hush-hush"}) == ("hush-hush",)


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "PWD",
        "OLDPWD",
        "TOKENIZERS_PARALLELISM",
        "SSH_AUTH_SOCK",
        "GIT_ASKPASS",
        "COMPASS_HOME",
        "SECRETARY",
        "KEYBOARD",
        "MONKEY",
        "TOKEN_FILE",
        "PASSWORD_DIR",
        "AWS_SHARED_CREDENTIALS_FILE",
        "",
        "_",
    ],
)
def test_names_that_do_not(name):
    assert secrets_of({name: "hush-hush"}) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKEN", "short"),
        ("TOKEN", ""),
        ("TOKEN", "   x   "),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/home/me/key.json"),
        ("HOME_URL", "https://example.org/a:b@c"),
        ("DATABASE_URL", "postgres://me@host/db"),
        ("DATABASE_URL", "postgres://me:pw@host/db"),
    ],
)
def test_values_that_are_no_secret(name, value):
    assert secrets_of({name: value}) == ()


def test_secret_that_only_looks_like_a_path_is_one():
    assert secrets_of({"AWS_SECRET_ACCESS_KEY": "/ab/cdefghij"}) == ("/ab/cdefghij",)


def test_password_in_a_url():
    environment = {"DATABASE_URL": "postgres://me:p%40ss-word@host/db"}
    assert secrets_of(environment) == ("p%40ss-word", "p@ss-word")


def test_lines_of_a_key_are_secrets_too():
    key = "-----BEGIN KEY-----\nMIIabcdef\n  xyz1234\nshort\n-----END KEY-----\n"
    secrets = secrets_of({"SIGNING_KEY": key})
    assert secrets[0] == key.strip()
    assert {"MIIabcdef", "xyz1234"} <= set(secrets)
    assert "short" not in secrets


def test_secrets_come_longest_first():
    environment = {"A_TOKEN": "abcdef", "B_TOKEN": "abcdef-long", "C_TOKEN": "xabcdefx"}
    assert secrets_of(environment) == ("abcdef-long", "xabcdefx", "abcdef")


def test_secret_split_by_colours_is_masked():
    assert mask(strip_controls("key=s3c\x1b[31mr3t\x1b[0m!"), ["s3cr3t"]) == "key=***!"


def test_secret_with_controls_of_its_own_is_masked():
    (secret,) = secrets_of({"TOKEN": "s3\x1b[1mcr3t\n"})
    assert mask(strip_controls("s3\x1b[1mcr3t"), [secret]) == MASK


@pytest.mark.parametrize(
    ("text", "secrets", "masked"),
    [
        ("nothing", ["secret"], "nothing"),
        ("nothing", [""], "nothing"),
        ("a secret, a secret", ["secret"], "a ***, a ***"),
        ("secret-long", ["secret", "secret-long"], "***"),
        ("abcdefghi", ["abcdef", "defghi"], "***"),
        ("secretsecret", ["secret"], "***"),
        ("aaaaaaa.", ["aaaaaa"], "***."),
        ("a.c (a.c)", ["(a.c)"], "a.c ***"),
    ],
)
def test_mask(text, secrets, masked):
    assert mask(text, secrets) == masked


@given(
    st.text(alphabet="abc", max_size=60), st.lists(st.text(alphabet="abc", min_size=1, max_size=5))
)
def test_fault_45_no_character_of_a_secret_is_left(text, secrets):
    covered = set()
    for secret in secrets:
        for start in range(len(text)):
            if text.startswith(secret, start):
                covered.update(range(start, start + len(secret)))
    left = "".join(char for place, char in enumerate(text) if place not in covered)
    assert mask(text, secrets).replace(MASK, "") == left
